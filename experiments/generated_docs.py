"""waterbed docs: pages that are made from the code and the data, so that they cannot fall behind."""

from __future__ import annotations

from pathlib import Path

from experiments.screen import magnitude
from experiments.show import type_name
from scenarios.errors import InputError
from scenarios.parameter_row import ParameterRow
from scenarios.parameter_table import parameter_rows
from sim.tables import ALL_TABLES

ROOT = Path(__file__).resolve().parent.parent
_MADE = "<!-- Made by `make docs`; changes go into {origin}. -->"

_PARAMETERS_INTRO = """# Parameters

Every parameter with its default, bounds, prior and source; those of [levers](levers.md) are the blocks at the end. How
they hang together, and why these defaults and no others, is in [consistency.md](consistency.md); what the world is made
of, in [worlds.md](worlds.md).

Class: **free** parameters are fitted in calibration (at most six at a time: the record supports no more), **prior**
ones are sampled from their prior, **fixed** ones are varied only to see whether a result hangs on them. "assumption"
means that no published figure was found. A spike at 0 gives "no effect at all" that share of the prior.

Override with `parameters.BLOCK.NAME=value`; a value outside the bounds is refused. `waterbed show parameters` lists
the values in use, `waterbed show parameters BLOCK` one block with its sources. Rows such as `RT005`, `EQ123` or
`PC060` are row ids of the files in `scenarios/data/customs/`; other files named are in `scenarios/data/`.
"""

_RESULTS_INTRO = """# Results

Runs write Parquet files here, one folder a question and one file a table; git ignores them. A folder's name is a
digest of the question (cases, seed, replications), so asking again writes to the same folder, and it appears whole or
not at all. `waterbed show results/FOLDER` prints what is in it and the command that made it.

Read a table in one line:

```python
duckdb.sql("select arm, avg(landed_g) / 1e6 as landed_t from 'results/FOLDER/runs.parquet' group by arm")  # DuckDB
polars.read_parquet("results/FOLDER/runs.parquet")  # Polars
pandas.read_parquet("results/FOLDER/runs.parquet")  # pandas
```

Each file carries in its metadata (keys `waterbed.*`) the complete case of every arm, the seed, the command, the version
and commit of the code, the versions of the libraries and the hash of the reference data:
`pyarrow.parquet.read_schema("results/FOLDER/runs.parquet").metadata`.

Masses are whole grams, money whole cents in `accounts`, times minutes or days since the start of the run. A column of
type `name` is text (stored as a dictionary). Columns have no missing values; -1 or NaN where there is nothing to say.
True flow, seizures and what landed are different columns and never stand in for each other. True flow and interception
of a single named port are illustrative, not an estimate of this port.
"""


def pages() -> dict[str, str]:
    """Return the generated pages by their path in the repository."""
    from experiments.lever_page import lever_page  # loads all that a run needs

    levers = f"{_MADE.format(origin='conf/lever/ or conf/regime/')}\n{lever_page()}"
    return {"docs/parameters.md": _parameters_page(), "results/README.md": _results_page(), "docs/levers.md": levers}


def write_docs(root: Path = ROOT) -> None:
    """Write the generated pages.

    Raises:
        InputError: a page cannot be written.
    """
    for name, text in pages().items():
        path = root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        except OSError as error:
            raise InputError(f"{path}: cannot be written ({error.strerror}).") from None
        print(f"{name} written")


def _parameters_page() -> str:
    parts = [_MADE.format(origin="scenarios/data/parameters.csv or conf/lever/"), _PARAMETERS_INTRO]
    rows = list(parameter_rows().values())
    for block in dict.fromkeys(row.name.partition(".")[0] for row in rows):
        lines = [_parameter_line(row) for row in rows if row.name.partition(".")[0] == block]
        head = ["name", "default", "unit", "bounds", "class", "prior", "about", "source"]
        parts.append(f"## {block}\n\n{_markdown(head, lines)}\n")
    parts.append(_base_rates_section())
    return "\n".join(parts)


def _base_rates_section() -> str:
    from experiments.base_rates import RANGES  # loads all that a run needs

    lines = [[name, unit, f"{magnitude(low)} to {magnitude(high)}"] for name, (unit, low, high) in RANGES.items()]
    about = "What published figures allow for 2023; [consistency.md](consistency.md) has the arithmetic."
    return f"## Base rates\n\n{about}\n\n{_markdown(['figure', 'unit', 'range'], lines)}\n"


def _parameter_line(row: ParameterRow) -> list[str]:
    bounds = f"{magnitude(row.low)} to {magnitude(row.high)}"
    name = f"`{row.name.partition('.')[2]}`"
    return [name, magnitude(row.default), row.unit, bounds, row.kind, row.prior, row.about, row.source]


def _results_page() -> str:
    parts = [_MADE.format(origin="sim/tables.py"), _RESULTS_INTRO]
    for name, schema in ALL_TABLES.items():
        lines = [
            [
                f"`{field.name}`",
                type_name(field.type),
                field.metadata[b"unit"].decode(),
                field.metadata[b"about"].decode(),
            ]
            for field in schema
        ]
        about = schema.metadata[b"about"].decode()
        table = _markdown(["column", "type", "unit", "meaning"], lines)
        parts.append(f"## {name}\n\n{about[0].upper()}{about[1:]}.\n\n{table}\n")
    return "\n".join(parts)


def _markdown(head: list[str], lines: list[list[str]]) -> str:
    """Return a table of GitHub's Markdown."""
    rows = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in line] for line in lines)]
    return "\n".join(f"| {' | '.join(row)} |".replace("|  |", "| |") for row in rows)
