"""The interception anchor: uncertain quantities that few observations tie together are drawn together.

Whoever moves one of them moves the others (docs/consistency.md has the arithmetic): interception, tips, detection and
the share of scans against drugs fix how much was sent, how much landed and how good the selection must have been.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri

from experiments.screen import magnitude
from scenarios.build_world import build_world
from scenarios.case import GoodSpec, WorldSpec
from scenarios.parameter_table import make_parameters, parameter_rows
from scenarios.parameters import Parameters
from scenarios.priors import Prior, uncertain_parameters, value_of

INTERCEPTION = "tips.anchor_interception"
TIP_SHARE = "tips.share_of_finds"
DRUG_TASKED = "control.drug_tasked_share"
SEARCH = "control.search_detection"
GATEWAY_SCANS = "control.scans_per_1000_gateway_teu"
RELATIVE_LOTS = "supply.lots_2023 at default supply"
"""Lots before they grow with supply: an input of the anchor, not a parameter."""
IMAGE = "methods.*_image_detection"
"""Mean image detection of the four methods: an input of the anchor, not a parameter."""
IMAGE_PRIOR = Prior(0.3, 0.8)
"""Arithmetic of docs/consistency.md; no published figure was found (equipment.csv EQ114 is a gap)."""
METHODS = tuple(
    f"methods.{method}_image_detection" for method in ("rip_on", "in_cargo", "in_structure", "cooling_unit")
)
SUPPLY, LOTS, LANDED = "supply.mass_2023_t", "supply.lots_2023", "market.landed_2023_t"
SEPARATION = "control.separation"
FOLLOWING = (SUPPLY, LOTS, LANDED, SEPARATION, *METHODS)
"""Parameters that the anchor sets; no input moves one of them alone."""
MOST_RECALL = 0.95
"""Draws above it are refused: no selection finds all (docs/consistency.md)."""
PRACTITIONER_INTERCEPTION = 0.15
"""An opinion often heard of practitioners (5 to 20 %), outside what the mass balance of the Union allows."""
FINDS_2023 = 520.0
"""About 480 to 560 finds in EU container ports in 2023 (docs/consistency.md)."""


def recall(interception: float, tip_share: float, detection: float) -> float:
    """Return the share of contaminated boxes that selection picks: q = r (1 - tau) / T.

    Args:
        interception: finds over contaminated consignments, r.
        tip_share: share of finds that a tip led to, tau.
        detection: image detection times search detection, T.
    """
    return interception * (1 - tip_share) / detection


def separation(share_picked: float, share_scanned: float) -> float:
    """Return d' = Phi^-1(q) + Phi^-1(1 - s) (equal-variance normal model of signal detection).

    Args:
        share_picked: of contaminated boxes, q.
        share_scanned: of at-risk boxes, s.
    """
    return float(ndtri(share_picked) + ndtri(1 - share_scanned))


def contaminated(finds: float, interception: float) -> float:
    """Return the contaminated consignments, or the tonnes, behind what was found: M = D / r."""
    return finds / interception


def landed_mass(seized_at_entry: float, interception: float) -> float:
    """Return what landed where this much was seized: (1 - r) D / r."""
    return contaminated(seized_at_entry, interception) - seized_at_entry


@dataclass(frozen=True, slots=True)
class Observed:
    """Tonnes of 2023 that do not depend on the interception share: they follow from the table's defaults.

    At the default interception they give back the default supply and the default landed mass. That seizures at
    departure and losses stay the same whatever the interception share at entry is an assumption.
    """

    seized_at_entry_t: float
    departure_and_losses_t: float

    @staticmethod
    def from_defaults() -> Observed:
        """Return the masses that the defaults imply: D = landed r / (1 - r), and the rest of the supply."""
        p = make_parameters()
        r = p.tips.anchor_interception
        seized = p.market.landed_2023_t * r / (1 - r)
        return Observed(seized, p.supply.mass_2023_t - contaminated(seized, r))

    def supply_t(self, interception: float) -> float:
        """Return supply at departure: seizures at entry over r, plus seizures at departure and losses."""
        return contaminated(self.seized_at_entry_t, interception) + self.departure_and_losses_t

    def landed_t(self, interception: float) -> float:
        """Return what landed."""
        return landed_mass(self.seized_at_entry_t, interception)


@dataclass(frozen=True, slots=True)
class Effort:
    """Baseline scans a year and at-risk boxes a year of the EU ports of a world."""

    published_scans: float
    """Scans that do not depend on the assumed rate: published, and for transhipped boxes."""
    scans_per_rate: float
    """Further scans for each scan per 1,000 gateway TEU."""
    at_risk_boxes: float

    @staticmethod
    def of(world: WorldSpec, parameters: Parameters, good: GoodSpec) -> Effort:
        """Return the effort of a world; scans are linear in the assumed rate, so two worlds tell all."""
        scans, rates = [], []
        row = parameter_rows()[GATEWAY_SCANS]
        for rate in (row.low, row.high):
            control = dc.replace(parameters.control, scans_per_1000_gateway_teu=rate)
            built = build_world(world, dc.replace(parameters, control=control), good)
            scans.append(float(built.entry.scans_per_year[built.entry.is_eu].sum()))
            rates.append(rate)
        slope = (scans[1] - scans[0]) / (rates[1] - rates[0])
        boxes = float(built.at_risk_boxes[built.entry.is_eu].sum())
        return Effort(scans[0] - slope * rates[0], slope, boxes)

    def share_scanned(self, drug_tasked_share: float, rate: float) -> float:
        """Return the share of at-risk boxes scanned against drugs: s = phi K / N."""
        return drug_tasked_share * (self.published_scans + self.scans_per_rate * rate) / self.at_risk_boxes


def anchor_priors() -> dict[str, Prior]:
    """Return the priors of the inputs that the anchor ties together."""
    table = uncertain_parameters()
    tied = (INTERCEPTION, TIP_SHARE, DRUG_TASKED, SEARCH, GATEWAY_SCANS)
    return {**{name: table[name] for name in tied}, IMAGE: IMAGE_PRIOR, RELATIVE_LOTS: table[LOTS]}


def input_unit(name: str) -> str:
    """Return the unit of an input of the anchor or of a parameter."""
    return {IMAGE: "1", RELATIVE_LOTS: "lots/yr"}.get(name) or parameter_rows()[name].unit


def image_detections(parameters: Parameters, mean: float) -> dict[str, float]:
    """Return the image detection of each method for a mean over methods, in proportion to its value here.

    All are multiplied by the factor that gives the mean after the table's bounds cut them. The four methods weigh
    alike, as authorities reckon; weighted by the mass that the default run hides in each, the mean is within .04
    (assumption that it stays so).

    Args:
        parameters: whose proportions are kept.
        mean: between the bounds.
    """
    rows = parameter_rows()
    usual = np.array([value_of(parameters, name) for name in METHODS])
    low, high = (np.array([getattr(rows[name], end) for name in METHODS]) for end in ("low", "high"))

    def excess(factor: float) -> float:
        return float(np.clip(factor * usual, low, high).mean()) - mean

    if abs(excess(1.0)) < 1e-12:
        factor = 1.0
    else:
        factor = float(brentq(excess, (low / usual).min(), (high / usual).max(), xtol=1e-14))
    return dict(zip(METHODS, np.clip(factor * usual, low, high).tolist(), strict=True))


def mean_image_detection(parameters: Parameters) -> float:
    """Return the mean image detection of the four methods."""
    return float(np.mean([value_of(parameters, name) for name in METHODS]))


@dataclass(frozen=True, slots=True)
class Anchored:
    """What the anchor makes of its inputs."""

    values: dict[str, float]
    """Parameters by dotted name, the inputs among them."""
    recall: float
    refusal: str
    """Why the inputs do not fit together, or nothing."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The arithmetic for one world, and how far a case departs from it."""

    observed: Observed
    effort: Effort
    proportions: Parameters
    """Whose image detections are scaled."""
    supply_factor: float = 1.0
    landed_factor: float = 1.0
    separation_shift: float = 0.0

    @staticmethod
    def of(world: WorldSpec, parameters: Parameters, good: GoodSpec) -> Anchor:
        """Return the anchor that draws from the priors use."""
        return Anchor(Observed.from_defaults(), Effort.of(world, parameters, good), parameters)

    def through(self, parameters: Parameters) -> Anchor:
        """Return the anchor moved so that it gives these parameters at their own inputs: changes start from them."""
        here = self.values(anchor_inputs(parameters)).values
        return dc.replace(
            self,
            supply_factor=parameters.supply.mass_2023_t / here[SUPPLY],
            landed_factor=parameters.market.landed_2023_t / here[LANDED],
            separation_shift=parameters.control.separation - here[SEPARATION],
        )

    def values(self, inputs: Mapping[str, float]) -> Anchored:
        """Return the parameters that the inputs imply, and whether they fit together.

        Args:
            inputs: by name, those of `anchor_priors`.
        """
        rows = parameter_rows()
        r, image = inputs[INTERCEPTION], inputs[IMAGE]
        picked = recall(r, inputs[TIP_SHARE], image * inputs[SEARCH])
        scanned = self.effort.share_scanned(inputs[DRUG_TASKED], inputs[GATEWAY_SCANS])
        supply = self.supply_factor * self.observed.supply_t(r)
        values = {
            **{name: inputs[name] for name in anchor_priors() if name in rows},
            SUPPLY: supply,
            LANDED: self.landed_factor * self.observed.landed_t(r),
            LOTS: float(round(inputs[RELATIVE_LOTS] * supply / rows[SUPPLY].default)),
            SEPARATION: separation(picked, scanned) + self.separation_shift,
            **image_detections(self.proportions, image),
        }
        return Anchored(values, picked, _refusal(values, picked, scanned))

    def lots_quantile(self, interception: float, uniform: float) -> float:
        """Return lots at the default supply, drawn so that lots at the supply implied stay within the table's bounds.

        The prior is uniform, and so is what the bounds leave of it.
        """
        row, prior = parameter_rows()[LOTS], uncertain_parameters()[LOTS]
        ratio = self.observed.supply_t(interception) / parameter_rows()[SUPPLY].default
        low, high = max(prior.low, row.low / ratio), min(prior.high, row.high / ratio)
        return low + (high - low) * uniform


def anchor_inputs(parameters: Parameters) -> dict[str, float]:
    """Return the inputs at which the anchor has these parameters."""
    ratio = parameters.supply.mass_2023_t / parameter_rows()[SUPPLY].default
    derived = {IMAGE: mean_image_detection(parameters), RELATIVE_LOTS: parameters.supply.lots_2023 / ratio}
    return {name: derived[name] if name in derived else value_of(parameters, name) for name in anchor_priors()}


def _refusal(values: Mapping[str, float], picked: float, scanned: float) -> str:
    """Return why values do not fit together; a recall of 1 or more, which has no separation, comes first."""
    rows = parameter_rows()
    if picked > MOST_RECALL:
        return f"recall above {MOST_RECALL:g}"
    if not 0 < scanned < 1:
        return "scans exceed at-risk boxes"
    for name, words in (
        (SEPARATION, "separation d'"), (SUPPLY, "supply"), (LANDED, "landed mass"), (LOTS, "lots"),
        (INTERCEPTION, "interception share"),
    ):  # fmt: skip
        if not rows[name].low <= values[name] <= rows[name].high:
            return f"{words} outside {magnitude(rows[name].low)} to {magnitude(rows[name].high)}"
    return ""


@dataclass(frozen=True, slots=True)
class Practitioner:
    """What an interception share of .15 implies, all else at the defaults; never part of a prior."""

    interception: float
    supply_t: float
    landed_t: float
    contaminated: float
    usual_contaminated: float
    separation: float
    refusal: str

    @staticmethod
    def of(anchor: Anchor, parameters: Parameters) -> Practitioner:
        """Return what the anchor implies at that share."""
        inputs = {**anchor_inputs(parameters), INTERCEPTION: PRACTITIONER_INTERCEPTION}
        implied = anchor.values(inputs)
        return Practitioner(
            PRACTITIONER_INTERCEPTION,
            implied.values[SUPPLY],
            implied.values[LANDED],
            contaminated(FINDS_2023, PRACTITIONER_INTERCEPTION),
            contaminated(FINDS_2023, parameters.tips.anchor_interception),
            implied.values[SEPARATION],
            implied.refusal,
        )
