"""Notice before a control: by hand, in the race at the terminal, and in what it costs to trade."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from scenarios.errors import InputError
from sim.clock import DAY_MIN, HOUR_MIN
from sim.codes import NEVER, Fate, Method
from sim.notice import fetched_min
from tests.laws.test_conservation import check_masses
from tests.model_cases import NO_FEEDBACK, model_at, small_case, small_run, sums

REPLICATIONS = range(4)
NOTICE_72 = "parameters.control.notice_h=72"


def test_fetched_by_hand() -> None:
    """Who is there when the notice ends is fetched one a minute and port, by discharge; tips and later ones at once."""
    port = np.array([0, 0, 1, 0, 1, 0])
    klass = np.array([1, 1, 1, 0, 1, 1])
    arrival = np.array([70, 50, 90, 10, 20, 130])
    assert fetched_min(port, klass, arrival, 100).tolist() == [101, 100, 101, 10, 100, 130]
    assert arrival.tolist() == [70, 50, 90, 10, 20, 130]


def test_notice_that_ends_before_the_discharge_changes_nothing() -> None:
    """So that a short notice tends to none."""
    arrival = np.array([361, 500, 360])
    ones = np.ones(3, np.int64)
    assert fetched_min(ones, ones, arrival, 360).tolist() == arrival.tolist()
    assert fetched_min(ones[:0], ones[:0], arrival[:0], 360).size == 0


@pytest.mark.parametrize("hours", ["-1", "72.5"])
def test_notice_out_of_bounds_is_refused(hours: str) -> None:
    with pytest.raises(InputError, match=r"control\.notice_h: .* is outside 0 to 72 h"):
        small_case(f"parameters.control.notice_h={hours}")


def test_no_box_is_secured_before_its_notice_has_ended() -> None:
    """Law: selection is at most a day before the call, so customs come 48 h after it or later; before tips, at once."""
    for notice_h, is_late in ((0, False), (72, True)):
        case = small_case(f"parameters.control.notice_h={notice_h}")
        rows = model_at(case, 300).physical.consignments
        secured = rows[rows["secured_min"] >= 0]
        waited = secured["secured_min"] - secured["discharge_min"] + round(case.parameters.terminal.unload_h * HOUR_MIN)
        # Not by what triggered the find, which is chance where a team was caught.
        is_tip = secured["tip_min"] < NEVER
        assert np.count_nonzero(~is_tip) > 50
        assert (waited[~is_tip] >= 2 * DAY_MIN).all() == is_late
        assert (waited[is_tip] < 2 * DAY_MIN).any()


def test_engines_agree_under_notice() -> None:
    """A process for each box or arrays: the same loads, minute by minute."""
    one, other = (
        model_at(small_case(NOTICE_72, f"engine={engine}"), 45).physical.consignments
        for engine in ("compiled", "simpy")
    )
    assert one.tobytes() == other.tobytes()
    assert (one["secured_min"] >= 0).any()


@pytest.mark.slow
def test_longer_notice_helps_teams_and_delays_trade(record_property: Callable[[str, object], None]) -> None:
    """Paired, organisations learn nothing: fewer tonnes found at entry, more taken out; trade waits and pays longer.

    In-cargo loads need no team, so that what is found among them is not lost by notice.
    """
    seized, landed, delay_days, cost_eur = (np.zeros((3, len(REPLICATIONS))) for _ in range(4))
    for row, notice_h in enumerate((0, 24, 72)):
        for replication in REPLICATIONS:
            tables = small_run(*NO_FEEDBACK, f"parameters.control.notice_h={notice_h}", replication=replication)
            check_masses(tables)
            by_fate, run = sums(tables["parcels"], "fate", "mass_g"), tables["runs"].to_pylist()[0]
            seized[row, replication] = by_fate["seized_entry"] / 1e6
            landed[row, replication] = by_fate["delivered"] / 1e6
            delay_days[row, replication] = run["trade_delay_days"]
            cost_eur[row, replication] = run["trade_cost_eur"]
    for name, values, sign in (("seized", seized, -1), ("landed", landed, 1), ("delay", delay_days, 1)):
        for more, less in ((1, 0), (2, 1)):
            rise = sign * (values[more] - values[less])
            error = float(rise.std(ddof=1)) / math.sqrt(len(REPLICATIONS))
            record_property(f"{name}_{more}", (float(rise.mean()), error))
            assert rise.mean() > 2 * error, name
    assert (cost_eur[2] > cost_eur[0]).all()


def test_what_needs_no_team_is_found_in_spite_of_notice() -> None:
    """Nobody can take a load in cargo out of a box that customs hold: finds lag, and are not lost."""
    found = []
    for notice_h in (0, 72):
        case = small_case(*NO_FEEDBACK, f"parameters.control.notice_h={notice_h}")
        rows = model_at(case, 300).physical.consignments
        ashore_min = rows["discharge_min"]
        is_due = (rows["method"] == Method.IN_CARGO) & (ashore_min >= 0) & (ashore_min < 280 * DAY_MIN)
        found.append(np.count_nonzero(is_due & (rows["fate"] == Fate.SEIZED_ENTRY)))
    assert found[0] > 20
    assert found[1] == pytest.approx(found[0], rel=0.05)
