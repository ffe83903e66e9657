"""Pooled envelopes: participants buy from what is left of all their appropriations together.

Money and posts move between the accounts of states, so that each account is commitments + unspent, and their sum is
the same appropriation, to the cent and the minute.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from agents.customs import CustomsAuthority
    from scenarios.parameters import FinanceParameters


class Transfer(NamedTuple):
    """What one state gave to another: cents, or minutes of staff with the posts that work them."""

    day: int
    giver: int
    receiver: int
    account: Literal["capital", "staff", "programme"]
    amount: int


class Pool:
    """What participants have in common."""

    def __init__(
        self, members: Sequence[CustomsAuthority], finance: FinanceParameters, day: int, transfers: list[Transfer]
    ) -> None:
        """Take members in the order in which they give; ``transfers`` is the record of what they gave."""
        self._members, self._finance, self._day, self._transfers = members, finance, day, transfers

    def buy(self, price: int, running: int, kept_back: float, purpose: str) -> list[CustomsAuthority]:
        """Order units while capital, free posts and this year's running cost last together; return the buyers.

        The buyer is who has most capital left; the others give what it lacks.

        Args:
            price: of a unit, cents.
            running: cost of a unit a year, cents.
            kept_back: share of appropriated capital that is not to be spent.
            purpose: what capital is committed for.
        """
        posts = self._finance.posts_per_unit
        buyers = []

        def capital(member: CustomsAuthority) -> int:
            account = member.accounts.capital
            return max(0, account.unspent - round(kept_back * account.appropriated))

        while (
            sum(capital(member) for member in self._members) >= price
            and sum(member.free_posts(posts) for member in self._members) >= posts
            and sum(member.programme_cents_per_year for member in self._members)
            >= sum(member.running_cents_per_year for member in self._members) + running
        ):
            buyer = max(self._members, key=lambda member: (capital(member), -member.index))
            self._gather("capital", buyer, price - capital(buyer), capital)
            self._gather_posts(buyer, posts - buyer.free_posts(posts))
            buyer.accounts.spend(self._day, purpose, "capital", price)
            buyer.units_bought += 1
            buyer.running_cents_per_year += running
            buyers.append(buyer)
        return buyers

    def cover_running(self) -> None:
        """Give each member what it lacks for the running cost of all units that it has bought."""

        def lacking(member: CustomsAuthority) -> int:
            return member.running_cents_per_year - member.accounts.programme.unspent

        for member in self._members:
            self._gather("programme", member, lacking(member), lambda giver: max(0, -lacking(giver)))

    def _gather(
        self, account: Literal["capital", "programme"], receiver: CustomsAuthority, lacking: int,
        spare: Callable[[CustomsAuthority], int],
    ) -> None:  # fmt: skip
        """Let the others give what a member lacks of an account, as far as they can spare it."""
        for giver in self._members:
            given = min(spare(giver), lacking) if giver is not receiver else 0
            if given > 0:
                self._transfer(giver, receiver, account, given)
                lacking -= given

    def _gather_posts(self, receiver: CustomsAuthority, lacking: int) -> None:
        """Let the others give the posts that a member lacks, and their working time of the year."""
        for giver in self._members:
            given = min(giver.free_posts(self._finance.posts_per_unit), lacking) if giver is not receiver else 0
            if given > 0:
                giver.posts -= given
                receiver.posts += given
                self._transfer(giver, receiver, "staff", given * self._finance.post_min_per_year)
                lacking -= given

    def _transfer(
        self, giver: CustomsAuthority, receiver: CustomsAuthority,
        account: Literal["capital", "staff", "programme"], amount: int,
    ) -> None:  # fmt: skip
        getattr(giver.accounts, account).appropriated -= amount
        getattr(receiver.accounts, account).appropriated += amount
        self._transfers.append(Transfer(self._day, giver.index, receiver.index, account, amount))
