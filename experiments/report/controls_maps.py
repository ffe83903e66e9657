"""Maps of controls and of their effects on trade, by named port: before, after, difference."""

from __future__ import annotations

from experiments.report.cells import arm_cells, arm_columns, change_of
from experiments.report.compared import Compared, Sums, regrouped
from experiments.report.page import Block, Figure, Notice, Section, Table
from experiments.report.port_maps import MapWords, Spot, port_maps
from experiments.screen import number
from sim.clock import HOUR_MIN
from sim.streams import Floats


def controls_section(compared: Compared) -> Section:
    """Return the maps of controls and of trade delay."""
    texts = compared.texts
    blocks: list[Block] = [Notice(texts("missing.table", table="line_month"))]
    if compared.has("line_month"):
        # Thousands, so that the numbers of the legend are short.
        boxes = _by_port(compared.lines["drug_tasked_boxes"], 1000 * compared.years)
        hours = _by_port(compared.lines["delay_min"], HOUR_MIN * compared.years)
        blocks = [
            texts("maps.controls_intro"),
            _figure(compared, "controls-map", "maps.controls", boxes, 1),
            _figure(compared, "delay-map", "maps.delay", hours, 0),
        ]
    return Section("controls", texts("maps.controls_heading"), tuple(blocks))


def _by_port(sums: Sums, scale: float) -> dict[str, Floats]:
    by_port = regrouped(sums, lambda key: key[:1])
    return {str(place): values / scale for (place,), values in by_port.items()}


def _figure(compared: Compared, key: str, room: str, by_port: dict[str, Floats], digits: int) -> Figure:
    texts, world = compared.texts, compared.world
    spots, rows = [], []
    for row in sorted(range(len(world.entry.code)), key=lambda row: world.entry.code[row]):
        code = world.entry.code[row]
        values = by_port.get(code)
        if values is None or not values.any():
            continue
        change = change_of(values) if compared.has_contrast else None
        spots.append(Spot(
            float(world.entry.longitude[row]), float(world.entry.latitude[row]),
            float(values[0].mean()), float(values[-1].mean()),
            change.difference if change else 0.0, bool(change and change.is_resolved),
        ))  # fmt: skip
        rows.append((f"{compared.port_names[code]} ({code})", *arm_cells(values, digits)))
    unit = texts(f"{room}_unit")
    missing = len(world.entry.code) - len(spots)
    left_out = texts("maps.left_out", count=missing) if missing else texts("maps.none_left_out")
    sums = sum(by_port.values())
    about = texts(f"{room}_about", ports=len(spots), **_totals(compared, sums, digits, spots))
    words = MapWords(
        map_titles(compared), texts("maps.circles", unit=unit), texts("maps.triangles", unit=unit),
        *(texts(f"maps.{name}") for name in ("more", "less", "more_open", "less_open")),
    )  # fmt: skip
    return Figure(
        key, compared.titled(texts(f"{room}_title")), about, port_maps(spots, words),
        Table(compared.titled(texts(f"{room}_title")), arm_columns(compared, texts("maps.port"), unit), tuple(rows)),
        f"{texts('maps.reading') if compared.has_contrast else ''} {left_out}".strip(),
    )  # fmt: skip


def map_titles(compared: Compared) -> tuple[str, ...]:
    """Return the titles of the panels."""
    if not compared.has_contrast:
        return compared.labels
    before, after = compared.labels
    texts = compared.texts
    return texts("maps.before", arm=before), texts("maps.after", arm=after), texts("maps.difference")


def _totals(compared: Compared, sums: Floats | int, digits: int, spots: list[Spot]) -> dict[str, str]:
    means = [number(float(row.mean()), digits) for row in sums] if not isinstance(sums, int) else ["0"]
    return {
        "before": means[0],
        "after": means[-1],
        "more": str(sum(spot.is_resolved and spot.change > 0 for spot in spots)),
        "less": str(sum(spot.is_resolved and spot.change < 0 for spot in spots)),
    }
