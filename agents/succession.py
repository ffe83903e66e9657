"""Who serves which slot, and who takes it over when an organisation has failed."""

from __future__ import annotations

import numpy as np

from agents.capital import entry_probability, next_holder
from scenarios.case import Case
from sim.streams import Bools, Floats, Ints, Stream, Streams

_MEMORY = 0.05
"""Weight of the latest decision in what lots are taken to bring (assumption)."""


class Succession:
    """Holders of slots; every slot is served by one organisation at a time."""

    def __init__(
        self, case: Case, streams: Streams, log_weight: Floats, starters: int, reserve: int, holder: Ints
    ) -> None:
        """Start with the first holders; ``reserve`` more organisations could enter."""
        self._case, self._streams = case, streams
        self._log_weight, self._starters, self._reserve = log_weight[: starters + reserve], starters, reserve
        self._has_entered: Bools = np.zeros(reserve, np.bool_)
        self.holder = holder.copy()
        self.is_active: Bools = np.arange(starters + reserve) < starters
        self._times_handed = np.zeros(holder.size, np.int64)
        self.netback: float = float("nan")
        """What lots are taken to bring (EUR/kg)."""

    def note(self, netback: Floats) -> None:
        """Note what organisations expect of the lots they decide on."""
        latest = float(np.mean(netback))
        self.netback = latest if np.isnan(self.netback) else (1 - _MEMORY) * self.netback + _MEMORY * latest

    def replace(
        self, failed: list[int], profit_eur_per_kg: float, has_failed: Bools | None = None
    ) -> list[tuple[int, int]]:
        """Hand the slots of failed organisations to others; return newcomers, each with whom it replaces.

        A slot goes to a newcomer with the probability of entry, or else to an organisation in proportion to its size;
        both are addressed by the slot and how often it has changed hands, so what happens to one slot changes
        another's luck only where both would get the same newcomer. If nobody is left it stays where it is.

        Args:
            failed: organisations that hand over.
            profit_eur_per_kg: what lots bring above the outside netback.
            has_failed: by organisation, who else takes over no more; nobody by default.
        """
        self.is_active[failed] = False
        entry = entry_probability(profit_eur_per_kg, self._case.parameters)
        newcomers: list[tuple[int, int]] = []
        for slot in np.flatnonzero(np.isin(self.holder, failed)).tolist():
            times, predecessor = int(self._times_handed[slot]), int(self.holder[slot])
            luck = self._streams.uniforms(Stream.TAKEOVER, np.array([slot]), 2 + self._log_weight.size, epoch=times)[0]
            candidates = self.is_active if has_failed is None else self.is_active & ~has_failed[: self.is_active.size]
            if luck[0] < entry and not self._has_entered.all():
                self.holder[slot] = self._newcomer(luck[1])
                newcomers.append((int(self.holder[slot]), predecessor))
            elif candidates.any():
                self.holder[slot] = next_holder(self._log_weight, candidates, -np.log(-np.log(luck[2:])))
            self._times_handed[slot] += 1
        self.is_active[[organisation for organisation, _ in newcomers]] = True
        return newcomers

    def _newcomer(self, luck: float) -> int:
        """Return the organisation that enters: that of the uniform, or the next one that has not entered yet."""
        order = (int(luck * self._reserve) + np.arange(self._reserve)) % self._reserve
        entrant = int(order[~self._has_entered[order]][0])
        self._has_entered[entrant] = True
        return self._starters + entrant
