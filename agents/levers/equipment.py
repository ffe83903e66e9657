"""Equipment: what states buy from their own capital, with the posts and running cost that it needs."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from agents.budget import APPROPRIATION_YEARS
from agents.fleet import Order
from agents.kit import checks_by_port, coverage, most_found_per_euro, second_look
from agents.levers.base import CENTS, Lever
from agents.levers.placement import proportional_places
from agents.pooling import Pool
from scenarios.case import LeverSpec
from scenarios.equipment import FIXED, MOBILE, UnitTerms, unit_terms
from scenarios.errors import InputError
from sim.clock import YEAR_DAYS
from sim.codes import CONTAINER_METHODS

if TYPE_CHECKING:
    from agents.customs import Area, CustomsAuthority
    from agents.desk import Desk
    from scenarios.parameters import FinanceParameters
    from sim.streams import Floats

SECOND_LOOK = "second_look"


class Equipment(Lever):
    """Both scopes buy with own envelopes; under the Alliance what is bought is placed together, and may be bought so.

    A share of capital and of new posts may go to fixed scanners, another to sets for second looks at scanned boxes; the
    rest, and what of the shares is left in the last year of appropriations, buys mobile units.
    """

    name: ClassVar[str] = "equipment"
    writes: ClassVar[tuple[str, ...]] = ("orders", "kit_detection", "kit_false_alarm")

    def __init__(self, spec: LeverSpec, values: Mapping[str, float]) -> None:
        """Begin without anything bought.

        Raises:
            InputError: the shares of capital sum to more than one.
        """
        super().__init__(spec, values)
        self._shares = {FIXED: values["fixed_share"], SECOND_LOOK: values["second_look_share"]}
        if sum(self._shares.values()) > 1:
            raise InputError(
                f"parameters.equipment: fixed_share and second_look_share sum to {sum(self._shares.values()):g}; "
                "allowed: at most 1."
            )
        self._spent: Counter[tuple[int, str]] = Counter()
        """Capital in cents by authority and share."""
        self._owned: Counter[tuple[int, str]] = Counter()
        """Units beside mobile ones by authority and type, those on order too."""
        self._terms: dict[str, UnitTerms] = {}

    def allot(self, desk: Desk) -> None:
        """Order what each state can pay for, and pay for all that it has bought so far."""
        if desk.regime.spec.pooled_envelopes and any(self._shares.values()):
            raise InputError(
                "parameters.equipment: fixed_share and second_look_share are not allowed with pooled envelopes, "
                "which buy mobile units; allowed: 0."
            )
        self._terms = unit_terms(desk.case.parameters)
        is_last = desk.date.year - desk.case.start.year >= APPROPRIATION_YEARS - 1
        self._retire(desk)
        for area in desk.areas(self):
            for authority in area.members:
                self._buy_fixed(desk, area, authority)
                self._buy_second_looks(desk, area, authority)
            ordered = self._ordered(desk, area, is_last)
            for authority in area.members:
                self._order(desk, authority, self._terms[MOBILE], -1, ordered[authority.index])
                self.pay_year(desk, authority)

    def _ordered(self, desk: Desk, area: Area, is_last: bool) -> Counter[int]:
        """Buy the mobile units that members can pay for, each by itself or from a common pool; count by member."""
        finance = desk.case.parameters.finance
        if len(area.members) == 1 or not desk.regime.spec.pooled_envelopes:
            return Counter(
                {
                    member.index: self.buy(member, finance, desk.day, *((0, 0) if is_last else self._reserved(member)))
                    for member in area.members
                }
            )
        pool = Pool(area.members, finance, desk.day, desk.budget.transfers)
        price, running = unit_cents(finance)
        buyers = pool.buy(price, running, 1 - self.strength, self.name)
        pool.cover_running()
        return Counter(buyer.index for buyer in buyers)

    def assess(self, desk: Desk) -> None:
        """Let second looks count where they are used, as far as they go round."""
        look_again(desk)

    # ---- buying ------------------------------------------------------------------------------------------------

    def buy(
        self, authority: CustomsAuthority, finance: FinanceParameters, day: int, cents: int = 0, posts: int = 0
    ) -> int:
        """Order mobile units while capital, free posts and this year's running cost last; return how many.

        Args:
            authority: who buys.
            finance: price, running cost and posts of a unit.
            day: of the order.
            cents, posts: kept for other equipment.
        """
        price, running = unit_cents(finance)
        accounts, ordered = authority.accounts, 0
        kept_back = self._kept_back(authority) + cents
        while (
            accounts.capital.unspent - kept_back >= price
            and authority.free_posts(finance.posts_per_unit) - posts >= finance.posts_per_unit
            and authority.programme_cents_per_year >= authority.running_cents_per_year + running
        ):
            accounts.spend(day, self.name, "capital", price)
            authority.units_bought += 1
            authority.running_cents_per_year += running
            ordered += 1
        return ordered

    def pay_year(self, desk: Desk, authority: CustomsAuthority) -> None:
        """Commit running cost and working time of what is there this year, from its delivery on.

        `buy` saw to it that a whole year's is there for all that has been bought.
        """
        begin, end = (desk.clock.day(datetime.date(desk.date.year + more, 1, 1)) for more in (0, 1))
        days = desk.fleet.days_in_use(authority.index, desk.day, end)
        post_min = desk.case.parameters.finance.post_min_per_year
        running, minutes = (
            sum(round(days[name] * of_year(terms) / (end - begin)) for name, terms in self._terms.items())
            for of_year in (running_cents, lambda terms: terms.posts * post_min)
        )
        authority.accounts.spend(desk.day, self.name, "programme", running)
        authority.accounts.spend(desk.day, self.name, "staff", minutes)

    def _buy_fixed(self, desk: Desk, area: Area, authority: CustomsAuthority) -> None:
        """Order fixed scanners for the ports of the area where believed threat per scan is highest."""
        terms, fleet = self._terms[FIXED], desk.fleet
        while self._can_buy(authority, FIXED, terms, desk.case.parameters.finance):
            scans = fleet.stationed()[0]
            for port, ordered in ((o.port, o.terms) for o in fleet.orders if o.port >= 0):
                scans[port] += ordered.checks_per_year if ordered is not None and ordered.name == FIXED else 0.0
            room = dict.fromkeys(area.ports, 1)
            port = proportional_places(desk.threat(), scans, room, [terms.checks_per_year])[0]
            self._buy_one(desk, authority, FIXED, terms, port)

    def _buy_second_looks(self, desk: Desk, area: Area, authority: CustomsAuthority) -> None:
        """Order sets of the type and for the port of the area where a further one would show most for its cost."""
        finance = desk.case.parameters.finance
        rate, post_eur = self.values["discount_rate_per_year"], self.values["post_eur_per_year"]
        kits = [terms for terms in self._terms.values() if terms.kind == SECOND_LOOK]
        while choice := [kit for kit in kits if self._can_buy(authority, SECOND_LOOK, kit, finance)]:
            threat = np.full(len(desk.authority_of_port), -np.inf)
            threat[area.ports] = desk.threat()[area.ports]
            best = most_found_per_euro(
                threat, tasked_scans(desk), desk.fleet.bought_for(SECOND_LOOK), choice, usual_mix(desk, area),
                [kit.eur_per_year(rate, post_eur) for kit in choice],
            )  # fmt: skip
            if best is None:
                return
            self._buy_one(desk, authority, SECOND_LOOK, *best)

    def _buy_one(self, desk: Desk, authority: CustomsAuthority, share: str, terms: UnitTerms, port: int) -> None:
        price = capital_cents(terms)
        authority.accounts.spend(desk.day, self.name, "capital", price)
        self._spent[authority.index, share] += price
        self._owned[authority.index, terms.name] += 1
        authority.running_cents_per_year += running_cents(terms)
        self._hold_posts(authority, terms.name)
        self._order(desk, authority, terms, port, 1)

    def _order(self, desk: Desk, authority: CustomsAuthority, terms: UnitTerms, port: int, units: int) -> None:
        delivered = desk.day + round(terms.delivery_months * YEAR_DAYS / 12)
        desk.fleet.orders += [Order(delivered, authority.index, port, terms)] * units

    def _can_buy(self, authority: CustomsAuthority, share: str, terms: UnitTerms, finance: FinanceParameters) -> bool:
        """Return whether the share of capital and posts, what is unspent, and this year's running cost take a unit."""
        accounts, price = authority.accounts, capital_cents(terms)
        running = authority.running_cents_per_year + running_cents(terms)
        cents, posts = self._left(authority, share)
        return (
            min(cents, accounts.capital.unspent - self._kept_back(authority)) >= price
            and min(posts, authority.free_posts(finance.posts_per_unit)) >= terms.posts
            and authority.programme_cents_per_year >= running
        )

    # ---- what there is -----------------------------------------------------------------------------------------

    def _left(self, authority: CustomsAuthority, share: str) -> tuple[int, int]:
        """Return what is left of a share of the capital (cents) and of the new posts."""
        part = self._shares[share]
        cents = round(part * self.strength * authority.accounts.capital.appropriated)
        held = self._posts_held(authority, share)
        return max(0, cents - self._spent[authority.index, share]), max(0, int(part * authority.posts) - held)

    def _reserved(self, authority: CustomsAuthority) -> tuple[int, int]:
        """Return capital (cents) and posts that mobile units leave to the other shares."""
        left = [self._left(authority, share) for share in self._shares]
        return sum(cents for cents, _ in left), sum(posts for _, posts in left)

    def _kept_back(self, authority: CustomsAuthority) -> int:
        return round((1 - self.strength) * authority.accounts.capital.appropriated)

    def _of_share(self, share: str) -> list[UnitTerms]:
        return [terms for name, terms in self._terms.items() if share in (name, terms.kind)]

    def _posts_held(self, authority: CustomsAuthority, share: str) -> int:
        return sum(authority.posts_held.get(terms.name, 0) for terms in self._of_share(share))

    def _hold_posts(self, authority: CustomsAuthority, name: str) -> None:
        authority.posts_held[name] = self._owned[authority.index, name] * self._terms[name].posts

    def _retire(self, desk: Desk) -> None:
        """Take out of use what has reached the end of its life; its posts are free again."""
        for owner, name in desk.fleet.retire(desk.day):
            authority = desk.authorities[owner]
            authority.running_cents_per_year -= running_cents(self._terms[name])
            if name == MOBILE:
                authority.units_bought -= 1
            else:
                self._owned[owner, name] -= 1
                self._hold_posts(authority, name)


def unit_cents(finance: FinanceParameters) -> tuple[int, int]:
    """Return the price and the yearly running cost of a mobile unit, in cents."""
    price = finance.unit_price_eur
    return round(price * CENTS), round(price * finance.running_share_per_year * CENTS)


def capital_cents(terms: UnitTerms) -> int:
    """Return price and works of a unit, in cents."""
    return round(terms.capital_eur * CENTS)


def running_cents(terms: UnitTerms) -> int:
    """Return the yearly running cost of a unit, in cents."""
    return round(terms.running_eur_per_year * CENTS)


def tasked_scans(desk: Desk) -> Floats:
    """Return the drug-tasked scans a year of what is stationed at each port; none where boxes are searched by hand."""
    control = desk.case.parameters.control
    scans, units = desk.fleet.stationed()
    scans = np.where(units > 0, scans, 0.0)
    tasked: Floats = scans * control.utilisation * control.drug_tasked_share
    return tasked


def look_again(desk: Desk) -> None:
    """Let the sets that are there count as far as they go round the drug-tasked scans of their ports."""
    fleet, controls = desk.fleet, desk.controls
    sets = [(unit.port, unit.terms) for unit in fleet.installed if unit.terms.kind == SECOND_LOOK]
    if not sets and not controls.kit_false_alarm.any():
        return
    types = sorted({terms.name: terms for _, terms in sets}.items())
    tasked, ports = tasked_scans(desk), controls.kit_false_alarm.size
    controls.kit_detection, controls.kit_false_alarm = second_look(
        [coverage(checks_by_port(sets, name, ports), tasked) for name, _ in types],
        [terms.detection for _, terms in types], [terms.false_alarm for _, terms in types], ports,
    )  # fmt: skip


def usual_mix(desk: Desk, area: Area) -> Floats:
    """Return the shares of methods in the recent finds of an area, and of an even mix with the weight of few finds."""
    finds: Floats = desk.familiarity.finds[[member.index for member in area.members]].sum(axis=0)
    finds = finds + desk.case.parameters.methods.detectability_prior_finds / CONTAINER_METHODS
    total = finds.sum()
    return finds / total if total > 0 else np.full(CONTAINER_METHODS, 1 / CONTAINER_METHODS)
