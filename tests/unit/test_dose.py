"""Doses: strengths, what a strength changes and what it does not, and the strength that breaks even."""

from __future__ import annotations

import math

import numpy as np
import pytest

from agents.model import WaterbedModel
from agents.regime import BURN_IN
from experiments.contrasts import paired_contrast
from experiments.decompose.dose import (
    HARDLY_ANY,
    BreakEven,
    break_even,
    dose_curve,
    dosed,
    not_shown_after,
    rise_is_resolved,
    strengths,
)
from experiments.decompose.dose_printing import break_even_in_words
from experiments.decompose.runs import CaseRuns
from experiments.decompose.study import KEPT_OFF, SEIZED
from experiments.run import run
from experiments.settings import case_with
from scenarios.case import Case
from scenarios.errors import InputError
from scenarios.levers import lever_terms
from tests.model_cases import rows, small_case, small_run, with_levers, with_parameters

TREATED = case_with(small_case(), "alliance_rule")
PAID = [
    name for name, terms in lever_terms().items()
    if any(row.default for row in terms.rows if row.name.endswith((".programme_eur_per_year", ".posts_per_port")))
]  # fmt: skip
AT_ONCE = [f"parameters.{lever}.delay_days=0" for lever in PAID]
BUSY = ("duration_days=60", "joint_extra_days=0", "posts_per_case=4", "threshold_traces=1.5", "half_chance_traces=0.5",
        "arrested_share=0.4")  # fmt: skip
LIVELY = ("regime=alliance_rule", "parameters.peer_evaluation.practice_log_sd=0.5", *AT_ONCE,
          *(f"parameters.investigations.{value}" for value in BUSY))  # fmt: skip
"""All levers that are paid for have something to do within a year."""
NONE = BreakEven(math.nan, math.nan, math.nan, is_interpolated=False, is_lost_again=False)


def runs_of(landed_t: list[float]) -> CaseRuns:
    landed = np.array([round(1e6 * tonnes) for tonnes in landed_t])
    return CaseRuns(landed, 1000 - landed, np.zeros((landed.size, 3)), np.zeros((landed.size, 3)))


@pytest.mark.parametrize("lever", lever_terms())
def test_strengths_go_from_none_to_the_upper_bound(lever: str) -> None:
    high = next(row.high for row in lever_terms()[lever].rows if row.name == f"{lever}.strength")
    grid = strengths(lever, 5)
    assert grid == pytest.approx([0, high / 4, high / 2, 3 * high / 4, high])
    assert (grid[0], grid[-1]) == (0, high)


def test_a_dose_changes_the_strength_alone() -> None:
    case = dosed(TREATED, "criteria", 2.5)
    assert case.parameters.levers["criteria"]["strength"] == 2.5
    assert with_parameters(case, "criteria", strength=1.0) == TREATED
    assert dosed(TREATED, "criteria", 1.0) == TREATED, "the usual strength is the treated arm itself"


@pytest.mark.parametrize("lever", lever_terms())
def test_none_of_a_lever_is_hardly_any_of_it(lever: str) -> None:
    """It is within its bounds and far from the next strength, and the regime stays as it is."""
    assert dosed(TREATED, lever, 0) == dosed(TREATED, lever, HARDLY_ANY) != TREATED
    assert dosed(TREATED, lever, 0).regime == TREATED.regime
    (row,) = (row for row in lever_terms()[lever].rows if row.name == f"{lever}.strength")
    assert row.low <= HARDLY_ANY < strengths(lever, 100)[1]


def at_the_start(case: Case) -> WaterbedModel:
    """Return the model on the first day of the analysis, when the means of the year have been given out."""
    model = WaterbedModel(case, 1, 0)
    while model.day < model.start_day:
        model.step()
    return model


def bought(model: WaterbedModel) -> list[int]:
    return [state.units_bought for state in model.enforcement.coordinator.states]


@pytest.mark.parametrize("lever", PAID)
def test_all_strengths_pay_the_same_and_buy_as_much(lever: str) -> None:
    """Law: price and staff of the lever to the cent and the minute, and units; by state."""
    models = [at_the_start(dosed(TREATED, lever, strength)) for strength in (0.0, *strengths(lever, 3)[1:])]
    paid = [
        [
            [(entry.account, entry.amount) for entry in state.accounts.entries if entry.purpose == lever]
            for state in model.enforcement.coordinator.states
        ]
        for model in models
    ]
    assert all(sum(amount for _, amount in entries) > 0 for entries in paid[0])
    assert paid[0] == paid[1] == paid[2]
    assert bought(models[0]) == bought(models[1]) == bought(models[2])


def test_a_lever_that_is_off_frees_its_posts() -> None:
    """The law above can fail: without investigators more scanners are bought."""
    treated = case_with(small_case("world=north_range"), "alliance_rule")
    off = at_the_start(with_levers(treated, investigations="off"))
    assert sum(bought(off)) > sum(bought(at_the_start(dosed(treated, "investigations", 0))))


@pytest.mark.parametrize("lever", [name for name in lever_terms() if name not in {"intelligence", "equipment"}])
def test_hardly_any_of_a_lever_does_nothing(lever: str) -> None:
    """All that ships, is found and lands is as if it were off, while nothing that was bought has come yet.

    Without intelligence states would not even learn from their own finds; without strength they do. What equipment does
    comes after its delivery.
    """
    case = small_case(*LIVELY)
    assert case.parameters.finance.delivery_months > 14, "a year, and two months to close"
    absent, hardly, usual = (
        run(with_levers(case, **{lever: "off"}), 1, 0),
        run(dosed(case, lever, 0), 1, 0),
        small_run(*LIVELY),
    )
    for name in ("consignments", "parcels", "lots", "port_month", "line_month"):
        assert rows(hardly[name]) == rows(absent[name]), name
    assert rows(usual["line_month"]) != rows(absent["line_month"]), "at its usual strength it does something"


def test_a_lever_that_the_arm_does_not_use_is_refused() -> None:
    with pytest.raises(InputError, match="lever: 'placement' is not known"):
        dosed(case_with(TREATED, "alliance_rule_frozen_stock"), "placement", 1)


@pytest.mark.parametrize("lever", sorted(BURN_IN.levers))
def test_strengths_do_not_reach_back_before_the_start(lever: str) -> None:
    """Levers in use before the start are the ones that could."""

    def before(case: Case) -> list[dict[str, object]]:
        month = 100 * case.start.year + case.start.month
        return [row for row in rows(run(case, 1, 0)["port_month"], "arm") if row["month"] < month]

    high = strengths(lever, 2)[-1]
    expected = before(TREATED)
    assert expected
    assert before(dosed(TREATED, lever, 0)) == before(dosed(TREATED, lever, high)) == expected


def test_the_break_even_lies_where_the_lower_end_crosses_zero() -> None:
    found = break_even([0, 1, 2, 3], [-6.0, -3.0, 1.0, 2.0], [False, True, True, True])
    assert found == BreakEven(1.75, 1, 2, is_interpolated=True, is_lost_again=False)


def test_without_a_resolved_rise_nothing_is_interpolated() -> None:
    found = break_even([0, 1, 2, 3], [-6.0, -3.0, 1.0, 2.0], [False, True, False, True])
    assert found == BreakEven(2, 1, 2, is_interpolated=False, is_lost_again=False)
    infinite = break_even([0, 1], [-math.inf, 1.0], [False, True])
    assert infinite == BreakEven(1, 0, 1, is_interpolated=False, is_lost_again=False)


def test_the_smallest_strength_may_be_enough_or_none() -> None:
    found = break_even([0, 1], [0.5, 1.0], [False, True])
    assert (found.strength, found.upto, found.is_interpolated) == (0, 0, False)
    assert math.isnan(found.above)
    assert str(break_even([0, 1], [-1.0, 0.0], [False, True])) == str(NONE)


def test_a_gain_that_is_lost_again_is_said() -> None:
    found = break_even([0, 1, 2], [-1.0, 1.0, -2.0], [False, True, False])
    assert (found.strength, found.is_lost_again) == (0.5, True)
    open_ = not_shown_after(found, [(0, False), (1, True), (2, False)])
    assert open_ == [2]
    assert break_even_in_words(found, open_).endswith("Not shown to be enough at 2: the interval reaches below 1 %.")
    assert "enough at a larger strength:" in break_even_in_words(found)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (NONE, "none in range."),
        (BreakEven(0.75, 0.5, 1, is_interpolated=True, is_lost_again=False), "0.75, on a straight line between 0.5"),
        (BreakEven(1, 0.5, 1, is_interpolated=False, is_lost_again=False), "1; 0.5 is not shown to be enough"),
        (BreakEven(0, math.nan, 0, is_interpolated=False, is_lost_again=False), "0: the smallest strength"),
    ],
)
def test_the_break_even_in_words(found: BreakEven, words: str) -> None:
    assert break_even_in_words(found).startswith(words)


def test_a_curve_of_known_gains() -> None:
    """What lands falls by 2 t for each step; 1 % of what lands in the baseline is about 5 t."""
    luck = np.array([0.0, 10.0, 20.0, 30.0])
    own = np.array([0.1, -0.1, 0.2, -0.2])
    baseline = runs_of((490 + luck).tolist())
    treated = [runs_of((490 + luck - 2 * step + own).tolist()) for step in range(5)]
    curve = dose_curve("criteria", [0.0, 1.0, 2.0, 3.0, 4.0], baseline, treated, 2)
    kept = [dose.contrasts[KEPT_OFF] for dose in curve.doses]
    assert [c.difference for c, _ in kept] == pytest.approx([0, 1, 2, 3, 4])
    assert [is_resolved for _, is_resolved in kept] == [False, True, True, True, True]
    assert [dose.contrasts[SEIZED][0].difference for dose in curve.doses] == pytest.approx([0, 1, 2, 3, 4])
    assert [dose.is_enough for dose in curve.doses] == [False, False, False, True, True]
    found, lower = curve.break_even, [dose.least_margin for dose in curve.doses]
    assert (found.above, found.upto, found.is_interpolated) == (2, 3, True)
    assert found.strength == pytest.approx(2 - lower[2] / (lower[3] - lower[2]))
    half_width = paired_contrast(own + luck / 100, 0 * own).half_width / 2
    assert found.strength == pytest.approx(0.01 * 505 / 2 + half_width, abs=1e-9)


def test_a_rise_within_luck_is_not_resolved() -> None:
    landed = np.array([10.0, 20.0, 30.0, 40.0])
    assert rise_is_resolved(landed, landed - np.array([1.0, 1.1, 0.9, 1.0]))
    assert not rise_is_resolved(landed, landed - np.array([1.0, -1.1, 0.9, 1.0]))
    assert not rise_is_resolved(landed, landed + np.array([1.0, 1.1, 0.9, 1.0]))
    assert not rise_is_resolved(landed, landed)
