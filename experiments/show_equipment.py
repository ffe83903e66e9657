"""The catalogue of equipment on the terminal: what each type costs, what it checks and sees, and where that is from."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding

from experiments.screen import number, print_table
from scenarios.equipment import EquipmentType, UnitTerms, load_equipment_types, unit_terms
from scenarios.errors import unknown_name

_METHODS = ("rip_on", "in_cargo", "in_structure", "cooling_unit")


def show_equipment(words: list[str], out: Console) -> None:
    """Print the catalogue with the yearly cost of each type, or all about the types that are named.

    Args:
        words: names of types; overrides of parameters.
        out: where to.

    Raises:
        InputError: an unknown type.
    """
    from scenarios.load_case import load_case

    types = load_equipment_types()
    names = [word for word in words if "=" not in word]
    for name in names:
        if name not in types:
            raise unknown_name("show equipment", name, types)
    if names:
        for name in names:
            _print_type(types[name], out)
        return
    parameters = load_case([word for word in words if "=" in word]).parameters
    terms, prices = unit_terms(parameters), parameters.levers["equipment"]
    rate, post_eur = prices["discount_rate_per_year"], prices["post_eur_per_year"]
    columns = ["type", "price", "works", "months", "life", "posts", "checks", "EUR/year", "EUR/check"]
    title = f"Equipment: thousand EUR a unit; annuity at {rate:.0%}, running cost, and posts at {post_eur:,.0f}"
    print_table(out, title, columns, [_costs(one, rate, post_eur) for one in terms.values()])
    columns = ["type", *(method.replace("_", " ") for method in _METHODS), "false alarm"]
    rows = [_sight(one) for one in types.values() if one.buyer != "terminals"]
    print_table(out, "Share of loads that it shows, by method, and of clean boxes that it indicates", columns, rows)
    out.print("X-ray units scan; density meters, trace detectors and dogs look again at boxes")
    out.print("that were scanned. What they show is assumed, and so is what second looks cost.")
    for buyer, what in (("none", "Listed for comparison"), ("terminals", "Bought by terminals")):
        listed = [name for name, one in types.items() if one.buyer == buyer]
        out.print(f"{what}: {', '.join(listed)}.")
    out.print("`waterbed show equipment NAME` says where every number is from.")


def _costs(one: UnitTerms, rate: float, post_eur: float) -> list[str]:
    yearly = one.eur_per_year(rate, post_eur)
    return [
        one.name, number(one.price_eur / 1e3, 0), number(one.works_eur / 1e3, 0), number(one.delivery_months, 0),
        number(one.life_years, 0), str(one.posts), number(one.checks_per_year, 0), number(yearly / 1e3, 0),
        number(yearly / (one.checks_per_year * one.availability), 0),
    ]  # fmt: skip


def _sight(one: EquipmentType) -> list[str]:
    shown = [getattr(one, f"{method}_detection") for method in _METHODS]
    return [one.name, *(_share(value) for value in shown), _share(one.false_alarm)]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _print_type(one: EquipmentType, out: Console) -> None:
    out.print(f"{one.name}: {one.label} ({one.kind.replace('_', ' ')}, bought by {one.buyer})", style="bold")
    out.print(Padding(f"{one.note}.", (0, 0, 0, 2)))
    for group, source in one.sources().items():
        values = ", ".join(_text(value) for value in one.numbers(group))
        out.print(Padding(f"{group.replace('_', ' ')} {values}: {source or 'not published'}", (0, 0, 0, 2)))


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}" if value >= 1000 else f"{value:g}"
