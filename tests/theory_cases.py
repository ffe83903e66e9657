"""Runs by which the model as a whole is held against theory, and the bounds by which that is judged."""

from __future__ import annotations

import dataclasses as dc
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import mesa
import numpy as np
from scipy.stats import t as student

from agents.model import WaterbedModel
from scenarios.case import Case
from scenarios.load_case import load_case
from sim.codes import Fate
from sim.streams import Floats

SEED = 1
YEAR = ("regime=frozen", "burn_in_start=2023-11-01", "horizon_years=1", "closing_days=60")
ALIKE = ("ESVLC", "ESALG", "ESBCN", "ITGOA")
"""Ports of one range with about as many at-risk boxes each (115 to 213 a day) and as many controls a box."""
SETTLED_DAYS = 120
"""Days after a change of controls from which flows are compared: effort is seen after 90 days."""


def alike(count: int) -> tuple[str, ...]:
    """Return settings of a world of that many ports alike, with all routes through them.

    Supply, price and who supplies do not react, so that what lands falls by interception alone; the supply of all
    Europe, in many lots of like mass, makes luck small.
    """
    return (
        f"world.entry_ports=[{','.join(ALIKE[:count])}]", "world.has_outside_routes=false", "world.supply_share=1",
        "switches.elastic_supply=false", "switches.price_feedback=false", "switches.perpetrator=false",
        "parameters.supply.lots_2023=3000", "parameters.supply.lot_log_sd=1.1", *YEAR,
    )  # fmt: skip


@lru_cache(maxsize=64)
def _case(settings: tuple[str, ...]) -> Case:
    return load_case(list(settings))


def play(
    settings: tuple[str, ...], replication: int, scale: Mapping[str, float], schedule: Sequence[int] = (),
    factor: float = 1.0,
) -> WaterbedModel:  # fmt: skip
    """Return a finished model.

    Args:
        settings: as on the command line.
        replication: the same number gives the same luck in every case.
        scale: factors on the drug-tasked capacity of ports, as ``scenario.capacity_scale``.
        schedule: the port whose capacity is multiplied by ``factor`` in each month from the start on; later nobody's.
        factor: of the schedule.
    """
    case = _case(settings)
    case = dc.replace(case, scenario=dc.replace(case.scenario, capacity_scale=dict(scale)))
    model = WaterbedModel(case, SEED, replication)
    try:
        month = 0
        while schedule and model.day < model.window_end_day:
            if model.day >= model.start_day and model.clock.date(model.day).day == 1:
                _strengthen(model, schedule[month], factor)
                month += 1
            model.step()
        model.run_to_end()
        return model
    finally:
        # Mesa 3.3 keeps every model in a dictionary of the Agent class; later versions have no such entry.
        getattr(mesa.Agent, "_ids", {}).pop(model, None)


def _strengthen(model: WaterbedModel, port: int, factor: float) -> None:
    """Multiply the drug-tasked capacity of one port, and of it alone, from this midnight on."""
    scale = model.enforcement.posture.capacity_scale
    scale[:] = 1.0
    scale[port] = factor
    model.enforcement.fleet.apply(model.physical, scale, model.enforcement.posture.kit_false_alarm)


def landed_t(model: WaterbedModel, from_day: int = SETTLED_DAYS) -> float:
    """Return tonnes landed of the lots that arrived in the window, from that many days after its beginning on."""
    return float(_by_place(model, from_day, is_landed=True).sum())


def dispatched_t(model: WaterbedModel, from_day: int = SETTLED_DAYS) -> Floats:
    """Return tonnes dispatched to each place of the same lots."""
    return _by_place(model, from_day, is_landed=False)


def _by_place(model: WaterbedModel, from_day: int, is_landed: bool) -> Floats:
    parcels, consignments = model.traffickers.parcels.rows, model.physical.consignments
    arrival, row = model.lots["arrival_day"][parcels["lot"]], parcels["consignment"]
    counts = (arrival >= model.start_day + from_day) & (arrival < model.window_end_day)
    if is_landed:
        counts &= consignments["fate"][row] == Fate.DELIVERED
    places = len(model.world.place_code)
    # Whole grams add up exactly, in any order.
    grams = np.bincount(consignments["place"][row[counts]], parcels["mass_g"][counts], places)
    tonnes: Floats = grams / 1e6
    return tonnes


# ---- bounds --------------------------------------------------------------------------------------------------------


def half_width(values: Floats, level: float = 0.95) -> float:
    """Return how far a one-sided bound on the mean is from it (Student's t)."""
    error = values.std(ddof=1) / math.sqrt(values.size)
    return float(student.ppf(level, values.size - 1) * error)


def lower(values: Floats) -> float:
    """Return the lower one-sided 95 % bound on the mean."""
    return float(values.mean()) - half_width(values)


def upper(values: Floats) -> float:
    """Return the upper one-sided 95 % bound on the mean."""
    return float(values.mean()) + half_width(values)


def said(values: Floats) -> str:
    """Return mean and standard error as text."""
    return f"{values.mean():.2f} (se {values.std(ddof=1) / math.sqrt(values.size):.2f})"
