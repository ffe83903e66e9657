"""Time from a design to cases, 10,000 points. Target: 100,000 points in seconds; a run takes at least tenths of one."""

from __future__ import annotations

import pytest

from experiments.sweep.asked import asked_design
from scenarios.load_case import load_case

pytestmark = [pytest.mark.bench, pytest.mark.benchmark(group="10,000 points")]

OVERRIDES = ["world=three_ports"]
POINTS = 10_000


@pytest.mark.parametrize("vary", [["choice", "regime"], ["all"]], ids=["five parameters and the regime", "all priors"])
def test_cases(benchmark, vary):
    design, cases = asked_design(
        load_case(OVERRIDES), OVERRIDES, "lhs", vary=vary, n=POINTS, arms=("frozen", "national_rule")
    )
    made = benchmark.pedantic(lambda: sum(1 for _ in cases.cases(design.values)), rounds=3)
    assert made == POINTS


def test_design(benchmark):
    case = load_case(OVERRIDES)
    design, _ = benchmark.pedantic(lambda: asked_design(case, OVERRIDES, "lhs", vary=["all"], n=POINTS), rounds=3)
    assert design.values.num_rows == POINTS
