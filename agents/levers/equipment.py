"""Equipment: mobile units that states buy from their own capital, with the posts and running cost that they need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from agents.levers.base import Scope

if TYPE_CHECKING:
    from agents.customs import CustomsAuthority
    from scenarios.parameters import FinanceParameters

CENTS = 100


@dataclass(frozen=True, slots=True)
class Equipment:
    """Both scopes buy with own envelopes; under the Alliance the units are placed together."""

    name: ClassVar[str] = "equipment"
    writes: ClassVar[tuple[str, ...]] = ("units", "accounts")
    grade: ClassVar[str] = "B/C"
    feasible_now: ClassVar[str] = "yes"
    scope: Scope

    def buy(self, authority: CustomsAuthority, finance: FinanceParameters) -> int:
        """Order units while all three accounts last; commit the price and a first year, and return how many."""
        price = round(finance.unit_price_eur * CENTS)
        running = round(price * finance.running_share_per_year)
        accounts, ordered = authority.accounts, 0
        while (
            accounts.capital.unspent >= price
            and authority.posts - authority.posts_used >= finance.posts_per_unit
            and accounts.programme.unspent >= running
            and accounts.staff.unspent >= finance.posts_per_unit * finance.post_min_per_year
        ):
            accounts.capital.commit(price)
            accounts.programme.commit(running)
            accounts.staff.commit(finance.posts_per_unit * finance.post_min_per_year)
            authority.posts_used += finance.posts_per_unit
            ordered += 1
        return ordered

    def keep(self, authority: CustomsAuthority, units: int, finance: FinanceParameters) -> None:
        """Commit a year of running cost and staff for units bought in earlier years, as far as the accounts reach."""
        running = round(finance.unit_price_eur * CENTS * finance.running_share_per_year)
        accounts = authority.accounts
        accounts.programme.commit(min(units * running, accounts.programme.unspent))
        minutes = units * finance.posts_per_unit * finance.post_min_per_year
        accounts.staff.commit(min(minutes, accounts.staff.unspent))
