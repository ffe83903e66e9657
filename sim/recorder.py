"""Results: every column of every table, declared once with its Arrow type, unit and meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a results table."""

    name: str
    type: pa.DataType
    unit: str
    about: str


def table_schema(columns: tuple[Column, ...], about: str) -> pa.Schema:
    """Return the Arrow schema, with units and meanings on the fields and the table's sentence on the schema."""
    fields = [pa.field(c.name, c.type, nullable=False, metadata={"unit": c.unit, "about": c.about}) for c in columns]
    return pa.schema(fields, metadata={"about": about})


def to_array(values: Any, kind: pa.DataType, names: tuple[str, ...] = ()) -> pa.Array:
    """Return an Arrow array; for dictionary columns ``values`` are indices into ``names``."""
    if pa.types.is_dictionary(kind):
        if not names:
            return pa.array(values, kind)
        indices = pa.array(np.asarray(values, np.int32), pa.int32())
        return pa.DictionaryArray.from_arrays(indices, pa.array(names, kind.value_type))
    return pa.array(values, kind)


def make_table(schema: pa.Schema, columns: Mapping[str, Any], names: Mapping[str, tuple[str, ...]]) -> pa.Table:
    """Return a table of exactly the declared columns.

    Raises:
        ValueError: a column is missing or undeclared.
    """
    if set(columns) != set(schema.names):
        raise ValueError(f"columns {sorted(set(columns) ^ set(schema.names))} are not declared or missing")
    arrays = [to_array(columns[f.name], f.type, names.get(f.name, ())) for f in schema]
    return pa.table(arrays, schema=schema)
