"""What arrests do to an organisation: it is dismantled, or it recovers, with fewer footholds and less money.

One that was dismantled or bankrupt before loses nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.capital import Capital
from agents.controls import Arrest
from agents.knowledge import Knowledge
from scenarios.parameters import DisruptionParameters
from sim.codes import NEVER
from sim.streams import Bools, Ints, Stream, Streams


def disrupted_probability(arrested_share: float, exponent: float) -> float:
    """Return the probability that an organisation does not survive arrests: share of members arrested ^ exponent.

    Nothing at nothing and certain at all, rising ever less: the pattern of MADTOR (Manzi and Calderoni 2024
    doi:10.18564/jasss.5430), where arresting few members is disruptive already; the form is an assumption.
    """
    return float(min(max(arrested_share, 0.0), 1.0) ** exponent)


def interruption_days(arrested_share: float, is_disrupted: bool, recovery_days: float) -> int:
    """Return for how long an organisation that stays in business ships nothing.

    In proportion to the members to replace (assumption); all of it where nobody succeeds an organisation that did not
    survive, and it is built up again in its place.
    """
    return round(recovery_days * (1.0 if is_disrupted else min(arrested_share, 1.0)))


@dataclass(frozen=True, slots=True)
class Blow:
    """What an arrest did."""

    day: int
    organisation: int
    arrested_share: float
    is_dismantled: bool
    """Whether it ended the organisation."""
    seized_eur: float
    idle_days: int
    """Days without shipments before it has recovered; 0 if others take its place."""
    is_gone: bool = False
    """Whether the organisation had come to an end before."""


class Disruption:
    """Which organisations are interrupted, and what arrests have done so far, in the order in which they came."""

    def __init__(
        self, parameters: DisruptionParameters, streams: Streams, organisations: int, port_id: Ints,
        has_successors: bool,
    ) -> None:  # fmt: skip
        """Start with everybody at work.

        Args:
            parameters: of the case.
            streams: of the replication.
            organisations: how many there are.
            port_id: global id of each port.
            has_successors: whether others take over from who fails (perpetrator displacement).
        """
        self._parameters, self._streams = parameters, streams
        self._port_id, self._has_successors = port_id, has_successors
        self.idle_until: Ints = np.zeros(organisations, np.int64)
        """Day from which an organisation ships again."""
        self.blows: list[Blow] = []

    def is_idle(self, organisation: Ints, day: int) -> Bools:
        """Return which organisations ship nothing on a day."""
        idle: Bools = self.idle_until[organisation] > day
        return idle

    def is_gone(self, organisation: int, capital: Capital, has_slots: bool) -> bool:
        """Return whether others have taken an organisation's place, or are about to: it is dismantled or bankrupt.

        Those others, newcomers too, are organisations of their own, and alive. Without successors nobody is gone: who
        has failed goes on in its place.

        Args:
            organisation: which.
            capital: of all.
            has_slots: whether it serves any slot; who has handed over is gone, even if late payments cover its losses.
        """
        return self._has_successors and (bool(capital.has_failed[organisation]) or not has_slots)

    def strike(
        self, arrest: Arrest, day: int, capital: Capital, knowledge: Knowledge, *, has_slots: bool = True
    ) -> None:  # fmt: skip
        """Take members, money and footholds from an organisation; end it, or interrupt it until it has recovered.

        Nothing happens to one that is gone already; the blow is noted as one that came too late.

        Args:
            arrest: whose members are arrested, how many, and what is seized.
            day: today.
            capital, knowledge: of all organisations.
            has_slots: whether this one serves any slot.
        """
        o, share = arrest.organisation, arrest.arrested_share
        if self.is_gone(o, capital, has_slots):
            self.blows.append(Blow(day, o, 0.0, is_dismantled=False, seized_eur=0.0, idle_days=0, is_gone=True))
            return
        seized_eur = arrest.seized_share * float(capital.start_eur[o])
        capital.settle(np.array([o]), np.array([-seized_eur]))
        self._take_footholds(o, share, day, knowledge)
        luck = float(self._streams.uniforms(Stream.DISRUPTION, np.array([o]), 1, epoch=day)[0, 0])
        is_disrupted = luck < disrupted_probability(share, self._parameters.exponent)
        is_dismantled = self._has_successors and (is_disrupted or bool(capital.has_failed[o]))
        idle_days = 0
        if is_dismantled:
            capital.dismantle(o)
        else:
            idle_days = interruption_days(share, is_disrupted, self._parameters.recovery_days)
            self.idle_until[o] = max(int(self.idle_until[o]), day + idle_days)
        self.blows.append(Blow(day, o, share, is_dismantled, seized_eur, idle_days))

    def _take_footholds(self, o: int, share: float, day: int, knowledge: Knowledge) -> None:
        """Let each foothold go with the probability that the member who keeps it is among those arrested."""
        held = np.flatnonzero(knowledge.foothold_day[o] != NEVER)
        luck = self._streams.uniforms(Stream.ARREST_FOOTHOLD, o * 1024 + self._port_id[held], 1, epoch=day)[:, 0]
        lost = held[luck < share]
        if lost.size:
            knowledge.lose_footholds(np.full(lost.size, o), lost)
