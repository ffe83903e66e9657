"""Share of the true flow that is seized, by port range: ranked only where there are enough finds to know it."""

from __future__ import annotations

from experiments.cohort import COAST
from experiments.contrasts import LEAST_FINDS, rank
from experiments.report.cells import ratio_cells
from experiments.report.compared import Compared, regrouped
from experiments.report.page import Column, Table
from experiments.report.place_names import place_name
from experiments.summary import NON_EU, cell_of
from scenarios.assumptions import PORT_RANGES
from sim.streams import Floats

_ORDER = (*PORT_RANGES, *(f"{COAST}{name}" for name in PORT_RANGES), NON_EU)


def interception_table(compared: Compared) -> Table:
    """Return the share seized of what came in, by EU ports of a range, coast, and ports outside the EU together.

    In the order of the terminal: by flow under the first regime, and those with few finds after them.
    """
    texts = compared.texts
    flow, seized, landed, finds = (
        _by_cell(compared, name) for name in ("dispatched_g", "seized_g", "landed_g", "finds")
    )
    names = sorted(flow, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))
    of_flow, of_finds = ([float(sums[name][0].mean()) for name in names] for sums in (flow, finds))
    ranked, others = rank(names, of_flow, of_finds)
    rows = []
    for name in (*ranked, *others):
        cells = ratio_cells(seized[name], seized[name] + landed[name], 1, 100)
        few = texts("views.many_finds") if name in ranked else texts("views.few_finds", finds=LEAST_FINDS)
        rows.append((place_name(texts, name), *cells, few))
    title = compared.titled(texts("views.interception_title"))
    columns = (
        Column(texts("views.range"), is_number=False), *(Column(label, "%") for label in compared.labels),
        *(Column(texts("cells.change"), texts("views.points")) for _ in range(compared.has_contrast)),
        Column(texts("views.is_ranked"), is_number=False),
    )  # fmt: skip
    return Table(title, columns, tuple(rows), texts("views.interception_note", finds=LEAST_FINDS))


def _by_cell(compared: Compared, value: str) -> dict[str, Floats]:
    """Return sums of the window by cell of flow."""
    grouped = regrouped(compared.flows[value], lambda key: (cell_of(str(key[0]), str(key[1]), compared.eu_ports),))
    return {str(name): values for (name,), values in grouped.items()}
