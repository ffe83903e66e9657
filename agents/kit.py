"""What was bought beside mobile units: fixed scanners, and sets with which scanned boxes are looked at again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from scenarios.equipment import UnitTerms
from sim.codes import CONTAINER_METHODS
from sim.streams import Floats


@dataclass(frozen=True, slots=True)
class Installed:
    """A unit that stays at its port until the end of its life."""

    owner: int
    """Authority that owns it."""
    port: int
    terms: UnitTerms
    until_day: int


def coverage(checks_per_year: Floats, tasked_per_year: Floats) -> Floats:
    """Return which share of the drug-tasked scans are looked at again, one at most, none where nothing is scanned.

    Args:
        checks_per_year: boxes that sets of one type can look at, by port.
        tasked_per_year: drug-tasked scans, by port.
    """
    covered: Floats = np.divide(
        checks_per_year, tasked_per_year, out=np.zeros_like(tasked_per_year), where=tasked_per_year > 0
    )
    return np.minimum(covered, 1.0)


def second_look(
    covered: Sequence[Floats], detection: Sequence[Sequence[float]], false_alarm: Sequence[float], ports: int
) -> tuple[Floats, Floats]:
    """Return what second looks show of what an image did not, by port and method, and their false alarms by port.

    Assumption: each type sees by itself, 1 - (1 - c1 q1) (1 - c2 q2) ...; which boxes of the drug-tasked scans it is
    used on does not depend on what is in them.

    Args:
        covered: share of drug-tasked scans, shape (ports,), of each type.
        detection: share of loads by method that each type indicates, false_alarm: share of clean boxes.
        ports: how many.
    """
    missed, quiet = np.ones((ports, CONTAINER_METHODS)), np.ones(ports)
    for share, seen, alarm in zip(covered, detection, false_alarm, strict=True):
        missed *= 1 - share[:, None] * np.asarray(seen)
        quiet *= 1 - share * alarm
    return 1 - missed, 1 - quiet


def checks_by_port(units: Iterable[tuple[int, UnitTerms]], name: str, ports: int) -> Floats:
    """Return checks a year by port of the units of a type, less what they are out of use."""
    checks = np.zeros(ports)
    for port, terms in units:
        if terms.name == name:
            checks[port] += terms.checks_per_year * terms.availability
    return checks


def most_found_per_euro(
    threat: Floats, tasked_per_year: Floats, bought: Sequence[tuple[int, UnitTerms]], choice: Sequence[UnitTerms],
    mix: Floats, eur_per_year: Sequence[float],
) -> tuple[UnitTerms, int] | None:  # fmt: skip
    """Return the type and port where a further set would show most per euro a year; None if it would nowhere.

    A rule of thumb: believed threat x share of the drug-tasked scans that it adds x what it shows of the usual mix of
    methods where the sets that are there show nothing. Ties go to the first type and the first port.

    Args:
        threat: believed contaminated boxes a year, by port; minus infinity where none may go.
        tasked_per_year: drug-tasked scans, by port.
        bought: port and terms of all sets there or on order.
        choice: types that may be bought, eur_per_year: their yearly cost.
        mix: shares of methods in recent finds, shape (methods,).
    """
    ports = threat.size
    names = sorted({terms.name: terms for _, terms in bought}.items())
    covered = [coverage(checks_by_port(bought, name, ports), tasked_per_year) for name, _ in names]
    shown, _ = second_look(
        covered, [terms.detection for _, terms in names], [terms.false_alarm for _, terms in names], ports
    )
    best, most = None, 0.0
    for terms, eur in zip(choice, eur_per_year, strict=True):
        now = checks_by_port(bought, terms.name, ports)
        further = now + terms.checks_per_year * terms.availability
        added = coverage(further, tasked_per_year) - coverage(now, tasked_per_year)
        useful = ((1 - shown) * np.asarray(terms.detection)) @ mix
        value = np.where(added > 0, np.maximum(threat, 0.0) * added * useful, 0.0) / eur
        port = int(value.argmax())
        if value[port] > most:
            best, most = (terms, port), float(value[port])
    return best
