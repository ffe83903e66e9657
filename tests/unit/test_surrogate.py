"""What authorities believe would follow from placing scanners, against values worked out by hand."""

from __future__ import annotations

import dataclasses as dc

import numpy as np
import pytest
from scipy.special import expit, logit

from agents.surrogate import (
    NO_FOLLOWERS,
    UNCERTAIN,
    Followers,
    Goal,
    Sites,
    Surrogate,
    drawn_beliefs,
    make_followers,
    make_sites,
    true_beliefs,
)  # fmt: skip
from scenarios.build_world import build_world
from scenarios.parameter_table import parameter_rows
from scenarios.priors import parse_prior
from sim.streams import Streams
from tests.model_cases import small_case, with_parameters


def sites(ports: int) -> Sites:
    """Return ports with 1000 boxes a year, a tenth of whose scans are drug-tasked."""
    return Sites(np.full(ports, 0.1), np.full(ports, 1000.0), 1.3, 0.5, 0.9, 0.15)


def surrogate(ports: int, followers: Followers, **changed: object) -> Surrogate:
    """Return equal ports in one range, with 100 boxes of flow together and nothing found in the reference."""
    plain = Surrogate(
        sites(ports), followers, np.full(ports, 100.0 / ports), np.zeros(ports), np.zeros(ports, np.int64),
        np.zeros(1), 0.4,
    )  # fmt: skip
    return dc.replace(plain, **changed)


def test_loss_by_hand() -> None:
    """500 scans: 50 of 1000 boxes, recall 1 - Phi(1.6449 - 1.3) = 0.3651, image .5, search .9."""
    loss = sites(3).loss(np.array([500.0, 500.0, 0.0]), np.array([True, False, True]))
    assert loss[0] == pytest.approx(0.5 * 0.9 * 0.36508, rel=1e-4)
    # By hand 75 boxes are opened, 7.5 of them against drugs: 1 - Phi(2.4324 - 1.3), and a search needs no image.
    assert loss[1] == pytest.approx(0.9 * 0.12874, rel=1e-4)
    assert loss[2] == 0
    all_boxes = sites(1).loss(np.array([1e6]), np.array([True]))
    assert all_boxes[0] == pytest.approx(0.45, rel=1e-12), "whoever scans all boxes misses what no image shows"


def test_more_scans_find_more_but_ever_less() -> None:
    """Detection is increasing and concave in scans: the gain of the next scan falls."""
    scans = np.arange(0.0, 9000.0, 100.0)
    loss = Sites(np.full(90, 0.1), np.full(90, 1000.0), 0.8, 0.5, 0.9, 0.15).loss(scans, np.ones(90, np.bool_))
    assert (np.diff(loss) > 0).all()
    assert (np.diff(loss, 2) < 0).all()


@pytest.mark.parametrize(
    ("ports", "disutility", "share"),
    [(10, 0.5, 0.063137), (10, 1.0, 0.039270), (10, 2.0, 0.014815), (5, 1.0, 0.084224), (20, 2.0, 0.007073)],
)
def test_followers_answer_by_the_logit(ports: int, disutility: float, share: float) -> None:
    """T21: of n equal ports one gets a disutility; its share is known, every other one gains equally."""
    believed = surrogate(ports, Followers(2.0, 1.0, 0.0, 1.0))
    flows = believed.flows(np.where(np.arange(ports) == 0, disutility / 2.0, 0.0))
    assert flows[0] / 100 == pytest.approx(share, abs=1e-6)
    np.testing.assert_allclose(flows[1:], (100 - flows[0]) / (ports - 1))


def test_nothing_changes_where_nothing_changes() -> None:
    """The reference loss gives the reference flow, whatever the followers, coasts among it."""
    believed = surrogate(
        3, Followers(7.0, 0.6, 2.0, 0.8), flow=np.array([10.0, 20.0, 70.0]), nest=np.array([0, 1, 1]),
        reference_loss=np.array([0.1, 0.2, 0.3]), coast_flow=np.array([5.0, 6.0]),
    )  # fmt: skip
    np.testing.assert_allclose(believed.flows(believed.reference_loss), believed.flow, rtol=1e-12)
    everything = Goal(np.ones(3), np.ones(2))
    assert believed.value(believed.reference_loss, everything) == pytest.approx(9 + 16 + 49 + 11 * 0.6)
    finds = Goal(np.ones(3), np.zeros(2), counts_finds=True)
    assert believed.value(believed.reference_loss, finds) == pytest.approx(-(1 + 4 + 21))


def test_range_is_closer_than_the_rest() -> None:
    """A port's flow goes to its range first if that is a nest: IIA is broken in its favour, and flow conserved."""
    places = {"flow": np.full(4, 25.0), "nest": np.array([0, 0, 1, 1]), "coast_flow": np.zeros(2)}
    loss = np.array([0.3, 0.0, 0.0, 0.0])
    plain = surrogate(4, Followers(3.0, 1.0, 0.0, 1.0), **places).flows(loss)
    nested = surrogate(4, Followers(3.0, 0.5, 0.0, 1.0), **places).flows(loss)
    assert plain[1] == pytest.approx(plain[2])
    assert nested[1] > nested[2]
    assert plain.sum() == pytest.approx(100)
    assert nested.sum() == pytest.approx(100)


def test_some_do_not_ship() -> None:
    """All ports lose 0.1 more: everybody's worth falls by 0.1 stake; offered falls by the logistic, nothing moves."""
    believed = surrogate(4, Followers(5.0, 0.6, 2.0, 0.75))
    flows = believed.flows(np.full(4, 0.1))
    expected = 100 * expit(logit(0.75) - 0.1 * 5.0 * 2.0) / 0.75
    np.testing.assert_allclose(flows, expected / 4)


def test_flows_stay_without_followers() -> None:
    """No stake: whatever is found, nothing moves, and what lands is flow x (1 - loss)."""
    believed = surrogate(2, NO_FOLLOWERS, flow=np.array([30.0, 70.0]))
    loss = np.array([0.5, 0.1])
    np.testing.assert_allclose(believed.flows(loss), [30, 70])
    assert believed.value(loss, Goal(np.ones(2), np.zeros(1))) == pytest.approx(15 + 63)
    assert believed.value(loss, Goal(np.array([1.0, 0.0]), np.zeros(1))) == pytest.approx(15)


def test_beliefs_are_drawn_from_the_priors_alone() -> None:
    """The case's own values play no part; a replication has one draw, another a different one, all within bounds."""
    case = small_case()
    other = with_parameters(case, "choice", temperature_eur_per_kg=7777.0)
    drawn = drawn_beliefs(case, Streams(1, 0))
    assert drawn == drawn_beliefs(other, Streams(1, 0))
    assert drawn != drawn_beliefs(case, Streams(1, 1))
    assert true_beliefs(other)["choice.temperature_eur_per_kg"] == 7777.0
    assert set(drawn) == set(UNCERTAIN)
    rows = parameter_rows()
    for name in UNCERTAIN:
        draws = np.array([drawn_beliefs(case, Streams(1, r))[name] for r in range(40)])
        prior = parse_prior(rows[name].prior, rows[name].default)
        assert prior.low <= draws.min() < draws.max() <= prior.high, name
        # Five standard errors: a false alarm in about a million.
        assert abs(draws.mean() - prior.mean) < 5 * prior.sd / np.sqrt(40), name


def test_beliefs_become_sites_and_followers() -> None:
    """Published figures and a draw give what the surrogate needs; scenario changes to capacity are known."""
    case = small_case("scenario.capacity_scale.NLRTM=2")
    world = build_world(case.world, case.parameters, case.good)
    believed = {**dict.fromkeys(UNCERTAIN, 0.5), "choice.temperature_eur_per_kg": 3000.0}
    made = make_sites(case, world, believed)
    ratio = made.slots_per_scan / made.slots_per_scan[0]
    np.testing.assert_allclose(ratio, [1.0, 2.0, 1.0])
    assert (made.boxes >= world.at_risk_boxes - 1e-6).all()
    assert made.image_detection == 0.5
    followers = make_followers(case, believed)
    assert followers.stake == pytest.approx(30000 * 0.5 / 3000)
    assert followers.offered == pytest.approx(1 / case.parameters.supply.envelope)
