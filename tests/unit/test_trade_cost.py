"""What controls cost to trade: by hand, and as sums of a run."""

from __future__ import annotations

import dataclasses as dc
import math

import numpy as np
import pytest

from experiments.run import run
from scenarios.parameters import TradeParameters
from sim.border_kernel import MOST_BOXES_A_DAY, chargeable_days, pack_tag, settle_clean, unpack_tag
from sim.clock import DAY_MIN
from sim.codes import Goods
from sim.times import DWELL_DRY, DWELL_REEFER, QUANTILES
from sim.trade_cost import delay_cost_eur, trade_costs
from tests.model_cases import assert_same, rows, small_case, small_run, with_parameters

TRADE = TradeParameters(
    goods_value_dry_eur=50_000.0, goods_value_reefer_eur=20_000.0, delay_cost_share_per_day=0.01,
    search_handling_eur=600.0, free_days_dry=7, free_days_reefer=2, demurrage_dry_eur_per_day=50.0,
    demurrage_reefer_eur_per_day=150.0,
)  # fmt: skip


@pytest.mark.parametrize(("share", "cost"), [(0.006, 600.0), (0.021, 2100.0)])
def test_two_days_cost_what_is_published(share: float, cost: float) -> None:
    """T45: 50,000 EUR, two days, .6 to 2.1 % a day (Hummels and Schaur 2013)."""
    assert delay_cost_eur(np.array([2 * DAY_MIN]), np.array([50_000.0]), share).tolist() == pytest.approx([cost])


def test_costs_by_hand() -> None:
    costs = trade_costs(np.array([[2, 0], [0, 1]]), np.array([[1440, 720], [0, 0]]), np.array([[1, 3], [0, 0]]), TRADE)
    assert costs.delay_eur.tolist() == [[500.0, 100.0], [0.0, 0.0]]
    assert costs.handling_eur.tolist() == [[1200.0, 0.0], [0.0, 600.0]]
    assert costs.demurrage_eur.tolist() == [[50.0, 450.0], [0.0, 0.0]]
    assert costs.total_eur() == 2900.0


@pytest.mark.parametrize(
    ("stay_days", "free", "days"), [(0, 2, 0), (2, 2, 0), (2.001, 2, 1), (3, 2, 1), (3.5, 2, 2), (9, 0, 9)]
)
def test_demurrage_is_for_days_begun_after_the_free_ones(stay_days: float, free: int, days: int) -> None:
    assert chargeable_days(math.ceil(stay_days * DAY_MIN), free) == days


@pytest.mark.parametrize("day", [0, 1, 2600, 32_000])
@pytest.mark.parametrize("values", [(0, 0, 0, 0, 0), (4680, 4095, 59, 1, 1), (361, 2048, 63, 0, 1)])
def test_tag_keeps_what_was_packed(day: int, values: tuple[int, ...]) -> None:
    offset, quantile, port, goods, is_searched = values
    for ordinal in (0, MOST_BOXES_A_DAY - 1):
        for is_drug_tasked in (0, 1):
            arrival = day * DAY_MIN + offset
            tag = pack_tag(day, ordinal, arrival, quantile, port, goods, is_searched, is_drug_tasked)
            assert tag < 0
            assert unpack_tag(tag) == (arrival, quantile, port, goods, is_searched, is_drug_tasked)


def settle(arrival: int, quantile: int, goods: Goods, is_searched: int, finish: int) -> tuple[list[int], list[int]]:
    """Return what one box of port 1 adds to controls and to trade; planned dwells are 6 days dry and 1.5 reefer."""
    times = np.zeros((6, QUANTILES), np.int64)
    times[DWELL_DRY, quantile], times[DWELL_REEFER, quantile] = 6 * DAY_MIN, 3 * DAY_MIN // 2
    controls, trade = np.zeros((2, 4), np.int64), np.zeros((2, 2, 4), np.int64)
    tag = pack_tag(10, 3, arrival, quantile, 1, int(goods), is_searched, 1)
    tags, finishes = np.array([tag, 5]), np.array([finish, 10**6])  # the second is a load, and not settled here
    settle_clean(tags, finishes, times, np.array([7, 2]), controls, trade)
    assert not controls[0].any()
    assert not trade[0].any()
    assert not trade[1, 1 - goods].any()
    return controls[1].tolist(), trade[1, goods].tolist()


def test_delay_is_what_goes_beyond_the_planned_dwell_of_the_box() -> None:
    arrival = 10 * DAY_MIN + 500
    # Done within the planned dwell: a control, and no delay.
    assert settle(arrival, 7, Goods.DRY, 0, arrival + 5 * DAY_MIN) == ([1, 1, 0, 0], [1, 0, 0, 0])
    # A day too late, but on the seventh day, which is free.
    assert settle(arrival, 7, Goods.DRY, 1, arrival + 7 * DAY_MIN) == ([1, 1, 1, DAY_MIN], [1, 1, DAY_MIN, 0])
    # Two days late: the eighth day has to be paid for.
    late = arrival + 7 * DAY_MIN + 1
    assert settle(arrival, 7, Goods.DRY, 0, late) == ([1, 1, 0, DAY_MIN + 1], [1, 0, DAY_MIN + 1, 1])
    # The same time for a refrigerated box.
    delay = 7 * DAY_MIN - 3 * DAY_MIN // 2
    assert settle(arrival, 7, Goods.REEFER, 0, arrival + 7 * DAY_MIN) == ([1, 1, 0, delay], [1, 0, delay, 5])


def test_only_days_beyond_those_planned_are_charged_to_control() -> None:
    """A box that would have stayed into its third day anyway costs control only the days after."""
    arrival = 10 * DAY_MIN
    times = np.full((6, QUANTILES), 5 * DAY_MIN // 2)
    trade = np.zeros((2, 2, 4), np.int64)
    tags = np.array([pack_tag(10, 0, arrival, 0, 1, 1, 0, 0)])
    settle_clean(tags, np.array([arrival + 3 * DAY_MIN]), times, np.array([7, 2]), np.zeros((2, 4), np.int64), trade)
    assert trade[1, 1].tolist() == [1, 0, DAY_MIN // 2, 0]
    settle_clean(tags, np.array([arrival + 4 * DAY_MIN]), times, np.array([7, 2]), np.zeros((2, 4), np.int64), trade)
    assert trade[1, 1].tolist() == [2, 0, 2 * DAY_MIN, 1]


def test_goods_add_up_to_the_controls_of_the_port() -> None:
    """Law: boxes, searches and minutes of a port and month are those of its two classes of goods."""
    tables = small_run()
    sums: dict[tuple[int, str], list[int]] = {}
    for row in tables["trade_month"].to_pylist():
        total = sums.setdefault((row["month"], row["place"]), [0, 0, 0])
        for at, name in enumerate(("controlled_boxes", "searched_boxes", "delay_min")):
            total[at] += row[name]
    controls = tables["control_month"].to_pylist()
    expected = {
        (row["month"], row["place"]): [row["controlled_boxes"], row["searched_boxes"], row["delay_min"]]
        for row in controls
    }
    assert sums == expected
    assert sum(row["delay_min"] for row in controls) > 0
    boxes = {goods: sum(row["controlled_boxes"] for row in tables["trade_month"].to_pylist() if row["goods"] == goods)
             for goods in ("dry", "reefer")}  # fmt: skip
    share = small_case().parameters.terminal.reefer_share
    total_boxes = sum(boxes.values())
    assert abs(boxes["reefer"] / total_boxes - share) < 5 * math.sqrt(share * (1 - share) / total_boxes)


def test_run_costs_are_the_sum_of_the_months_of_its_window() -> None:
    """Law: exactly, whatever the order."""
    tables = small_run()
    window = [row for row in tables["trade_month"].to_pylist() if 202401 <= row["month"] <= 202412]
    parts = [row[name] for row in reversed(window) for name in ("delay_eur", "handling_eur", "demurrage_eur")]
    assert tables["runs"]["trade_cost_eur"][0].as_py() == math.fsum(parts) > 0
    delay_min = sum(row["delay_min"] for row in window)
    assert tables["runs"]["trade_delay_days"][0].as_py() == delay_min / DAY_MIN


def test_costs_to_trade_are_outside_all_budgets() -> None:
    """Law: what trade pays changes no decision, no account, nothing but itself."""
    base = small_case()
    trade = base.parameters.trade
    dear = {field.name: 3 * getattr(trade, field.name) for field in dc.fields(trade) if "days" not in field.name}
    plain, costly = small_run(), run(with_parameters(base, "trade", **dear), 1, 0)
    costs = ("trade_cost_eur", "delay_eur", "handling_eur", "demurrage_eur")
    assert_same(plain, costly, *costs)
    assert costly["runs"]["trade_cost_eur"][0].as_py() > 3 * plain["runs"]["trade_cost_eur"][0].as_py()
    assert rows(plain["accounts"]) == rows(costly["accounts"])
