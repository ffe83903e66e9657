"""The table of reports of a finished run: corrupted access at each port, what staff reported, and violence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from agents.levers.terminal_standards import terminal_size
from agents.violence import contest_by_month, violence_index
from sim.clock import YEAR_DAYS
from sim.codes import LANDED, SEIZED_AT_ENTRY
from sim.streams import Floats

if TYPE_CHECKING:
    from agents.run_tables import RunTables

_MONTHS_A_YEAR = 12


def report_columns(run: RunTables) -> tuple[dict[str, Any], dict[str, tuple[str, ...]]]:
    """Return the columns of the table ``reports`` and the names of its places."""
    ports = len(run.model.world.entry.code)
    noted = np.array(run.model.monthly.insiders).reshape(-1, ports, 8)
    approaches, reports, enquiries, arrests, stock, price, coverage, _ = noted.reshape(-1, 8).T
    return run.by_place(ports) | {
        "approaches": approaches,
        "reports": reports.astype(np.int64),
        "enquiries": enquiries.astype(np.int64),
        "arrests": arrests.astype(np.int64),
        "insiders": stock,
        "insider_price_eur": price,
        "coverage": coverage,
        "violence_index": _violence(run, noted[:, :, 0], noted[:, :, 7]).ravel(),
        "terminal_cost_eur": _terminal_cost_eur(run).ravel(),
    }, {"place": run.model.world.place_code, "port_range": run.ranges}


def _terminal_cost_eur(run: RunTables) -> Floats:
    """Return what terminals pay for security above the usual, shape (months, ports): beside the budget."""
    values = run.model.case.parameters.levers["terminal_standards"]
    boxes = run.model.world.entry.gateway_laden_boxes
    size = terminal_size(boxes, values["large_port_boxes"], values["size_exponent"])
    level_years = np.array(run.model.monthly.security_level_days).reshape(-1, boxes.size) / YEAR_DAYS
    cost: Floats = level_years * size * values["terminal_eur_per_year"]
    return cost


def _violence(run: RunTables, approaches: Floats, jobs_per_year: Floats) -> Floats:
    """Return the violence index, shape (months, ports): counted after the run, so that it feeds nothing back."""
    c, p = run.consignments, run.model.case.parameters.insiders
    ports = approaches.shape[1]
    at_port, in_record = c["place"] < ports, run.record_place < ports
    place, mass = np.where(at_port, c["place"], 0), c["mass_g"]
    closed, came = (np.where(c[name] >= 0, c[name] // 1440, -1) for name in ("closed_min", "discharge_min"))
    is_seized, is_landed = np.isin(c["fate"], SEIZED_AT_ENTRY), np.isin(c["fate"], LANDED)
    seized_g = run.monthly_sums(run.record_place, ports, closed, in_record & is_seized, mass)
    landed_g = run.monthly_sums(place, ports, closed, at_port & is_landed, mass)
    month_of_day = np.searchsorted(np.array(run.model.monthly.month), run.month_of_day)
    has_come = at_port & (came >= 0) & (came < run.model.day)
    contest = contest_by_month(
        month_of_day[came[has_come]], place[has_come], c["organisation"][has_come],
        approaches.shape, p.violence_half_life_days,
    )  # fmt: skip
    threats_per_year = p.intimidation_share * _MONTHS_A_YEAR * approaches
    return violence_index(seized_g, landed_g, threats_per_year, jobs_per_year, contest, p.violence_half_life_days)
