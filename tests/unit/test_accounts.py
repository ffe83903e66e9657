"""Accounts: whole cents and minutes, no overdraft, splits that add up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.accounts import Account, largest_remainder


def test_account_balances() -> None:
    """Appropriated is committed plus unspent; what is unspent is carried over."""
    account = Account()
    account.appropriated += 1000
    account.commit(400)
    account.appropriated += 50
    account.commit(650)
    assert (account.appropriated, account.committed, account.unspent) == (1050, 1050, 0)


@pytest.mark.parametrize("amount", [101, -1])
def test_account_refuses_overdraft_and_negative_amounts(amount: int) -> None:
    """What is refused says what is allowed and changes nothing."""
    account = Account(100)
    with pytest.raises(ValueError, match="allowed: 0 to 100"):
        account.commit(amount)
    assert (account.committed, account.unspent) == (0, 100)


def test_largest_remainder_by_hand() -> None:
    """10 over 1 : 1 : 1 is 4, 3, 3 (the first of equals); 7 over 3 : 1 is 5, 2; zero weights get nothing."""
    assert largest_remainder(10, np.ones(3)).tolist() == [4, 3, 3]
    assert largest_remainder(7, np.array([3.0, 1.0])).tolist() == [5, 2]
    assert largest_remainder(7, np.array([0.0, 1.0, 0.0])).tolist() == [0, 7, 0]
    assert largest_remainder(0, np.ones(2)).tolist() == [0, 0]
    assert largest_remainder(5, np.zeros(2)).tolist() == [0, 0]


@given(st.integers(0, 10**12), st.lists(st.floats(0.0, 1e9), min_size=1, max_size=30))
def test_largest_remainder_sums_and_is_within_one(total: int, weights: list[float]) -> None:
    """Law: the parts sum to the whole and each is its exact share rounded up or down."""
    w = np.array(weights)
    if w.sum() < 1e-3:
        return
    parts = largest_remainder(total, w)
    assert parts.sum() == total
    assert (parts >= 0).all()
    assert (np.abs(parts - total * w / w.sum()) <= 1 + 1e-9 * total).all()
