"""Accounts of the shown arms, what they were spent on, and what is equal (E1 to E6)."""

from __future__ import annotations

import numpy as np

from experiments.report.cells import arm_cells, arm_columns, spread
from experiments.report.compared import Compared, Key, Sums
from experiments.report.equality import equality_rows
from experiments.report.page import Block, Column, Figure, Notice, Section, Table
from experiments.report.paired_bars import Bars, paired_bars
from experiments.screen import number, place_label
from sim.streams import Floats

UNITS: dict[str, tuple[str, float]] = {
    "capital": ("EUR m", 1e8), "programme": ("EUR m", 1e8), "staff": ("1,000 h", 6e4),
}  # fmt: skip
"""Unit of each account and how many cents or minutes it has."""
_AMOUNTS = ("appropriated", "committed", "unspent")


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
        paired_bars(_panels(compared, names, values), compared.labels),
        Table(compared.titled(texts("accounts.figure_title")), arm_columns(compared, texts("accounts.spent_on")), rows),
        texts("accounts.figure_note"),
    )  # fmt: skip


def _panels(compared: Compared, names: dict[Key, str], values: Sums) -> list[Bars]:
    """Return a panel for each account in which something was committed."""
    titles = {account: f"{compared.texts(f'accounts.{account}')}, {unit}" for account, (unit, _) in UNITS.items()}
    by_account = {a: {names[key]: of for key, of in values.items() if key[1] == a} for a in titles}
    return [Bars(titles[account], of, 1) for account, of in by_account.items() if of]
