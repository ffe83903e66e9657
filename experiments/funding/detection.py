"""What equipment at a port finds, as the surrogate of the funding question reckons it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.levers.equipment import SECOND_LOOK
from experiments.funding.crew import crewed
from experiments.funding.question import Question
from experiments.funding.trials import Baseline
from scenarios.world import Floats, Ints
from sim.transhipment import recall

_MOST = 0.999
"""What selection finds at most, so that what else finds loads can be told apart from it."""


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """Probability that selection finds a load at each site, given what stands there; loads are hidden as now."""

    question: Question
    older_has_scanner: Floats
    """By site."""
    slots_per_scan: float
    boxes: Floats
    """At-risk boxes a year before the selection, by site."""
    separation: float
    search: float
    false_alarm: float
    tasked_share: float
    """Drug-tasked scans over all."""
    mix: Floats
    """Shares of methods."""
    older_image: Floats
    """Image detection by method of what stood there before."""
    scans_effect: float
    """Effect of scans on what is found, over what it would be by itself."""
    looks_effect: float
    """The same of second looks."""

    @staticmethod
    def of(question: Question, baseline: Baseline, scans_effect: float = 1.0, looks_effect: float = 1.0) -> Detection:
        """Return detection with the parameters of the question's case."""
        control, methods = question.base.parameters.control, question.base.parameters.methods
        entry = np.array([site.entry for site in question.sites], np.int64)
        up = control.scanner_mtbf_days / (control.scanner_mtbf_days + control.scanner_mttr_days)
        image = (
            methods.rip_on_image_detection, methods.in_cargo_image_detection,
            methods.in_structure_image_detection, methods.cooling_unit_image_detection,
        )  # fmt: skip
        tasked = control.utilisation * control.drug_tasked_share
        return Detection(
            question, baseline.has_scanner[entry], tasked * up, np.maximum(baseline.boxes[entry], 1.0),
            control.separation, control.search_detection, control.image_false_alarm, tasked,
            baseline.method_mix / baseline.method_mix.sum(), np.array(image), scans_effect, looks_effect,
        )  # fmt: skip

    def found(self, site: Ints, units: Ints, *, looks_at_all: bool = False) -> Floats:
        """Return what selection finds: recall x (image or second look) x search.

        Without a scanner a port searches what it would open if it scanned. Second looks see by themselves
        (`agents.kit.second_look`).

        Args:
            site: positions of sites, shape (rows,); a site may come more than once.
            units: bought there, shape (rows, offers).
            looks_at_all: whether sets of every type look again at all that is scanned for drugs: a bound.
        """
        older, checks = crewed(self.question, site, units)
        scans, shown = older.copy(), older[:, None] * self.older_image
        is_scanned = (self.older_has_scanner[site] > 0) & (older > 0)
        for offer, terms in enumerate(offer.terms for offer in self.question.offers):
            if terms.kind != SECOND_LOOK:
                scans += checks[:, offer]
                shown += checks[:, offer, None] * np.asarray(terms.detection)
                is_scanned |= checks[:, offer] > 0
        missed = np.ones((site.size, self.mix.size))
        tasked = np.where(is_scanned, scans * self.tasked_share, 0.0)
        for offer, terms in enumerate(offer.terms for offer in self.question.offers):
            if terms.kind == SECOND_LOOK:
                looked = np.ones(site.size)
                if not looks_at_all:
                    looked = np.divide(checks[:, offer], tasked, out=np.zeros(site.size), where=tasked > 0)
                seen = self.looks_effect * np.asarray(terms.detection)
                missed *= 1 - np.minimum(np.minimum(looked, 1.0)[:, None] * seen, 1.0)
        image = np.divide(shown, scans[:, None], out=np.zeros_like(shown), where=scans[:, None] > 0)
        seen_by_method = np.where(is_scanned[:, None], 1 - (1 - image) * missed, 1.0)
        effective = np.where(is_scanned, scans, scans * self.false_alarm)
        share = np.minimum(effective * self.slots_per_scan / self.boxes[site], 1.0)
        picked = recall(share, np.full(site.size, self.separation))
        found: Floats = np.minimum(self.scans_effect * self.search * picked * (seen_by_method @ self.mix), _MOST)
        return found
