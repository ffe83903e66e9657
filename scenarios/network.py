"""The full network of a good, fitted once: totals of all ports, link prior, anchors and lane volumes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from scenarios.anchors import anchor_boxes, departure_group, fitted_blocks
from scenarios.assumptions import Assumptions
from scenarios.case import GoodSpec
from scenarios.errors import InputError
from scenarios.goods import OwnPort, good_assumptions, good_reference, load_good_data
from scenarios.hubs import MEDITERRANEAN, feeder_km, least_detour
from scenarios.imputation import Figure, Throughput, impute_teu, nearest_year
from scenarios.lanes import Block, anchored_columns, drop_thin_lanes, fit_lanes, lift_totals
from scenarios.reference import DATA, Port, Reference
from scenarios.world import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Network:
    """All ports and lanes, in the order of the gazetteers; matrices have shape (departure ports, entry ports)."""

    reference: Reference
    assumptions: Assumptions
    entry: Throughput
    departure: Throughput
    entry_transhipment: Floats
    entry_transhipment_is_imputed: Bools
    gateway_laden_boxes: Floats
    import_boxes: Floats
    row_totals: Floats
    column_totals: Floats
    blocks: tuple[Block, ...]
    is_direct: Bools
    boxes: Floats
    transit_days: Floats
    sea_km: Floats
    hub: Ints
    """Entry port where boxes of the lane would change ships, by row."""
    hub_way_share: Floats
    """Share of the way that lies before that hub."""
    assumed_totals: tuple[tuple[str, float, str], ...]


@lru_cache(maxsize=8)
def fit_network(boxes_per_teu: float, good: GoodSpec, data: Path = DATA) -> Network:
    """Fit the lanes of the full network.

    Args:
        boxes_per_teu: boxes per TEU of throughput.
        good: whose departure ports the lanes start from.
        data: directory of the reference data and assumptions.

    Raises:
        InputError: the data are damaged, or the totals and anchors contradict each other.
    """
    reference, assumptions = good_reference(good, data), good_assumptions(good, data)
    entry = _throughput(reference.entry_ports, reference.entry_figures, assumptions)
    entry_codes = [port.unlocode for port in reference.entry_ports]
    departure_codes = [port.unlocode for port in reference.departure_ports]
    inward, inward_is_imputed = _transhipment(reference.entry_figures, entry_codes, assumptions)

    one_way = assumptions.margin("one_way_share").value
    import_boxes = entry.teu * one_way * boxes_per_teu
    laden_boxes = import_boxes * _margins(assumptions, "laden_import_share", entry_codes)
    gateway_laden_boxes = laden_boxes * (1 - inward)

    own = load_good_data(good, data).ports
    exports = _own_exports(own, boxes_per_teu) if own else _exports(reference, assumptions, boxes_per_teu)
    row_totals = exports.boxes

    by_departure, by_entry = _link_lists(reference, assumptions)
    links = (by_departure + by_entry) / 2
    floor = assumptions.margin("prior_floor").value
    listed_share = row_totals @ links / row_totals.sum()
    transhipped_at_risk = laden_boxes * inward * assumptions.margin("transhipped_at_risk_share").value
    weights = (gateway_laden_boxes + transhipped_at_risk) * (floor + listed_share)
    unanchored_columns = lift_totals(
        weights / weights.sum() * row_totals.sum(), assumptions.margin("least_boxes_per_port").value
    )

    blocks = fitted_blocks(reference, assumptions, boxes_per_teu)
    unanchored = fit_lanes(links + floor, row_totals, unanchored_columns)
    column_totals = anchored_columns(unanchored, blocks)
    fitted = fit_lanes(links + floor, row_totals, column_totals, blocks)
    boxes = drop_thin_lanes(fitted, row_totals, column_totals, blocks, assumptions.margin("least_boxes_per_year").value)
    _check_room(entry_codes, column_totals, import_boxes, good)
    transit_days, sea_km = _distances(reference)
    return Network(
        reference, assumptions, entry, exports.throughput, inward, inward_is_imputed,
        gateway_laden_boxes, import_boxes, row_totals, column_totals, blocks,
        (by_departure + by_entry) > 0, boxes,
        transit_days + assumptions.margin("intermediate_calls_days").value, sea_km,
        *_hubs(reference, assumptions, sea_km, inward),
        (
            *((f"from {code}", float(boxes), why) for code, boxes, why in zip(
                departure_codes, row_totals, exports.reasons, strict=True)),
            *_entry_reasons(
                entry_codes, entry, inward_is_imputed, column_totals, blocks, assumptions,
                "share of all boxes in proportion to traffic" if own else "share at risk from links",
            ),
        ),
    )  # fmt: skip


def _hubs(reference: Reference, assumptions: Assumptions, sea_km: Floats, transhipment: Floats) -> tuple[Ints, Floats]:
    ports = reference.entry_ports
    is_mediterranean = np.array([assumptions.ranges[port.unlocode].port_range in MEDITERRANEAN for port in ports])
    feeder = feeder_km(np.array([port.lat for port in ports]), np.array([port.lon for port in ports]), is_mediterranean)
    is_hub = transhipment >= assumptions.margin("hub_from_transhipment_share").value
    if is_hub.sum() < 2:
        raise InputError(
            f"{assumptions.path / 'lane_margins.csv'}, hub_from_transhipment_share: {int(is_hub.sum())} entry ports "
            "tranship so much; allowed: two hubs or more."
        )
    return least_detour(sea_km, feeder, is_hub)


@dataclass(frozen=True, slots=True)
class _Exports:
    """Departure ports: throughput, boxes a year to Europe at risk, and why they are what they are."""

    throughput: Throughput
    boxes: Floats
    reasons: tuple[str, ...]


def _exports(reference: Reference, assumptions: Assumptions, boxes_per_teu: float) -> _Exports:
    """Return the exports of the gazetteer: throughput times shares, scaled to published totals."""
    codes = [port.unlocode for port in reference.departure_ports]
    throughput = _throughput(reference.departure_ports, reference.departure_figures, assumptions)
    outward, outward_is_imputed = _transhipment(reference.departure_figures, codes, assumptions)
    regions = [assumptions.regions[code].region for code in codes]
    boxes = (
        throughput.teu * (1 - outward) * assumptions.margin("one_way_share").value * boxes_per_teu
        * _margins(assumptions, "laden_export_share", regions)
        * _margins(assumptions, "europe_share", regions)
    )  # fmt: skip
    for anchor in assumptions.anchors:
        if anchor.use == "row_total":
            rows = departure_group(anchor, reference, assumptions)
            boxes[rows] *= anchor_boxes(anchor, assumptions, boxes_per_teu) / boxes[rows].sum()
    return _Exports(throughput, boxes, _departure_reasons(throughput, outward_is_imputed, reference, assumptions))


def _own_exports(ports: Sequence[OwnPort], boxes_per_teu: float) -> _Exports:
    """Return the exports of the ports that a good brings: what its file says."""
    boxes = np.array([port.boxes_per_year for port in ports])
    words = ("boxes a year to Europe are those in the file of the good",) * len(ports)
    throughput = Throughput(boxes / boxes_per_teu, np.ones(len(ports), dtype=np.bool_), words)
    return _Exports(throughput, boxes, words)


def _throughput(ports: Sequence[Port], figures: Sequence[Figure], assumptions: Assumptions) -> Throughput:
    derived = {code: row.teu for code, row in assumptions.derived_teu.items()}
    return impute_teu(ports, nearest_year(figures, "teu"), derived, assumptions.margin("no_figure_quantile").value)


def _check_room(codes: list[str], boxes: Floats, import_boxes: Floats, good: GoodSpec) -> None:
    for code, at_risk, most in zip(codes, boxes, import_boxes, strict=True):
        if at_risk > most:
            raise InputError(
                f"good {good.name}: {at_risk:,.0f} boxes a year at risk to {code}; allowed: at most the {most:,.0f} "
                "boxes that it discharges, so give the departure ports fewer boxes a year."
            )


def _transhipment(figures: Sequence[Figure], codes: list[str], assumptions: Assumptions) -> tuple[Floats, Bools]:
    published = nearest_year(figures, "transshipment_share")
    shares = [
        published[code][0] if code in published else assumptions.margin("transhipment_share", code).value
        for code in codes
    ]
    return np.array(shares), np.array([code not in published for code in codes])


def _margins(assumptions: Assumptions, quantity: str, keys: list[str]) -> Floats:
    return np.array([assumptions.margin(quantity, key).value for key in keys])


def _link_lists(reference: Reference, assumptions: Assumptions) -> tuple[Floats, Floats]:
    rows = {port.unlocode: row for row, port in enumerate(reference.departure_ports)}
    columns = {port.unlocode: column for column, port in enumerate(reference.entry_ports)}
    by_departure = np.zeros((len(rows), len(columns)))
    by_entry = by_departure.copy()
    for link in reference.links:
        cell = rows[link.origin_unlocode], columns[link.dest_unlocode]
        by_departure[cell], by_entry[cell] = link.origin_lists_dest_country, link.dest_lists_origin_country
    # A port without any list says nothing about its links: the list of the other port stands for both.
    for code, column in columns.items():
        if assumptions.margin("has_no_list", code).value:
            by_entry[:, column] = by_departure[:, column]
    for code, row in rows.items():
        if assumptions.margin("has_no_list", code).value:
            by_departure[row] = by_entry[row]
    return by_departure, by_entry


def _distances(reference: Reference) -> tuple[Floats, Floats]:
    rows = {port.unlocode: row for row, port in enumerate(reference.departure_ports)}
    columns = {port.unlocode: column for column, port in enumerate(reference.entry_ports)}
    days = np.full((len(rows), len(columns)), np.nan)
    km = days.copy()
    for way in reference.distances:
        cell = rows[way.origin_unlocode], columns[way.dest_unlocode]
        days[cell], km[cell] = way.sailing_days_at_16kn, way.sea_km
    if np.isnan(km).any():
        row, column = np.argwhere(np.isnan(km))[0]
        pair = f"{reference.departure_ports[row].unlocode}, {reference.entry_ports[column].unlocode}"
        raise InputError(f"sea_distances.csv: no row for {pair}; allowed: one row for every pair of ports.")
    return days, km


def _departure_reasons(
    throughput: Throughput, is_imputed: Bools, reference: Reference, assumptions: Assumptions
) -> tuple[str, ...]:
    anchored = {}
    for anchor in assumptions.anchors:
        if anchor.use == "row_total":
            for row in np.flatnonzero(departure_group(anchor, reference, assumptions)):
                anchored[int(row)] = f"scaled to the published total '{anchor.anchor}'"
    return tuple(
        f"{origin}; transhipment {'assumed' if is_imputed[row] else 'published'};"
        f" laden export share assumed; {anchored.get(row, 'share bound for Europe assumed')}"
        for row, origin in enumerate(throughput.origin)
    )


def _entry_reasons(
    codes: list[str], throughput: Throughput, is_imputed: Bools, totals: Floats, blocks: tuple[Block, ...],
    assumptions: Assumptions, share: str,
) -> list[tuple[str, float, str]]:  # fmt: skip
    anchored = {block.column: f"; of which published {block.boxes:,.0f} ({block.name})" for block in blocks}
    reasons = []
    for column, code in enumerate(codes):
        laden = "assumed" if ("laden_import_share", code) not in assumptions.margins else "published"
        reasons.append(
            (
                f"to {code}",
                float(totals[column]),
                f"{throughput.origin[column]}; transhipment {'assumed' if is_imputed[column] else 'published'};"
                f" laden share {laden}; {share}{anchored.get(column, '')}",
            )
        )
    return reasons
