"""The three accounts of an authority, in whole cents and minutes: account = commitments + unspent, exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from sim.streams import Floats, Ints


@dataclass(slots=True)
class Account:
    """Money or time that was appropriated, and what of it is committed; what is unspent is carried over."""

    appropriated: int = 0
    committed: int = 0

    @property
    def unspent(self) -> int:
        """Return what may still be committed."""
        return self.appropriated - self.committed

    def commit(self, amount: int) -> None:
        """Commit an amount.

        Raises:
            ValueError: the amount is negative or more than is unspent.
        """
        if not 0 <= amount <= self.unspent:
            raise ValueError(f"cannot commit {amount} of {self.unspent} unspent; allowed: 0 to {self.unspent}")
        self.committed += amount


class Entry(NamedTuple):
    """A commitment: when, for which purpose, from which account, and how much."""

    day: int
    purpose: str
    account: str
    amount: int


@dataclass(slots=True)
class Accounts:
    """Capital (cents), staff (minutes), and running and programme cost (cents) of one authority, and what for."""

    capital: Account = field(default_factory=Account)
    staff: Account = field(default_factory=Account)
    programme: Account = field(default_factory=Account)
    entries: list[Entry] = field(default_factory=list)

    def spend(self, day: int, purpose: str, account: Literal["capital", "staff", "programme"], amount: int) -> None:
        """Commit an amount for a purpose (a lever, or coordination).

        Raises:
            ValueError: the amount is negative or more than is unspent.
        """
        {"capital": self.capital, "staff": self.staff, "programme": self.programme}[account].commit(amount)
        if amount:
            self.entries.append(Entry(day, purpose, account, amount))


def largest_remainder(total: int, weights: Floats) -> Ints:
    """Split a whole number in proportion to weights; the parts sum to it exactly (Hamilton's method)."""
    if total == 0 or weights.sum() <= 0:
        return np.zeros(weights.size, np.int64)
    exact = total * weights / weights.sum()
    parts: Ints = np.floor(exact).astype(np.int64)
    # A stable sort, so that equal remainders go to the first.
    parts[np.argsort(parts - exact, kind="stable")[: total - int(parts.sum())]] += 1
    return parts
