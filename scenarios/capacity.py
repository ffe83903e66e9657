"""Baseline control capacity at the end of 2023: published where published, else in proportion to traffic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.parameters import ControlParameters
from scenarios.world import Bools, Floats, Ints

_SPARE_SCANS = 1000.0
"""Assumption: a port within 1,000 scans a year of a further fixed unit has that unit (Hamburg: one tunnel, 22,900)."""


@dataclass(frozen=True, slots=True)
class Units:
    """Scanners by port, shape (ports,)."""

    fixed: Ints
    mobile: Ints
    has_scanner: Bools


def usual_scans(throughput_teu: Floats, transhipment_share: Floats, control: ControlParameters) -> Floats:
    """Return the median scans a year of ports of this size (3.9 per 1,000 gateway TEU, 0.8 per 1,000 transhipped).

    Args:
        throughput_teu: TEU a year, shape (ports,).
        transhipment_share: share of TEU, shape (ports,).
        control: the two rates; sources in parameters.csv.
    """
    transhipped = throughput_teu * transhipment_share
    scans: Floats = (
        (throughput_teu - transhipped) * control.scans_per_1000_gateway_teu
        + transhipped * control.scans_per_1000_transhipped_teu
    ) / 1000.0
    return scans


def units_for(scans_per_year: Floats, control: ControlParameters) -> Units:
    """Return fixed and mobile units that would achieve these scans.

    Fixed units first: floor((C + 1,000) / scans of a fixed unit); the rest is rounded to whole mobile units. A port
    with at least ``manual_search_below_scans`` has one unit or more; a port below it has none and searches by hand.

    Args:
        scans_per_year: achieved scans C, shape (ports,).
        control: scans a year of a fixed and of a mobile unit, and the threshold.
    """
    has_scanner = scans_per_year >= control.manual_search_below_scans
    fixed = np.floor((scans_per_year + _SPARE_SCANS) / control.fixed_scans_per_year)
    rest = np.maximum(scans_per_year - fixed * control.fixed_scans_per_year, 0.0)
    mobile = np.floor(rest / control.mobile_scans_per_year + 0.5)
    mobile = np.where(fixed + mobile < 1, 1, mobile)
    return Units(
        np.where(has_scanner, fixed, 0).astype(np.int64),
        np.where(has_scanner, mobile, 0).astype(np.int64),
        np.asarray(has_scanner, dtype=np.bool_),
    )
