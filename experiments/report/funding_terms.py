"""What holds of every recommendation by law, what the answer assumes, and how to read it."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.report.funding_data import Funding, Row
from experiments.report.page import Block, Column, Notice, Section, Table

_LONG = 60
"""Letters of a value that is no cell of a table any more."""


def facts_text(rows: Sequence[Row]) -> str:
    """Return the legal facts as sentences."""
    return " ".join(row["text"] for row in rows)


def reading_section(found: Funding) -> Section:
    """Return how to read the page: what is simulated, what is surrogate, and the two kinds of intervals."""
    t = found.told.texts
    columns = tuple(
        Column(t(f"funding_reading.{name}"), is_number=False) for name in ("mark", "from", "interval", "not_in_it")
    )
    kinds = ("simulated", "fresh", "surrogate")
    rows = tuple(
        tuple(t(f"funding_reading.{kind}_{name}") for name in ("mark", "from", "interval", "not_in_it"))
        for kind in kinds
    )
    return Section(
        "reading",
        t("funding_reading.heading"),
        (t("funding_reading.intro"), Table(t("funding_reading.title"), columns, rows), _window(found)),
    )


def _window(found: Funding) -> str:
    values = found.assumptions
    return found.told.texts(
        "funding_reading.window",
        window=values.get("plans compared over", "-"),
        base=values.get("base regime", "-"),
        worth=_thousand(values.get("worth of a kilogram kept off", "-")),
    )


def _thousand(text: str) -> str:
    return f"{float(text):,.0f}" if text.replace(".", "", 1).isdigit() else text


def law_section(found: Funding) -> Section:
    """Return the legal facts with their sources."""
    t, rows = found.told.texts, found.rows("facts")
    columns = (
        Column(t("funding_law.fact"), is_number=False), Column(t("funding_law.text"), is_number=False),
        Column(t("funding_law.source"), is_number=False),
    )  # fmt: skip
    cells = tuple((row["fact"], row["text"], row["source"]) for row in rows)
    table: Block = Table(t("funding_law.title"), columns, cells) if cells else Notice(t("funding_answer.law_missing"))
    return Section("law", t("funding_law.heading"), (t("funding_law.intro"), table))


def assumptions_section(found: Funding) -> Section:
    """Return every assumption with its value and where it is from."""
    t, rows = found.told.texts, found.rows("assumptions")
    if not rows:
        return Section("assumptions", t("funding_assumed.heading"), (Notice(t("funding_assumed.missing")),))
    columns = (
        Column(t("funding_assumed.name"), is_number=False), Column(t("funding_assumed.value"), is_number=False),
        Column(t("funding_assumed.unit"), is_number=False), Column(t("funding_assumed.source"), is_number=False),
    )  # fmt: skip
    cells = tuple(
        (found.equipment(row["name"]), row["value"], row["unit"] or "-", row["source"])
        for row in rows
        if len(row["value"]) <= _LONG
    )
    # Lists of ports and shares are no cells: on a telephone they would be columns of a screen's height.
    long = tuple(
        t(
            "funding_assumed.long", name=found.equipment(row["name"]), value=row["value"],
            source="; ".join(word for word in (row["unit"], row["source"]) if word),
        )
        for row in rows
        if len(row["value"]) > _LONG
    )  # fmt: skip
    table = Table(t("funding_assumed.title"), columns, cells)
    return Section(
        "assumptions",
        t("funding_assumed.heading"),
        (t("funding_assumed.intro"), table, *long, t("funding_assumed.note")),
    )
