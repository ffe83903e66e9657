"""Equipment: mobile units that states buy from their own capital, with the posts and running cost that they need."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from agents.fleet import Order
from agents.levers.base import CENTS, Lever
from agents.pooling import Pool
from sim.clock import YEAR_DAYS

if TYPE_CHECKING:
    from agents.customs import Area, CustomsAuthority
    from agents.desk import Desk
    from scenarios.parameters import FinanceParameters


class Equipment(Lever):
    """Both scopes buy with own envelopes; under the Alliance the units are placed together, and may be bought so."""

    name: ClassVar[str] = "equipment"
    writes: ClassVar[tuple[str, ...]] = ("orders",)

    def allot(self, desk: Desk) -> None:
        """Order what each state can pay for, and pay for all that it has bought so far."""
        finance = desk.case.parameters.finance
        delivered = desk.day + round(finance.delivery_months * YEAR_DAYS / 12)
        for area in desk.areas(self):
            ordered = self._ordered(area, desk)
            for authority in area.members:
                self.pay_year(authority, finance, desk.day)
                desk.fleet.orders += [Order(delivered, authority.index, -1)] * ordered[authority.index]

    def _ordered(self, area: Area, desk: Desk) -> Counter[int]:
        """Buy what the members of an area can pay for, each by itself or from a common pool; count units by member."""
        finance = desk.case.parameters.finance
        if len(area.members) == 1 or not desk.regime.spec.pooled_envelopes:
            return Counter({member.index: self.buy(member, finance, desk.day) for member in area.members})
        pool = Pool(area.members, finance, desk.day, desk.budget.transfers)
        price, running = unit_cents(finance)
        buyers = pool.buy(price, running, 1 - self.strength, self.name)
        pool.cover_running(running)
        return Counter(buyer.index for buyer in buyers)

    def buy(self, authority: CustomsAuthority, finance: FinanceParameters, day: int) -> int:
        """Order units while capital, free posts and this year's running cost last; return how many."""
        price, running = unit_cents(finance)
        accounts, ordered = authority.accounts, 0
        kept_back = round((1 - self.strength) * accounts.capital.appropriated)
        while (
            accounts.capital.unspent - kept_back >= price
            and authority.free_posts(finance.posts_per_unit) >= finance.posts_per_unit
            and authority.programme_cents_per_year >= (authority.units_bought + 1) * running
        ):
            accounts.spend(day, self.name, "capital", price)
            authority.units_bought += 1
            ordered += 1
        return ordered

    def pay_year(self, authority: CustomsAuthority, finance: FinanceParameters, day: int) -> None:
        """Commit a year of running cost and working time for all units bought; `buy` saw to it that they are there."""
        _, running = unit_cents(finance)
        authority.accounts.spend(day, self.name, "programme", authority.units_bought * running)
        minutes = authority.units_bought * finance.posts_per_unit * finance.post_min_per_year
        authority.accounts.spend(day, self.name, "staff", minutes)


def unit_cents(finance: FinanceParameters) -> tuple[int, int]:
    """Return the price and the yearly running cost of a unit, in cents."""
    price = round(finance.unit_price_eur * CENTS)
    return price, round(price * finance.running_share_per_year)
