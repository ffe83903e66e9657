"""Lines of the ledger over replications: shares, bounds, placebo, places folded together."""

from __future__ import annotations

import math

import pytest

from experiments.ledger import Amount, Cell, Direction, Ledger, Moved
from experiments.ledger_shares import FATE_COLUMNS, LANDED, SEIZED, Lines, Pick, grams
from experiments.treated import find_treated
from scenarios.build_world import build_world
from sim.codes import Fate
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


def test_each_fate_is_in_one_column() -> None:
    names = [name for fates in FATE_COLUMNS.values() for name in fates]
    assert sorted(names) == sorted(fate.name.lower() for fate in Fate)


def test_columns_by_fate_sum_to_their_line() -> None:
    """Exact, to the gram: whatever became of what left is in a column, and of all lines that is 100 %."""
    every = {
        Cell(OUT, moved, "BEANR", NR, fate.name.lower()): Amount(2 ** (5 * i + fate % 5))
        for i, moved in enumerate(Moved)
        for fate in Fate
    }
    lines = Lines([Ledger(every)] * 2, [Ledger(every)] * 2)
    whole = 0.0
    for moved in Moved:
        by_fate = [sum(grams(lines.ledgers, Pick(OUT, moved, fates=fates))) for fates in FATE_COLUMNS.values()]
        assert sum(by_fate) == sum(grams(lines.ledgers, Pick(OUT, moved))) > 0
        line = lines.line("", Pick(OUT, moved), tuple(FATE_COLUMNS.values()))
        assert math.fsum(line.by_fate) == pytest.approx(line.share.difference, rel=1e-12)
        whole += math.fsum(line.by_fate)
    assert whole == pytest.approx(1, rel=1e-12)
    rest = lines.line("", Pick(OUT), (FATE_COLUMNS["rest"],)).by_fate[0]
    assert math.fsum(lines.rest().values()) == pytest.approx(rest, rel=1e-12)


@pytest.mark.parametrize(
    ("fate", "name"),
    [
        ("abandoned", "abandoned"), ("not_offered", "not offered or diverted"),
        ("diverted", "not offered or diverted"), ("held", "open"), ("in_transit", "open"),
    ],
)  # fmt: skip
def test_what_neither_landed_nor_was_seized_is_the_rest(fate: str, name: str) -> None:
    cell = Cell(OUT, Moved.OTHER_PORT, "BEANR", NR, fate)
    one = Ledger({STAYED: Amount(900), cell: Amount(100)})
    lines = Lines([one, one], [one, one])
    line = lines.line("", Pick(OUT, Moved.OTHER_PORT), tuple(FATE_COLUMNS.values()))
    assert line.by_fate == pytest.approx((0, 0, 0.1), abs=1e-15)
    nothing = dict.fromkeys(("abandoned", "not offered or diverted", "open"), 0)
    assert lines.rest() == pytest.approx({**nothing, name: 0.1}, abs=1e-15)


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
