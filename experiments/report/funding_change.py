"""The line of the opening that says what would change the recommendation."""

from __future__ import annotations

import math
from collections.abc import Iterator

from experiments.report.funding_data import Funding
from experiments.report.page import Answer
from experiments.screen import significant


def change_answer(found: Funding, budget: float) -> Answer:
    """Return at which detection another plan is better, and which parameters move the plan most."""
    t = found.told.texts
    said = [*_thresholds(found, budget), *_influential(found, budget)]
    if not said:
        return Answer(t("funding_answer.change"), t("funding_answer.change_missing"), state="missing")
    return Answer(t("funding_answer.change"), " ".join(said), t("funding_answer.change_note"))


def _thresholds(found: Funding, budget: float) -> Iterator[str]:
    t = found.told.texts
    rows = [row for row in found.rows("detection") if row["budget_eur_million"] == budget]
    for row in rows:
        key = f"funding_change.{row['what'].replace(',', '').replace(' ', '_')}"
        if t.has(key):
            ends = {name: significant(row[name]) for name in ("usual", "changes_at", "looked_to")}
            yield t(key if math.isfinite(row["changes_at"]) else f"{key}_nowhere", **ends)


def _influential(found: Funding, budget: float) -> Iterator[str]:
    rows = [row for row in found.rows("sensitivity") if row["budget_eur_million"] == budget]
    if rows:
        names = dict.fromkeys(row["parameter"] for row in rows)
        most = max(row["units_changed"] for row in rows)
        yield found.told.texts(
            "funding_answer.change_parameters", names="; ".join(found.parameter(name) for name in list(names)[:3]),
            units=most, all=rows[0]["units"],
        )  # fmt: skip
