"""How well customs know each concealment method from what they have found lately; never from its true use."""

from __future__ import annotations

import numpy as np

from scenarios.parameters import MethodsParameters
from sim.codes import CONTAINER_METHODS
from sim.streams import Floats, Ints


def detectability(share: Floats, floor: float, scale_share: float) -> Floats:
    """Return how readable a method is that makes up ``share`` of recent finds: floor + (1 - floor) x / (x + scale).

    Assumption: image readers see best what they have seen before; rises with diminishing returns, never below the
    floor nor above one.
    """
    readable: Floats = floor + (1 - floor) * share / (share + scale_share)
    return readable


class Familiarity:
    """Finds in EU container ports by method, fading with age, and the mix of methods that counts as usual.

    By share of finds, not by their number: more finds of every method alike teach nothing new, so growing supply
    brings no trend. The usual mix is that of the finds up to the start of the analysis; there the factor is one.
    """

    def __init__(self, methods: MethodsParameters) -> None:
        """Start without finds."""
        self._methods = methods
        self.finds: Floats = np.zeros(CONTAINER_METHODS)
        self.reference: Floats | None = None

    def observe(self, methods_of_finds: Ints) -> None:
        """Add finds."""
        np.add.at(self.finds, methods_of_finds, 1.0)

    def fade(self, days: int) -> None:
        """Let finds age."""
        self.finds *= 0.5 ** (days / self._methods.detectability_half_life_days)

    def begin(self) -> None:
        """Take the finds so far, with a few of an even mix, for the usual mix."""
        weight, total = self._methods.detectability_prior_finds, self.finds.sum()
        self.reference = (self.finds + weight / CONTAINER_METHODS) / (total + weight)
        # What is shrunk now must not come back later as a change.
        self.finds = total * self.reference

    def detection_factor(self) -> Floats:
        """Return the factor on the image detection of each container method; one before the analysis begins."""
        m = self._methods
        if self.reference is None:
            return np.ones(CONTAINER_METHODS)
        weight = m.detectability_prior_finds
        share = (self.finds + weight * self.reference) / (self.finds.sum() + weight)
        now = detectability(share, m.detectability_floor, m.detectability_scale_share)
        factor: Floats = now / detectability(self.reference, m.detectability_floor, m.detectability_scale_share)
        return factor
