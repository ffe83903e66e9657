"""A funding answer as the report reads it: its tables, its budgets, and what is recommended at each of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from agents.levers.equipment import SECOND_LOOK
from experiments.funding.funding_options import FundingOptions
from experiments.funding.planned import ADAPTIVE, ROTATING
from experiments.report.kinds import Told
from experiments.screen import with_interval
from scenarios.equipment import load_equipment_types

Row = dict[str, Any]
NOTHING = "nothing"
LANDED, LANDED_ALL_YEARS = "landed in the EU", "landed in the EU, all years"
LANDED_ANYWHERE, SEIZED = "landed anywhere", "seized at entry in the EU"
"""Outcomes in the table ``funding_outcomes``."""
_NOT_SIMULATED = "not simulated"
_WHOLE_YEARS = re.compile(r"(\d{4})-01-01 to (\d{4})-01-01")
_GOOD = ("best", "tied")


@dataclass(frozen=True)
class Funding:
    """The tables of `waterbed size`; those that are missing have no rows."""

    told: Told

    def rows(self, name: str) -> list[Row]:
        """Return the rows of a table ``funding_name``; none if older results lack it.

        Raises:
            InputError: the table is damaged.
        """
        table = f"funding_{name}"
        return self.told.source.table(table).to_pylist() if self.told.source.has(table) else []

    @cached_property
    def curve(self) -> list[Row]:
        """One row a rule and budget."""
        return self.rows("curve")

    @cached_property
    def states(self) -> list[Row]:
        """One row a plan, state and type."""
        return self.rows("states")

    @cached_property
    def assumptions(self) -> dict[str, str]:
        """Value of each assumption by name."""
        return {row["name"]: row["value"] for row in self.rows("assumptions")}

    @property
    def budgets(self) -> list[float]:
        """All budgets, EUR million, rising."""
        return sorted({row["budget_eur_million"] for row in self.curve})

    @property
    def simulated_budgets(self) -> list[float]:
        """Those above zero at which a plan was simulated."""
        return sorted({
            row["budget_eur_million"] for row in self.curve if is_simulated(row) and row["budget_eur_million"] > 0
        })  # fmt: skip

    @property
    def budget(self) -> float | None:
        """The budget of the opening: the middle one of those simulated, else of those above zero; None without any."""
        budgets = self.simulated_budgets or [one for one in self.budgets if one > 0]
        return budgets[(len(budgets) - 1) // 2] if budgets else None

    @property
    def drawn_rules(self) -> list[str]:
        """Rules that the surrogate tells apart and that buy something, in their order."""
        rules = dict.fromkeys(row["rule"] for row in self.curve)
        return [rule for rule in rules if rule not in (NOTHING, ROTATING)]

    @property
    def replications(self) -> int:
        """The most pairs of runs of a simulated plan; 0 if none was simulated."""
        return max((row["replications"] for row in self.curve), default=0)

    @property
    def settings(self) -> Row:
        """What was asked."""
        settings: Row = self.told.source.facts.get("settings", {})
        return settings

    @property
    def is_fixed_staff(self) -> bool:
        """Whether no new post is paid in any plan."""
        return self.assumptions.get("staffing") == "fixed"

    @property
    def options(self) -> FundingOptions:
        """The whole answer, to compare a quick one with."""
        return FundingOptions()

    def plan(self, rule: str, budget: float) -> Row | None:
        """Return the row of the curve of a plan, if there is one."""
        here = (row for row in self.curve if row["rule"] == rule and row["budget_eur_million"] == budget)
        return next(here, None)

    def recommended(self, budget: float) -> Row | None:
        """Return the plan that is recommended: as `waterbed size` does, adaptive unless a simulated one is better.

        Where nothing was simulated it is the adaptive one, by the surrogate alone.
        """
        rows = [row for row in self.curve if row["budget_eur_million"] == budget]
        adaptive = next((row for row in rows if row["rule"] == ADAPTIVE), None)
        best = next((row for row in rows if row["selection"] == "best"), None)
        if best is None or (adaptive is not None and adaptive["selection"] in _GOOD):
            return adaptive
        return best

    @property
    def shown_budgets(self) -> list[float]:
        """Budgets at which a plan is recommended by simulation; the one of the opening if there are none."""
        simulated = [
            one for one in self.simulated_budgets if (plan := self.recommended(one)) and is_simulated(plan)
        ]  # fmt: skip
        return simulated or ([self.budget] if self.budget is not None else [])

    def fresh(self, budget: float, rule: str) -> Row | None:
        """Return what a plan gave on luck on which nothing was chosen."""
        return next((r for r in self.rows("curse") if (r["budget_eur_million"], r["rule"]) == (budget, rule)), None)

    def outcome(self, plan: Row, name: str) -> Row | None:
        """Return an outcome of a simulated plan against none; None of older results."""
        return next((r for r in self.rows("outcomes") if r["outcome"] == name and same_plan(r, plan)), None)

    @property
    def years(self) -> str:
        """The years over which plans are compared, or the days if these are not whole years."""
        window = self.assumptions.get("plans compared over", "")
        whole = _WHOLE_YEARS.fullmatch(window)
        if whole is None:
            return window or self.told.texts("funding.years_unknown")
        first, last = int(whole[1]), int(whole[2]) - 1
        return str(first) if first == last else self.told.texts("funding.years", first=first, last=last)

    def states_of(self, plan: Row) -> list[Row]:
        """Return what a plan buys, a row a state and type."""
        return [row for row in self.states if same_plan(row, plan)]

    def has_second_looks(self) -> bool:
        """Whether something is bought whose effect is assumed alone."""
        types = load_equipment_types()
        bought = {row["equipment"] for row in self.states}
        return any(name in types and types[name].kind == SECOND_LOOK for name in bought)

    def rule(self, name: str) -> str:
        """Return the plain name of a rule."""
        return self.words("funding_rule", name)

    def equipment(self, name: str) -> str:
        """Return the plain name of a type of equipment."""
        types = load_equipment_types()
        return types[name].label if name in types else name.replace("_", " ")

    def parameter(self, name: str) -> str:
        """Return what a parameter is in words, if it is one of the known ones."""
        return self.words("funding_parameter", name)

    def words(self, table: str, name: str) -> str:
        """Return the plain name of something that results have a name for."""
        texts, key = self.told.texts, f"{table}.{name}"
        return texts(key) if texts.has(key) else name.replace("_", " ")


def at_opening(found: Funding, rows: list[Row]) -> list[Row]:
    """Return the rows of the budget of the opening, which are enough for words; others are in the tables."""
    return [row for row in rows if row["budget_eur_million"] == found.budget]


def is_simulated(row: Row) -> bool:
    """Return whether the plan of a row of the curve was simulated."""
    return bool(row["selection"] != _NOT_SIMULATED or row["replications"])


def surrogate_text(row: Row) -> str:
    """Return what a plan keeps off by the surrogate, with the interval over draws."""
    return with_interval(row["kept_off_t"], row["low_t"], row["high_t"])


def simulated_text(row: Row) -> str:
    """Return what a plan keeps off by simulation, with the interval over replications; a dash if it was not run."""
    if not row["replications"]:
        return "-"
    return with_interval(row["simulated_t"], row["simulated_low_t"], row["simulated_high_t"])


def million_text(budget: float) -> str:
    """Return a budget as the terminal says it."""
    return f"EUR {budget:g} million"


def kept_off(row: Row) -> tuple[float, float, float]:
    """Return what is kept off with the ends of its interval: what lands less, so that the ends change places."""
    return -row["difference"], -row["high"], -row["low"]


def same_plan(row: Row, plan: Row) -> bool:
    """Return whether two rows are of one rule and budget."""
    return bool(row["rule"] == plan["rule"] and row["budget_eur_million"] == plan["budget_eur_million"])
