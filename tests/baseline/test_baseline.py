"""Results do not change unnoticed: three small cases against numbers that are kept in a readable file."""

from __future__ import annotations

import pytest

from tests.baseline.baseline_cases import CASES, differences, kept, summary


@pytest.mark.parametrize("name", CASES)
def test_results_are_those_of_the_baseline(name: str) -> None:
    """Law: numbers change only on purpose; ``python -m tests.baseline.update_baseline`` shows and keeps the change."""
    assert differences({name: kept()[name]}, {name: summary(CASES[name])}) == []


def test_the_file_holds_exactly_these_cases() -> None:
    """No case is forgotten in the file."""
    assert kept().keys() == CASES.keys()
    assert all(numbers["landed_g"] > 0 for numbers in kept().values())


def test_differences_are_noticed() -> None:
    """A gram in a tonne is noticed, a rounding of the last bits is not, nor is a missing number overlooked."""
    old = {"case": {"landed_g": 1_000_000, "price": 30_000.0}}
    assert differences(old, {"case": {"landed_g": 1_000_001, "price": 30_000.0}}) == [
        "case: landed_g: 1000000 -> 1000001 (+0.00%)"
    ]
    assert differences(old, {"case": {"landed_g": 1_000_000, "price": 30_000.0 * (1 + 1e-13)}}) == []
    assert len(differences(old, {"case": {"landed_g": 1_000_000}})) == 1
    assert len(differences(old, {})) == 2
