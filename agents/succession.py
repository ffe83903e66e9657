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
        self._log_weight, self._next_entrant, self._end = log_weight[: starters + reserve], starters, starters + reserve
        self.holder = holder.copy()
        self.is_active: Bools = np.arange(starters + reserve) < starters
        self._times_handed = np.zeros(holder.size, np.int64)
        self.netback: float = float("nan")
        """What lots are taken to bring (EUR/kg)."""

    def note(self, netback: Floats) -> None:
        """Note what organisations expect of the lots they decide on."""
        latest = float(np.mean(netback))
        self.netback = latest if np.isnan(self.netback) else (1 - _MEMORY) * self.netback + _MEMORY * latest

    def replace(self, failed: list[int], profit_eur_per_kg: float) -> list[tuple[int, int]]:
        """Hand the slots of failed organisations to others; return newcomers, each with whom it replaces.

        A slot goes to a newcomer with the probability of entry, or else to an organisation in proportion to its size;
        both are addressed by the slot and how often it has changed hands, so what happens to one slot changes no
        other's luck. If nobody is left it stays where it is.

        Args:
            failed: organisations.
            profit_eur_per_kg: what lots bring above the outside netback.
        """
        self.is_active[failed] = False
        entry = entry_probability(profit_eur_per_kg, self._case.parameters)
        newcomers: list[tuple[int, int]] = []
        for slot in np.flatnonzero(np.isin(self.holder, failed)).tolist():
            times = int(self._times_handed[slot])
            luck = self._streams.uniforms(Stream.TAKEOVER, np.array([slot]), 1 + self._end, epoch=times)[0]
            predecessor = int(self.holder[slot])
            if luck[0] < entry and self._next_entrant < self._end:
                self.holder[slot] = self._next_entrant
                newcomers.append((self._next_entrant, predecessor))
                self._next_entrant += 1
            elif self.is_active.any():
                self.holder[slot] = next_holder(self._log_weight, self.is_active, -np.log(-np.log(luck[1:])))
            self._times_handed[slot] += 1
        self.is_active[[organisation for organisation, _ in newcomers]] = True
        return newcomers
