"""Seizures inland: who, when, and what they leave alone."""

from __future__ import annotations

import numpy as np
import pytest

from sim.clock import DAY_MIN
from sim.codes import LUCK_WIDTH, Fate, Luck, Step, Trigger
from sim.consignment import CONSIGNMENT
from sim.inland import InlandSeizures
from tests.model_cases import model_at, small_case, small_run

SHARE, MOST_DAYS = 0.1, 14.0


def landed_at(minute: int, quantiles: list[float]) -> tuple[np.ndarray, np.ndarray]:
    rows = np.zeros(len(quantiles), CONSIGNMENT)
    rows["fate"], rows["closed_min"], rows["inland_min"] = Fate.DELIVERED, minute, -1
    luck = np.full((len(quantiles), LUCK_WIDTH), 0.5)
    luck[:, Luck.INLAND] = quantiles
    return rows, luck


def test_who_and_when_by_hand() -> None:
    """A quantile below the share is seized, after 1 to 14 days in proportion to the quantile; others never are."""
    rows, luck = landed_at(1000, [0.0, 0.05, 0.0999999, 0.1, 0.9])
    inland = InlandSeizures(SHARE, MOST_DAYS)
    every = np.arange(5)
    assert inland.advance(0, rows, luck, every).size == 0
    assert rows["inland_min"].tolist() == [1000 + DAY_MIN, 1000 + round(7.5 * DAY_MIN), 1000 + 14 * DAY_MIN, -1, -1]
    assert (rows["fate"] == Fate.DELIVERED).all(), "nothing is known on the day of landing"
    nothing = np.zeros(0, np.int64)
    days = {day: inland.advance(day, rows, luck, nothing).tolist() for day in range(1, 20)}
    assert {day: seized for day, seized in days.items() if seized} == {1: [0], 8: [1], 14: [2]}
    assert rows["fate"].tolist() == [Fate.SEIZED_INLAND] * 3 + [Fate.DELIVERED] * 2
    assert (rows["trigger"][0], rows["step"][0]) == (Trigger.CHANCE, Step.ARREST)
    assert (rows["closed_min"] == 1000).all(), "it landed when it landed"


def test_only_what_was_delivered_is_seized_inland() -> None:
    rows, luck = landed_at(1000, [0.0] * len(Fate))
    rows["fate"] = np.arange(len(Fate))
    InlandSeizures(SHARE, MOST_DAYS).advance(0, rows, luck, np.arange(len(Fate)))
    assert np.flatnonzero(rows["inland_min"] >= 0).tolist() == [Fate.DELIVERED]


def test_fates_do_not_depend_on_the_end_of_the_run() -> None:
    rows, luck = landed_at(1000, [0.05])
    inland = InlandSeizures(SHARE, MOST_DAYS)
    inland.advance(0, rows, luck, np.zeros(1, np.int64))
    inland.settle(rows)
    assert rows["fate"][0] == Fate.SEIZED_INLAND


def test_without_a_share_nothing_is_seized() -> None:
    rows, luck = landed_at(1000, [0.0, 1e-300])
    InlandSeizures(0.0, MOST_DAYS).advance(0, rows, luck, np.arange(2))
    assert (rows["inland_min"] == -1).all()


def test_the_share_of_what_lands() -> None:
    """Of the consignments that land in a run the share is seized inland, within four standard errors."""
    share = 0.1
    fates = small_run(f"parameters.market.inland_seizure_share={share}")["consignments"]["fate"].to_pylist()
    seized, landed = fates.count("seized_inland"), fates.count("seized_inland") + fates.count("delivered")
    assert landed > 300
    assert seized / landed == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / landed))


def test_organisations_do_not_learn_of_it() -> None:
    """Law: with prices held, what is seized inland changes no shipment, no belief and nothing that lands."""
    cases = [
        small_case("switches.price_feedback=false", f"parameters.market.inland_seizure_share={share}")
        for share in (0.0, 0.1)
    ]
    models = [model_at(case, 400) for case in cases]
    first, second = (model.physical.consignments for model in models)
    for name in first.dtype.names or ():
        if name not in {"fate", "inland_min", "trigger", "step"}:
            assert np.array_equal(first[name], second[name]), name
    changed = first["fate"] != second["fate"]
    assert changed.any()
    assert (second["fate"][changed] == Fate.SEIZED_INLAND).all()
    assert (first["fate"][changed] == Fate.DELIVERED).all()
    beliefs = [model.traffickers.beliefs for model in models]
    assert np.array_equal(beliefs[0].own_losses, beliefs[1].own_losses)
    assert np.array_equal(beliefs[0].news_finds, beliefs[1].news_finds)


def test_inland_seizures_lower_consumption_and_not_what_landed() -> None:
    case = "switches.price_feedback=false"
    without, with_them = (
        small_run(case, f"parameters.market.inland_seizure_share={share}")["market_month"].to_pylist()[-1]
        for share in (0.0, 0.1)
    )
    assert without["landed_g"] == with_them["landed_g"]
    assert without["seized_inland_g"] == 0 < with_them["seized_inland_g"]
    assert with_them["consumed_g"] < without["consumed_g"]
    assert with_them["reexported_g"] < without["reexported_g"]
