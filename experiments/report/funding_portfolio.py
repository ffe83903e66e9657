"""What is recommended: units by state and type, when they are ordered, and by port only if that is asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence

from experiments.funding.planned import ADAPTIVE
from experiments.funding.printing import PORT_WORDS
from experiments.report.funding_data import Funding, Row, is_simulated, million_text
from experiments.report.funding_portfolio_drawing import bars
from experiments.report.page import Block, Column, Figure, Notice, Section, Table
from experiments.screen import number


def portfolio_section(found: Funding) -> Section | None:
    """Return the portfolio of each budget that is simulated, the one of the opening as a figure."""
    t = found.told.texts
    if found.budget is None:
        return None
    blocks: list[Block] = [t("funding_portfolio.intro")]
    for budget in found.shown_budgets:
        plan = found.recommended(budget)
        if plan is not None:
            blocks += _recommended(found, plan)
    if len(blocks) == 1:
        blocks.append(Notice(t("funding_answer.no_plan")))
    return Section("portfolio", t("funding_portfolio.heading"), tuple(blocks))


def _recommended(found: Funding, plan: Row) -> list[Block]:
    t, budget = found.told.texts, plan["budget_eur_million"]
    words = {"budget": million_text(budget), "rule": found.rule(plan["rule"])}
    made: list[Block] = [] if is_simulated(plan) else [Notice(t("funding_portfolio.not_simulated", **words))]
    rows = found.states_of(plan)
    if not rows:
        return [*made, t("funding_portfolio.nothing", **words)]
    made += [_states_figure(found, plan, rows), _idle(found, plan), *_others(found, plan)]
    phases = _phases_figure(found, plan)
    if phases is not None:
        made.append(phases)
    if found.told.asked.shows_ports:
        made += _ports(found, plan)
    return made


def _others(found: Funding, plan: Row) -> list[Block]:
    """Say which simulated plans are not told apart from the best, and where another one is better than adaptive."""
    t, budget = found.told.texts, plan["budget_eur_million"]
    here = [row for row in found.curve if row["budget_eur_million"] == budget and row["replications"]]
    best = next((row for row in here if row["selection"] == "best"), None)
    tied = [found.rule(row["rule"]) for row in here if row["selection"] == "tied"]
    made: list[Block] = []
    if best is not None and tied:
        made.append(t("funding_portfolio.tied", best=found.rule(best["rule"]), tied=", ".join(tied)))
    if is_simulated(plan) and plan["rule"] != ADAPTIVE and any(row["rule"] == ADAPTIVE for row in here):
        made.append(t("funding_portfolio.better", rule=found.rule(plan["rule"]), adaptive=found.rule(ADAPTIVE)))
    return made


def _idle(found: Funding, plan: Row) -> str:
    t = found.told.texts
    key = "funding_portfolio.some_idle" if plan["idle_units"] else "funding_portfolio.none_idle"
    return t(key, idle=plan["idle_units"], units=plan["units"], posts=number(plan["posts"], 0))


def _states_figure(found: Funding, plan: Row, rows: Sequence[Row]) -> Figure:
    t, budget = found.told.texts, plan["budget_eur_million"]
    types = list(dict.fromkeys(row["equipment"] for row in rows))
    by_state: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda one: (one["country"], types.index(one["equipment"]))):
        by_state.setdefault(row["country"], []).append(row)
    pieces = [
        (state, found.equipment(row["equipment"]), row["units"]) for state, here in by_state.items() for row in here
    ]
    aside = [(state, _percent(_share(here))) for state, here in by_state.items()]
    columns = (
        Column(t("funding_portfolio.state"), is_number=False),
        *(Column(found.equipment(name), t("funding_portfolio.units_unit")) for name in types),
        Column(t("funding_portfolio.grant"), "EUR million"), Column(t("funding_portfolio.national"), "EUR million"),
        Column(t("funding_portfolio.posts")),
        *(Column(t("funding_portfolio.draws_of", name=found.equipment(name))) for name in types),
        Column(t("funding_portfolio.draws")),
    )  # fmt: skip
    cells = tuple((state, *_state_cells(here, types)) for state, here in by_state.items())
    words = {"budget": million_text(budget), "rule": found.rule(plan["rule"])}
    total = {name: sum(row["units"] for row in rows if row["equipment"] == name) for name in types}
    about = t(
        "funding_portfolio.about", **words, units=plan["units"], states=len(by_state),
        types=", ".join(f"{found.equipment(name)} {count}" for name, count in total.items()),
    )  # fmt: skip
    has_draws = any(math.isfinite(row["share_of_draws"]) for row in rows)
    draw = bars(
        pieces,
        [found.equipment(name) for name in types],
        t("funding_portfolio.axis"),
        aside=aside if has_draws else (),
        aside_title=t("funding_portfolio.aside"),
    )
    title = t("funding_portfolio.title", **words)
    return Figure(
        f"portfolio-{budget:g}".replace(".", "-"),
        f"{title} {found.told.source.supply}",
        about,
        draw,
        Table(title, columns, cells),
        t("funding_portfolio.note" if has_draws else "funding_portfolio.note_without_draws"),
    )


def _state_cells(rows: Sequence[Row], types: Sequence[str]) -> tuple[str, ...]:
    """Return units by type, what the EU and the state pay, posts, and the shares of draws, of a state."""
    by_type = {row["equipment"]: row for row in rows}
    counts = [str(by_type[name]["units"]) if name in by_type else "-" for name in types]
    shares = [_percent(by_type[name]["share_of_draws"]) if name in by_type else "-" for name in types]
    grant, national, posts = (
        math.fsum(row[name] for row in rows) for name in ("grant_eur_million", "national_eur_million", "posts")
    )
    return (*counts, number(grant), number(national), number(posts, 0), *shares, _percent(_share(rows)))


def _share(rows: Sequence[Row]) -> float:
    """Return the mean over units of the share of draws in which they are chosen."""
    return math.fsum(row["share_of_draws"] * row["units"] for row in rows) / sum(int(row["units"]) for row in rows)


def _percent(share: float) -> str:
    return f"{share:.0%}" if math.isfinite(share) else "-"


def _phases_figure(found: Funding, plan: Row) -> Figure | None:
    t, budget = found.told.texts, plan["budget_eur_million"]
    rows = [
        row for row in found.rows("phases")
        if (row["rule"], row["budget_eur_million"]) == (plan["rule"], budget)
    ]  # fmt: skip
    if not rows:
        return None
    types = list(dict.fromkeys(row["equipment"] for row in found.states_of(plan)))
    counts: dict[tuple[int, str], int] = {}
    for row in rows:
        key = (row["year"], row["equipment"])
        counts[key] = counts.get(key, 0) + row["units"]
    years = sorted({year for year, _ in counts})
    pieces = [
        (str(year), found.equipment(name), counts[year, name])
        for year in years for name in types if (year, name) in counts
    ]  # fmt: skip
    columns = (
        Column(t("funding_portfolio.year"), is_number=False),
        *(Column(found.equipment(name), t("funding_portfolio.units_unit")) for name in types),
    )  # fmt: skip
    cells = tuple((str(year), *(str(counts.get((year, name), 0)) for name in types)) for year in years)
    title = t("funding_portfolio.phases_title", budget=million_text(budget), rule=found.rule(plan["rule"]))
    words = "; ".join(f"{year}: {sum(counts.get((year, name), 0) for name in types)}" for year in years)
    return Figure(
        f"phases-{budget:g}".replace(".", "-"),
        f"{title} {found.told.source.supply}",
        t("funding_portfolio.phases_about", years=words),
        bars(pieces, [found.equipment(name) for name in types], t("funding_portfolio.phases_axis")),
        Table(title, columns, cells),
        t("funding_portfolio.phases_note", phasing=found.assumptions.get("phasing", "-")),
    )


def _ports(found: Funding, plan: Row) -> list[Block]:
    t = found.told.texts
    rows = [
        row for row in found.rows("units")
        if (row["rule"], row["budget_eur_million"]) == (plan["rule"], plan["budget_eur_million"])
    ]  # fmt: skip
    # In the order of their codes: no ranking of ports.
    rows.sort(key=lambda row: (row["port"], row["equipment"]))
    columns = (
        Column(t("funding_portfolio.port"), is_number=False), Column(t("funding_portfolio.type"), is_number=False),
        Column(t("funding.units")), Column(t("funding_portfolio.idle")), Column(t("funding_portfolio.checks"), "1/yr"),
        Column(t("funding_portfolio.draws")),
    )  # fmt: skip
    cells = tuple(
        (
            row["port"], found.equipment(row["equipment"]), str(row["units"]), str(row["idle_units"]),
            number(row["checks_per_year"], 0), _percent(row["share_of_draws"]),
        )
        for row in rows
    )  # fmt: skip
    words = {"budget": million_text(plan["budget_eur_million"]), "words": PORT_WORDS}
    title = t("funding_portfolio.ports_title", **words)
    return [Notice(t("funding_portfolio.ports_notice", **words)), Table(title, columns, cells)]
