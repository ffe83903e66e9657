"""What is equal in all arms (E1 to E6), each in a sentence with what the results show for it."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from experiments.report.compared import Compared
from experiments.screen import arm_label, contrast_label, number, with_interval

_FROZEN = "_frozen_stock"
_EUR = 1e8
"""Cents in a million euros."""


def equality_rows(compared: Compared) -> tuple[tuple[str, str], ...]:
    """Return for each of E1 to E6 what is meant, and what the tables of these results show."""
    shown = (_stock, _appropriations, _prices, _balance, _outside, _twice)
    return tuple((compared.texts(f"equal.e{i}"), show(compared)) for i, show in enumerate(shown, 1))


def _stock(compared: Compared) -> str:
    """Say whether all arms had the same scan capacity: by port two months before the start, together one month before.

    In the last days before the start regimes already move units, so the month before is compared as a sum.
    """
    texts, year = compared.texts, compared.case.start.year - 1
    if len(compared.arms) == 1:
        return texts("equal.alone")
    if not compared.has("line_month"):
        return texts("missing.table", table="line_month")
    table = compared.source.table("line_month", ["arm", "replication", "month", "place", "scans_per_year"])
    by_port, together = _capacity(table, 100 * year + 11), _capacity(table, 100 * year + 12)
    if not by_port:
        return texts("equal.e1_no_month")
    sums = [sum(places.values()) / len({run for run, _ in places}) for places in together.values()]
    is_same = all(places == next(iter(by_port.values())) for places in by_port.values())
    if not is_same or max(sums) - min(sums) > 1e-6 * max(sums):
        return texts("equal.e1_differs")
    return texts("equal.e1_same", arms=len(by_port), scans=number(sums[0] / 1e3, 1), year=year)


def _capacity(table: pa.Table, month: int) -> dict[str, dict[tuple[int, str], float]]:
    """Return scans a year by arm, replication and port at the end of a month."""
    by_arm: dict[str, dict[tuple[int, str], float]] = {}
    for row in table.filter(pc.equal(table["month"], month)).to_pylist():
        by_arm.setdefault(row["arm"], {})[row["replication"], row["place"]] = row["scans_per_year"]
    return by_arm


def _appropriations(compared: Compared) -> str:
    texts = compared.texts
    if not compared.has("accounts"):
        return texts("missing.table", table="accounts")
    of_state: dict[str, dict[tuple[str, str], int]] = {}
    table = compared.source.table("accounts", ["arm", "replication", "country", "account", "appropriated"])
    table = table.filter(pc.equal(table["replication"], compared.replications[0]))
    for row in table.to_pylist():
        of_state.setdefault(row["arm"], {})[row["country"], row["account"]] = row["appropriated"]
    sums = {
        arm: {kind: sum(v for (_, k), v in states.items() if k == kind) for kind in ("capital", "programme", "staff")}
        for arm, states in of_state.items()
    }
    first = next(iter(sums.values()))
    if len(sums) == 1:
        return texts("equal.alone")
    if any(other != first for other in sums.values()):
        return texts("equal.e2_differs")
    amounts = {"capital": number(first["capital"] / _EUR), "programme": number(first["programme"] / _EUR),
               "staff": number(first["staff"] / 6e4, 0)}  # fmt: skip
    usual = next(iter(of_state.values()))
    pooled = [arm_label(arm) for arm, states in of_state.items() if states != usual]
    by_state = texts("equal.e2_pooled", arms=", ".join(pooled)) if pooled else texts("equal.e2_states")
    return f"{texts('equal.e2_same', arms=len(sums), **amounts)} {by_state}"


def _prices(compared: Compared) -> str:
    texts = compared.texts
    if not compared.has("control_month", "accounts"):
        return texts("missing.table", table="control_month, accounts")
    spent = compared.sums("control_month", ["purpose", "account"], "committed")
    coordination = {str(k[1]): v[-1].mean() for k, v in spent.items() if k[0] == "coordination" and v[-1].any()}
    purposes = len({key[0] for key, v in spent.items() if v[-1].any()} - {"coordination"})
    if not coordination:
        return texts("equal.e3_none", arm=compared.labels[-1], purposes=purposes)
    programme = compared.sums("accounts", ["account"], "appropriated")["programme",][-1].mean()
    money = coordination.get("programme", 0.0)
    return texts(
        "equal.e3_some", arm=compared.labels[-1], purposes=purposes, money=number(money / _EUR, 2),
        share=number(100 * money / programme), hours=number(coordination.get("staff", 0.0) / 6e4),
    )  # fmt: skip


def _balance(compared: Compared) -> str:
    texts = compared.texts
    if not compared.has("accounts"):
        return texts("missing.table", table="accounts")
    table = compared.source.table("accounts")
    rest = pc.subtract(pc.subtract(table["appropriated"], table["committed"]), table["unspent"])
    wrong = pc.sum(pc.not_equal(rest, 0)).as_py() or 0
    if wrong:
        return texts("equal.e4_wrong", wrong=wrong, rows=table.num_rows)
    unspent = compared.sums("accounts", ["account"], "unspent")
    capital, staff = (unspent[kind,].mean(axis=1) if (kind,) in unspent else [] for kind in ("capital", "staff"))
    left = "; ".join(
        texts("equal.e4_left", arm=arm, capital=number(c / _EUR), staff=number(s / 6e4))
        for arm, c, s in zip(compared.labels, capital, staff, strict=True)
    )
    return f"{texts('equal.e4_holds', rows=f'{table.num_rows:,}')} {left}. {texts('equal.e4_posts')}"


def _outside(compared: Compared) -> str:
    texts = compared.texts
    runs = compared.summed(compared.rows_of("runs", ["trade_cost_eur"]), [], ["trade_cost_eur"])["trade_cost_eur"][()]
    trade = [number(float(row.mean()) / 1e6 / compared.years) for row in runs]
    terminals = ["-"] * len(trade)
    if compared.has("reports"):
        paid = compared.sums("reports", [], "terminal_cost_eur", compared.months).get(())
        if paid is not None:
            terminals = [number(float(row.mean()) / 1e6 / compared.years) for row in paid]
    told = zip(compared.labels, trade, terminals, strict=True)
    costs = "; ".join(texts("equal.e5_costs", arm=arm, trade=t, terminals=p) for arm, t, p in told)
    return texts("equal.e5_beside", costs=costs)


def _twice(compared: Compared) -> str:
    texts = compared.texts
    frozen = [pair for pair in compared.contrasts if all(arm.endswith(_FROZEN) for arm in pair)]
    rows = {}
    if compared.contrasts:
        rows = {
            row["contrast"]: row for row in compared.source.table("contrasts").to_pylist() if row["outcome"] == "landed"
        }
    for treated, baseline in frozen:
        bought = (treated.removesuffix(_FROZEN), baseline.removesuffix(_FROZEN))
        told = [(pair, rows[" - ".join(pair)]) for pair in (bought, (treated, baseline)) if " - ".join(pair) in rows]
        values = "; ".join(
            texts("equal.e6_one", contrast=contrast_label(*pair), value=with_interval(
                *(-row[end] / compared.years for end in ("difference", "high", "low"))),
                state=texts("regimes.resolved" if row["is_resolved"] else "regimes.unresolved"))
            for pair, row in told
        )  # fmt: skip
        return texts("equal.e6_both" if len(told) == 2 else "equal.e6_only_frozen", values=values)
    return texts("equal.e6_missing")
