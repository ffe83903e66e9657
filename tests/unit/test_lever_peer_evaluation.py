"""Practice of ports, and peer evaluation, which lifts the weakest towards the best that evaluators have seen."""

from __future__ import annotations

import numpy as np
import pytest

from agents.model import WaterbedModel
from agents.practice import floor_towards, practice_of_ports
from experiments.run import run
from scenarios.case import Case
from sim.streams import Floats, Streams
from tests.model_cases import (
    NO_FEEDBACK,
    assert_same,
    digest,
    model_at,
    small_case,
    with_levers,
    with_parameters,
)

SPREAD = {"practice_log_sd": 0.4, "delay_days": 0.0, "programme_eur_per_year": 0.0}
NORTH = ("world=north_range",)
START = 61
"""Day of the start of the analysis in a small case."""


def spread(*overrides: str, scope: str | None = None, **values: float) -> Case:
    """Return a case in which practice differs between ports, with the lever at once and free, if there is a scope."""
    case = with_parameters(small_case(*overrides), "peer_evaluation", **{**SPREAD, **values})
    return case if scope is None else with_levers(case, peer_evaluation=scope)


def practice(model: WaterbedModel) -> Floats:
    return model.enforcement.desk.practice


def by_country(model: WaterbedModel) -> dict[str, Floats]:
    country = np.array(model.world.entry.country)
    return {code: practice(model)[country == code] for code in sorted(set(country))}


def test_practice_is_lognormal_with_mean_one() -> None:
    """Over many ports, mean and log sd within 4.5 standard errors; exactly one without spread."""
    ids, count = np.arange(20_000), 20_000
    made = practice_of_ports(Streams(1, 0), ids, 0.4)
    assert abs(made.mean() - 1) < 4.5 * np.sqrt((np.exp(0.16) - 1) / count)
    assert abs(np.log(made).std() - 0.4) < 4.5 * 0.4 / np.sqrt(2 * count)
    assert practice_of_ports(Streams(1, 0), ids, 0.0).tolist() == [1.0] * count


def test_a_port_has_the_same_practice_in_every_world() -> None:
    few, many = WaterbedModel(spread(), 1, 0), WaterbedModel(spread(*NORTH), 1, 0)
    known = dict(zip(many.world.entry.code, practice(many).tolist(), strict=True))
    assert practice(few).tolist() == [known[code] for code in few.world.entry.code]


def test_floor_by_hand() -> None:
    """Half of the way from 0.6 to 1, nothing for those who are as good; with no share closed, own practice."""
    own = np.array([0.6, 1.0, 1.4])
    assert floor_towards(own, 1.0, np.full(3, 0.5)).tolist() == pytest.approx([0.8, 1.0, 1.4])
    assert floor_towards(own, 1.0, np.zeros(3)).tolist() == own.tolist()
    assert floor_towards(own, 1.0, np.full(3, 1e-9)) == pytest.approx(own, abs=1e-8)


def test_without_spread_it_can_do_nothing() -> None:
    """Law: where all ports have the same practice, whatever the scope and the other levers, nothing changes."""
    regime = ("regime=alliance_rule",)
    case = spread(*regime, scope="alliance", practice_log_sd=0.0, best_quantile=1.0)
    assert_same(run(case, 1, 0), run(with_levers(small_case(*regime), peer_evaluation="off"), 1, 0))


def test_zero_strength_is_an_absent_lever() -> None:
    """Law: every value of every table is that of a run without the lever, with spread too."""
    assert digest(run(spread(scope="alliance", strength=0.0, programme_eur_per_year=1e6), 1, 0)) == digest(
        run(spread(), 1, 0)
    )


def test_half_of_the_gap_is_closed_in_the_half_life() -> None:
    """Together: the gap to the quantile over all ports visited, halved; who is above it keeps its own practice."""
    # The lever begins on day 61; 52 weeks later comes the 61st weekly assessment of day 427, 366 days after.
    model = model_at(spread(*NORTH, scope="alliance", half_life_days=366.0, best_quantile=0.75), START + 367)
    own, floor = practice(model), model.enforcement.controls.practice_floor
    best = np.quantile(own, 0.75)
    days = (START + 366) // 7 * 7 - START
    closed = 1 - 0.5 ** (days / 366)
    assert closed == pytest.approx(0.5, abs=0.01)
    assert floor == pytest.approx(own + closed * np.maximum(0, best - own))
    lifted = own < best
    assert (floor[lifted] > own[lifted]).all()
    assert 0 < lifted.sum() < own.size
    posture = model.enforcement.posture.separation / model.case.parameters.control.separation
    assert posture == pytest.approx(np.maximum(own, floor))


def test_a_state_alone_follows_the_best_of_its_own_ports() -> None:
    """No own audit lifts a port above the best of its state, and a port without compatriots has nobody to follow."""
    model = model_at(spread(*NORTH, scope="national", half_life_days=30.0, best_quantile=1.0), 420)
    country = np.array(model.world.entry.country)
    floor = model.enforcement.controls.practice_floor
    for code, own in by_country(model).items():
        assert floor[country == code] == pytest.approx(np.full(own.size, own.max()), rel=0.01)
    single = model_at(spread(scope="national", best_quantile=1.0), 420)
    assert single.enforcement.controls.practice_floor == pytest.approx(practice(single), rel=1e-15)
    assert_same(run(spread(scope="national", best_quantile=1.0), 1, 0), run(spread(), 1, 0))


def test_practice_slips_where_nobody_pays_for_visits() -> None:
    """What is no longer paid for is lost with the same half-life."""
    model = model_at(spread(*NORTH, scope="alliance", half_life_days=60.0), 300)
    enforcement = model.enforcement
    before = enforcement.controls.practice_floor - practice(model)
    day = enforcement.desk.day
    enforcement.budget._paid["peer_evaluation"] = np.zeros(len(enforcement.authorities))
    for _ in range(60):
        model.step()
    after = enforcement.controls.practice_floor - practice(model)
    assert before.max() > 0.1
    weeks = enforcement.desk.day // 7 - day // 7
    assert after == pytest.approx(before * 0.5 ** (7 * weeks / 60), rel=1e-9, abs=1e-15)


@pytest.mark.slow
def test_on_paired_seeds_more_is_found_together_than_alone() -> None:
    """Without feedbacks, in tonnes: by more than 3 standard errors, where the best practice seen is followed."""
    seized: dict[str | None, list[float]] = {scope: [] for scope in (None, "national", "alliance")}
    for replication in range(6):
        for scope, found in seized.items():
            case = spread(*NORTH, *NO_FEEDBACK, scope=scope, half_life_days=30.0, best_quantile=1.0)
            tables = run(case, 1, replication)
            found.append(tables["runs"]["seized_eu_ports_g"][0].as_py() / 1e6)
    alone, together = (np.subtract(seized[scope], seized[None]) for scope in ("national", "alliance"))
    for gain in (together, alone, together - alone):
        assert gain.mean() > 3 * gain.std(ddof=1) / np.sqrt(gain.size)


@pytest.mark.slow
def test_flow_moves_out_of_the_container_terminals() -> None:
    """Negative effect: where organisations react, more goes by the coasts, beyond 3 standard errors."""
    by_coast = []
    for replication in range(6):
        pair = []
        for scope in ("alliance", None):
            tables = run(spread(*NORTH, scope=scope, half_life_days=30.0, best_quantile=1.0), 1, replication)
            rows = tables["port_month"].to_pylist()
            pair.append(sum(row["dispatched_g"] for row in rows if str(row["place"]).startswith("coast:")) / 1e6)
        by_coast.append(pair[0] - pair[1])
    assert np.mean(by_coast) > 3 * np.std(by_coast, ddof=1) / np.sqrt(len(by_coast))
