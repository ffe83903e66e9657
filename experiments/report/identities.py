"""The two identities of a contrast as waterfalls: how net kilograms were kept off, and where the flow went."""

from __future__ import annotations

import math

from experiments.report.page import Column, Figure, Section, Table
from experiments.report.source import Source
from experiments.report.texts import Texts
from experiments.report.waterfall import Step, waterfall
from experiments.screen import contrast_label, place_label, with_interval


def identity_section(source: Source, texts: Texts, contrast: str, identity: str) -> Section:
    """Return a section with an identity of a contrast, I1 or I2.

    Raises:
        InputError: the table is missing or damaged.
    """
    rows = [
        row
        for row in source.table("identities").to_pylist()
        if row["contrast"] == contrast and row["identity"] == identity and (row["difference_t"] or row["low_t"])
    ]
    name = contrast_label(*contrast.split(" - "))
    key = identity.lower()
    steps = [Step(place_label(row["cell"]), row["difference_t"], row["low_t"], row["high_t"]) for row in rows]
    total = sum(step.value for step in steps)
    steps.append(Step(texts(f"{key}.total"), total, math.nan, math.nan, is_total=True))
    cells = tuple((step.name, with_interval(step.value, step.low, step.high, 1)) for step in steps)
    figure = Figure(
        key,
        f"{texts(f'{key}.title')}, {name} {source.supply}",
        texts(f"{key}.about", contrast=name, total=with_interval(total, math.nan, math.nan, 1)),
        waterfall(steps, texts(f"{key}.axis")),
        Table(texts(f"{key}.title"), (Column(name, is_number=False), Column("change [95 %]", "t")), cells),
        texts(f"{key}.note"),
    )
    return Section(key, texts(f"{key}.heading"), (texts(f"{key}.intro"), figure))
