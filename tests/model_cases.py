"""Small cases of the whole model, and what tests do with their tables."""

from __future__ import annotations

import dataclasses as dc
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from agents.model import WaterbedModel
from experiments.run import run
from scenarios.case import Case, LeverSpec
from scenarios.load_case import load_case

ROOT = Path(__file__).resolve().parent.parent
SMALL = ("world=three_ports", "horizon_years=1", "burn_in_start=2023-11-01", "closing_days=60")
KINDS = ("spatial", "tactical", "temporal", "size", "perpetrator", "upstream")
"""The six kinds of displacement, each with a switch."""
NO_FEEDBACK = tuple(f"switches.{name}=false" for name in ("beliefs", "price_feedback", "elastic_supply", *KINDS))
"""Organisations that learn nothing and change nothing."""

Tables = dict[str, pa.Table]


@lru_cache(maxsize=64)
def small_case(*overrides: str) -> Case:
    """Return the case of three ports and one year, with overrides."""
    return load_case([*SMALL, *overrides])


@lru_cache(maxsize=16)
def small_run(*overrides: str, replication: int = 0) -> Tables:
    """Return the tables of a small case; runs are pure, so tests share them."""
    return run(small_case(*overrides), 1, replication)


def with_levers(case: Case, **scopes: Any) -> Case:
    """Return the case with levers changed, given as scopes or more; the name stays, for rows to be equal."""
    given = {name: LeverSpec(how) if isinstance(how, str) else how for name, how in scopes.items()}
    levers = case.regime.levers | given
    return dc.replace(case, regime=dc.replace(case.regime, levers=levers))


def with_parameters(case: Case, block: str, **values: Any) -> Case:
    """Return the case with values of one block of parameters changed, bounds not checked."""
    return dc.replace(case, parameters=case.parameters.changed({block: values}))


def model_at(case: Case, days: int, replication: int = 0) -> WaterbedModel:
    """Return the model after some days."""
    model = WaterbedModel(case, 1, replication)
    for _ in range(days):
        model.step()
    return model


def digest(tables: Tables) -> str:
    """Return a digest of every value of every table, without the digest of the case."""
    sha = hashlib.sha256()
    for name in sorted(tables):
        table = tables[name]
        for column in table.column_names:
            if column != "case_digest":
                sha.update(f"{name}.{column}:{table[column].to_pylist()!r}".encode())
    return sha.hexdigest()


def rows(table: pa.Table, *without: str) -> list[dict[str, Any]]:
    """Return the rows as plain values, some columns left out."""
    plain: list[dict[str, Any]] = table.drop([c for c in without if c in table.column_names]).to_pylist()
    return plain


def sums(table: pa.Table, key: str, value: str) -> dict[Any, int]:
    """Return the sums of a column by key."""
    keys = table[key]
    keys = pc.cast(keys, pa.string()) if pa.types.is_dictionary(keys.type) else keys
    grouped = pa.table({"key": keys, "value": table[value]}).group_by("key").aggregate([("value", "sum")])
    return dict(zip(grouped["key"].to_pylist(), grouped["value_sum"].to_pylist(), strict=True))


def assert_same(first: Tables, second: Tables, *without: str) -> None:
    """Fail unless all tables are equal to the bit, columns named in ``without`` and the digest of the case apart."""
    assert first.keys() == second.keys()
    for name in first:
        a, b = (rows(tables[name], "case_digest", *without) for tables in (first, second))
        # By what is written, which is exact for numbers and takes nan for equal to nan.
        differing = [pair for pair in zip(a, b, strict=False) if repr(pair[0]) != repr(pair[1])]
        assert len(a) == len(b), f"{name}: {len(a)} and {len(b)} rows"
        assert not differing, f"{name}: {len(differing)} rows differ, the first {differing[0]}"
