"""The players: levers that differ between two regimes, in groups; and the regime of every set of them."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Mapping
from dataclasses import dataclass

from experiments.decompose.game import Players, coalitions
from scenarios.case import Case, LeverSpec, RegimeSpec
from scenarios.errors import InputError

MOST_GROUPS = 5
"""Of which every set is run: 32 sets."""


@dataclass(frozen=True, slots=True)
class Question:
    """Two regimes, and the levers in which they differ, in groups."""

    baseline: Case
    treated: Case
    groups: dict[str, tuple[str, ...]]
    """Levers that differ, by group; no group is empty."""
    pairs: tuple[tuple[str, str], ...]
    """Levers whose interaction is asked for."""
    without_strength: tuple[str, ...] = ()
    """Levers that differ in scope alone: they have no strength."""

    @property
    def levers(self) -> tuple[str, ...]:
        """Return all levers that differ."""
        return tuple(lever for group in self.groups.values() for lever in group)

    def of_groups(self, groups: Players) -> Players:
        """Return the levers of some groups."""
        return frozenset(lever for group in groups for lever in self.groups[group])

    def sets(self) -> list[Players]:
        """Return the sets of levers to run, each once: all sets of groups, each lever alone, and each left out."""
        levers = frozenset(self.levers)
        wanted = [self.of_groups(groups) for groups in coalitions(list(self.groups))]
        wanted += [frozenset({lever}) for lever in self.levers]
        wanted += [levers - {lever} for lever in self.levers]
        wanted += [frozenset(pair) for pair in self.pairs]
        return list(dict.fromkeys(wanted))

    def case(self, levers: Players) -> Case:
        """Return the baseline with some levers as the treated arm has them.

        With none of them it is the baseline, with all of them the treated arm.
        """
        if not levers:
            return self.baseline
        if levers == frozenset(self.levers):
            return self.treated
        before, after = self.baseline.regime, self.treated.regime
        named = sorted(levers)
        regime = dc.replace(
            after,
            name=f"{before.name}_with_{'_and_'.join(named)}",
            about=f"{before.name} with {', '.join(named)} as in {after.name}",
            levers=before.levers | {lever: _spec(self.treated, lever) for lever in named},
        )
        return dc.replace(self.baseline, regime=regime)


def ask(
    baseline: Case, treated: Case, groups: Mapping[str, tuple[str, ...]], pairs: tuple[tuple[str, str], ...]
) -> Question:
    """Return the question that two regimes pose.

    Args:
        baseline, treated: the two arms, which differ in their regimes alone.
        groups: names of levers by group; those in which the arms do not differ, or that do not exist, are left out.
        pairs: of levers whose interaction is asked for; left out where one of them does not differ.

    Raises:
        InputError: the regimes differ in other things than levers, or in none, or groups are not a partition.
    """
    before, after = baseline.regime, treated.regime
    if before.has_controls != after.has_controls:
        raise InputError(
            f"arms: {before.name} and {after.name} is not allowed, since one of them has no controls; allowed: two "
            "regimes that differ in levers alone."
        )
    if before.has_alliance and (before.participants, before.joins) != (after.participants, after.joins):
        raise InputError(
            f"arms: {before.name} and {after.name} is not allowed, since others take part in them; allowed: two "
            "regimes that differ in levers alone."
        )
    if _how(before) != _how(after):
        raise InputError(
            f"arms: {before.name} and {after.name} is not allowed, since they decide in different ways (rule, best "
            "response, pooled envelopes), which is no lever; allowed: two regimes that differ in levers alone."
        )
    named = [
        lever for lever in sorted({*before.levers, *after.levers}) if _spec(baseline, lever) != _spec(treated, lever)
    ]
    differing = [lever for lever in named if treated.parameters.levers[lever]["strength"] > 0]
    if not differing:
        raise InputError(f"arms: {before.name} and {after.name} is not allowed; allowed: two with different levers.")
    grouped = _grouped(groups, differing)
    kept = tuple(pair for pair in pairs if set(pair) <= set(differing))
    return Question(baseline, treated, grouped, kept, tuple(sorted(set(named) - set(differing))))


def _grouped(groups: Mapping[str, tuple[str, ...]], differing: list[str]) -> dict[str, tuple[str, ...]]:
    for lever in differing:
        homes = [group for group, levers in groups.items() if lever in levers]
        if len(homes) != 1:
            where = f"in {' and in '.join(homes)}" if homes else "in no group"
            raise InputError(f"lever_groups: {lever} is {where}; allowed: each lever that differs in one group.")
    found = {group: tuple(lever for lever in levers if lever in differing) for group, levers in groups.items()}
    found = {group: tuple(dict.fromkeys(levers)) for group, levers in found.items() if levers}
    if len(found) > MOST_GROUPS:
        raise InputError(
            f"lever_groups: {len(found)} groups with levers that differ are not allowed; allowed: at most "
            f"{MOST_GROUPS}, of which every set is run."
        )
    return found


def _how(regime: RegimeSpec) -> tuple[str, bool]:
    return regime.decides, regime.pooled_envelopes


def _spec(case: Case, lever: str) -> LeverSpec:
    return case.regime.levers.get(lever, LeverSpec())
