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
        """Order units while capital, free posts and this year's running cost last; return how many."""
        price, running = unit_cents(finance)
        accounts, ordered = authority.accounts, 0
        while (
            accounts.capital.unspent >= price
            and authority.free_posts(finance.posts_per_unit) >= finance.posts_per_unit
            and authority.programme_cents_per_year >= (authority.units_bought + 1) * running
        ):
            accounts.capital.commit(price)
            authority.units_bought += 1
            ordered += 1
        return ordered

    def pay_year(self, authority: CustomsAuthority, finance: FinanceParameters) -> None:
        """Commit a year of running cost and working time for all units bought; `buy` saw to it that they are there."""
        _, running = unit_cents(finance)
        authority.accounts.programme.commit(authority.units_bought * running)
        minutes = authority.units_bought * finance.posts_per_unit * finance.post_min_per_year
        authority.accounts.staff.commit(minutes)


def unit_cents(finance: FinanceParameters) -> tuple[int, int]:
    """Return the price and the yearly running cost of a unit, in cents."""
    price = round(finance.unit_price_eur * CENTS)
    return price, round(price * finance.running_share_per_year)
