"""Accounts of the shown arms, what they were spent on, and what is equal (E1 to E6)."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np

from experiments.report.cells import arm_cells, arm_columns, spread
from experiments.report.compared import Compared, Sums
from experiments.report.drawing import BLUE, ORANGE, chart_of, spec_of
from experiments.report.equality import equality_rows
from experiments.report.labels import LINES, wrapped
from experiments.report.page import Block, Column, Draw, Figure, Format, Notice, Section, Spec, Table
from experiments.screen import number, place_label
from sim.streams import Floats

UNITS: dict[str, tuple[str, float]] = {
    "capital": ("EUR m", 1e8), "programme": ("EUR m", 1e8), "staff": ("1,000 h", 6e4),
}  # fmt: skip
"""Unit of each account and how many cents or minutes it has."""
_AMOUNTS = ("appropriated", "committed", "unspent")
_ROW_PX = 34


def accounts_section(compared: Compared) -> Section:
    """Return accounts, spending by purpose, and what is equal in all arms."""
    texts = compared.texts
    blocks: list[Block] = [texts("accounts.intro")]
    if compared.has("accounts"):
        blocks.append(_accounts(compared))
    else:
        blocks.append(Notice(texts("missing.table", table="accounts")))
    if compared.has("control_month"):
        spent = compared.sums("control_month", ["purpose", "account"], "committed")
        blocks.append(_figure(compared, spent) if spent else texts("accounts.nothing"))
    else:
        blocks.append(Notice(texts("missing.table", table="control_month")))
    columns = (
        Column(texts("accounts.rule"), is_number=False), Column(texts("accounts.shows"), is_number=False),
    )  # fmt: skip
    blocks.append(Table(compared.titled(texts("accounts.equal_title")), columns, equality_rows(compared)))
    return Section("accounts", texts("accounts.heading"), tuple(blocks))


def _accounts(compared: Compared) -> Table:
    texts = compared.texts
    sums = compared.sums_of("accounts", ["account"], _AMOUNTS)
    rows = []
    for i, label in enumerate(compared.labels):
        for account, (unit, scale) in UNITS.items():
            if (account,) in sums["committed"]:
                amounts = (spread(sums[name][account,][i] / scale, 1) for name in _AMOUNTS)
                rows.append((f"{label}: {texts(f'accounts.{account}')}, {unit}", *amounts))
    heads = (Column(texts(f"accounts.{name}")) for name in _AMOUNTS)
    columns = (Column(texts("accounts.account"), is_number=False), *heads)
    return Table(compared.titled(texts("accounts.title")), columns, tuple(rows), texts("accounts.note"))


def purpose_name(compared: Compared, purpose: str) -> str:
    """Return what money was spent on, in plain words; of new levers their name."""
    key = f"purpose.{purpose}"
    return compared.texts(key) if compared.texts.has(key) else place_label(purpose)


def _figure(compared: Compared, spent: Sums) -> Figure:
    texts = compared.texts
    keys = sorted(spent, key=lambda key: (list(UNITS).index(str(key[1])), str(key[0]) == "coordination", str(key[0])))
    names = {key: purpose_name(compared, str(key[0])) for key in keys}
    values = {key: spent[key] / UNITS[str(key[1])][1] for key in keys}
    rows = tuple(
        (texts("accounts.purpose", purpose=names[key], account=texts(f"accounts.{key[1]}"), unit=UNITS[str(key[1])][0]),
         *arm_cells(values[key], 1))
        for key in keys
    )  # fmt: skip
    money: list[Floats] = [values[key] for key in keys if key[1] != "staff"]
    together = np.sum(money, axis=0).mean(axis=1) if money else np.zeros(len(compared.shown))
    told = ", ".join(f"{arm} {number(float(mean))}" for arm, mean in zip(compared.labels, together, strict=True))
    return Figure(
        "spending", compared.titled(texts("accounts.figure_title")), texts("accounts.about", told=told),
        _bars(compared, names, values),
        Table(compared.titled(texts("accounts.figure_title")), arm_columns(compared, texts("accounts.spent_on")), rows),
        texts("accounts.figure_note"),
    )  # fmt: skip


def _bars(compared: Compared, names: dict[Any, str], values: dict[Any, Floats]) -> Draw:
    """Return how to draw money (capital and programme, by pattern of colour) and staff, both arms beside each other."""
    arms = list(compared.labels)
    titles = {account: f"{compared.texts(f'accounts.{account}')}, {unit}" for account, (unit, _) in UNITS.items()}

    def draw(format_: Format) -> Spec:
        label_px = 116 if format_.is_narrow else 180
        panels = []
        for account, title in titles.items():
            keys = [key for key in values if key[1] == account]
            if not keys:
                continue
            rows = [
                {"purpose": wrapped(names[key], label_px), "arm": arm, "amount": float(row.mean()), "label": number(float(row.mean()))}
                for key in keys for arm, row in zip(arms, values[key], strict=True)
            ]  # fmt: skip
            axis = alt.Axis(title=None, labelLimit=label_px + 20, domain=False, ticks=False, minExtent=label_px,
                            labelExpr=LINES)  # fmt: skip
            y = alt.Y("purpose:N", sort=[wrapped(names[key], label_px) for key in keys], axis=axis, scale=alt.Scale(paddingInner=0.25))
            x = alt.X("amount:Q", axis=alt.Axis(title=title, tickCount=4 if format_.is_narrow else 8))
            offset = alt.YOffset("arm:N", sort=arms)
            colour = alt.Color("arm:N", sort=arms, scale=alt.Scale(domain=arms, range=[ORANGE, BLUE]),
                               legend=alt.Legend(title=None, orient="top"))  # fmt: skip
            base = chart_of(rows)
            bars = base.mark_bar().encode(y=y, x=x, yOffset=offset, color=colour)
            labels = base.mark_text(align="left", dx=3, fontSize=11)
            text = labels.encode(y=y, x=x, yOffset=offset, text="label:N")
            width = format_.width_px - label_px - 72
            panels.append(alt.layer(bars, text).properties(width=width, height=_ROW_PX * len(keys)))
        return spec_of(alt.vconcat(*panels, spacing=12))

    return draw
