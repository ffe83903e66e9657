"""How well customs know each concealment method from what they have found lately; never from its true use."""

from __future__ import annotations

import numpy as np

from scenarios.parameters import MethodsParameters
from sim.codes import CONTAINER_METHODS
from sim.streams import Bools, Floats, Ints
from sim.targeting import mix_distance


def detectability(share: Floats, floor: float, scale_share: float) -> Floats:
    """Return how readable a method is that makes up ``share`` of recent finds: floor + (1 - floor) x / (x + scale).

    Assumption: image readers see best what they have seen before; rises with diminishing returns, never below the
    floor nor above one.
    """
    readable: Floats = floor + (1 - floor) * share / (share + scale_share)
    return readable


class Familiarity:
    """Finds of customs by authority and method, fading with age, and the mix of methods that counts as usual.

    Every authority knows its own finds; those that share know the finds of all of them, and are one reader with one
    usual mix. By share of finds, not by their number: more finds of every method alike teach nothing new, so growing
    supply brings no trend. The usual mix is that of the reader's finds up to the start of the analysis, whenever those
    who share begin to; there the factor is one, and it stays close to one for a reader with few finds.
    """

    def __init__(self, methods: MethodsParameters, authorities: int) -> None:
        """Start without finds."""
        self._methods = methods
        self.finds: Floats = np.zeros((authorities, CONTAINER_METHODS))
        self.lately: Floats = np.zeros_like(self.finds)
        """The same finds, fading sooner."""
        self._at_start: Floats = self.finds
        """Finds at the start of the analysis."""
        self._reader: Ints = np.arange(authorities)
        """By authority, the first of those with whom it shares."""
        self._trust: Floats | None = None
        """By authority, the weight of its reader's finds, the rest being that of an even mix."""
        self.reference: Floats | None = None
        """Usual mix by authority."""

    def observe(self, authorities_of_finds: Ints, methods_of_finds: Ints) -> None:
        """Add finds."""
        np.add.at(self.finds, (authorities_of_finds, methods_of_finds), 1.0)
        np.add.at(self.lately, (authorities_of_finds, methods_of_finds), 1.0)

    def fade(self, days: int) -> None:
        """Let finds age."""
        self.finds *= 0.5 ** (days / self._methods.detectability_half_life_days)
        self.lately *= 0.5 ** (days / self._methods.lately_half_life_days)

    def begin(self, is_sharing: Bools) -> None:
        """Let the analysis start: these authorities share their finds, and each reader's finds so far are usual.

        Args:
            is_sharing: by authority.
        """
        self._at_start = self.finds.copy()
        self._reader[is_sharing] = np.flatnonzero(is_sharing)[:1]
        self._trust, self.reference = self._usual()

    def pool(self, is_sharing: Bools) -> None:
        """Let these authorities share their finds from now on, and have one usual mix; that of nobody else changes.

        The first to share take all that they had found at the start of the analysis for usual; who comes later takes
        over the usual mix of the others.

        Args:
            is_sharing: by authority; who shared before still does.
        """
        if self.reference is None or self._trust is None:
            self.begin(is_sharing)
            return
        before = np.flatnonzero(np.bincount(self._reader, minlength=self._reader.size)[self._reader] > 1)
        members = np.flatnonzero(is_sharing)
        self._reader[members] = members[:1]
        trust, reference = (self._trust, self.reference) if before.size else self._usual()
        reader = before[:1] if before.size else members
        self._trust[members], self.reference[members] = trust[reader], reference[reader]

    def _usual(self) -> tuple[Floats, Floats]:
        """Return how much each reader's finds at the start of the analysis weigh, and the mix that is usual for it."""
        known = self._known(self._at_start, self._reader)
        total = known.sum(axis=1, keepdims=True)
        trust: Floats = total / (total + self._methods.detectability_prior_finds)
        mix = np.divide(known, total, out=np.full_like(known, 1 / CONTAINER_METHODS), where=total > 0)
        return trust, self._shrunk(mix, trust)

    @staticmethod
    def _known(finds: Floats, reader: Ints) -> Floats:
        """Return the finds that each authority knows of."""
        by_reader = np.zeros_like(finds)
        np.add.at(by_reader, reader, finds)
        known: Floats = by_reader[reader]
        return known

    def drift(self, is_pooling: Bools) -> Floats:
        """Return how far the mix of methods found lately is from that of all finds, by authority, 0 to 1.

        All finds stand beside a few of an even mix, and those of late beside as many of all finds, so that few tell
        little.

        Args:
            is_pooling: by authority, whether its finds count as one with those of the others that pool them.
        """
        reader, weight = np.arange(is_pooling.size), self._methods.detectability_prior_finds
        reader[is_pooling] = np.flatnonzero(is_pooling)[:1]
        usual, lately = (self._known(finds, reader) for finds in (self.finds, self.lately))
        usual = (usual + weight / CONTAINER_METHODS) / (usual.sum(axis=1, keepdims=True) + weight)
        lately = (lately + weight * usual) / (lately.sum(axis=1, keepdims=True) + weight)
        return mix_distance(lately, usual)

    @staticmethod
    def _shrunk(mix: Floats, trust: Floats) -> Floats:
        shrunk: Floats = trust * mix + (1 - trust) / CONTAINER_METHODS
        return shrunk

    def detection_factor(self) -> Floats:
        """Return the factor on image detection, shape (authorities, container methods); one before the analysis.

        Finds count as they did for the usual mix, with the same weight beside an even one, or a mix that stays the same
        would look like a change; fewer finds leave the usual mix more weight.
        """
        m = self._methods
        if self.reference is None or self._trust is None:
            return np.ones_like(self.finds)
        known, weight = self._known(self.finds, self._reader), m.detectability_prior_finds
        total = known.sum(axis=1, keepdims=True)
        seen = self._trust * known + (1 - self._trust) * total / CONTAINER_METHODS
        share = (seen + weight * self.reference) / (total + weight)
        now = detectability(share, m.detectability_floor, m.detectability_scale_share)
        factor: Floats = now / detectability(self.reference, m.detectability_floor, m.detectability_scale_share)
        return factor
