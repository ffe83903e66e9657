"""Lines of the ledger over replications: shares, bounds, placebo, places folded together."""

from __future__ import annotations

import math

import pytest

from experiments.ledger import Amount, Cell, Direction, Ledger, Moved
from experiments.ledger_shares import LANDED, SEIZED, Lines, Pick
from experiments.treated import find_treated
from scenarios.build_world import build_world
from tests.model_cases import small_case

WORLD = build_world(small_case().world, small_case().parameters, small_case().good)
OUT, NR = Direction.OUT, "north_range"
STAYED = Cell(OUT, Moved.SAME, "NLRTM", NR, "delivered")
LEFT = Cell(OUT, Moved.OTHER_PORT, "BEANR", NR, "delivered")
CAUGHT = Cell(OUT, Moved.OTHER_PORT, "DEHAM", NR, "seized_entry")


def ledger(stayed: int, left: int, caught: int) -> Ledger:
    return Ledger({STAYED: Amount(stayed, stayed), LEFT: Amount(left, left + 50), CAUGHT: Amount(caught, caught)})


LEDGERS = [ledger(600, 300, 100), ledger(1400, 500, 100)]
PLACEBOS = [ledger(850, 100, 50), ledger(1800, 150, 50)]
LINES = Lines(LEDGERS, PLACEBOS)


def test_shares_are_ratios_of_sums() -> None:
    line = LINES.line("moved", Pick(OUT, Moved.OTHER_PORT), (LANDED, SEIZED))
    assert line.share.difference == pytest.approx(1000 / 3000, rel=1e-12)
    assert line.placebo == pytest.approx(350 / 3000, rel=1e-12)
    assert line.bound == pytest.approx(1100 / 3000, rel=1e-12)
    assert line.by_fate == pytest.approx((800 / 3000, 200 / 3000), rel=1e-12)
    assert not line.is_noise


def test_all_lines_sum_to_one() -> None:
    whole = sum(LINES.line("", Pick(OUT, moved)).share.difference for moved in Moved)
    assert whole == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(("left", "is_noise"), [(100, True), (199, True), (201, False)])
def test_less_than_twice_the_placebo_is_noise(left: int, is_noise: bool) -> None:
    lines = Lines([ledger(1000 - left, left, 0)] * 2, [ledger(900, 100, 0)] * 2)
    assert lines.line("", Pick(OUT, Moved.OTHER_PORT)).is_noise == is_noise
    assert not lines.line("", Pick(OUT, Moved.SAME)).is_noise, "what stayed cannot be noise"


def test_goals_by_range_or_by_port() -> None:
    treated = find_treated("NLRTM", WORLD)
    assert [label for label, _ in LINES.goals(Moved.OTHER_PORT, treated, by_port=False)] == ["to north range"]
    by_port = LINES.goals(Moved.OTHER_PORT, treated, by_port=True)
    assert [label for label, _ in by_port] == ["to BEANR", "to DEHAM"]
    assert [LINES.line("", pick).share.difference for _, pick in by_port] == pytest.approx([800 / 3000, 200 / 3000])


def test_small_shares_are_shown_together() -> None:
    """Nothing is lost in the fold: the goals sum to the line above them."""
    coast = Cell(OUT, Moved.OTHER_REGION, "coast:north_range", NR, "delivered")
    back = Cell(OUT, Moved.OTHER_REGION, "NLRTM", NR, "delivered")
    far = Cell(OUT, Moved.OTHER_REGION, "ESVLC", "west_med", "delivered")
    near = Cell(OUT, Moved.OTHER_REGION, "BEANR", NR, "delivered")
    one = Ledger({STAYED: Amount(10_000), coast: Amount(30), back: Amount(20), far: Amount(30), near: Amount(900)})
    lines = Lines([one, one], [one, one])
    goals = lines.goals(Moved.OTHER_REGION, find_treated("NLRTM", WORLD), by_port=False)
    assert [label for label, _ in goals] == ["to the same entry", "to north range", "to others"]
    shares = [lines.line(label, pick).share.difference for label, pick in goals]
    assert math.fsum(shares) == pytest.approx(lines.line("", Pick(OUT, Moved.OTHER_REGION)).share.difference, rel=1e-12)
