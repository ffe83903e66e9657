"""Points that a design makes together, which are resampled together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.streams import Floats, Ints


@dataclass(frozen=True, slots=True)
class Members:
    """The points of each group, one after the other."""

    points: Ints
    starts: Ints
    sizes: Ints

    @staticmethod
    def of(groups: Ints) -> Members:
        """Return the members of groups with these numbers, of which some may be missing."""
        sizes = np.bincount(groups)
        sizes = sizes[sizes > 0]
        return Members(np.argsort(groups, kind="stable"), np.cumsum(sizes) - sizes, sizes)

    def vary(self, column: Floats) -> bool:
        """Return whether a factor has several values within a group."""
        first = np.repeat(column[self.points[self.starts]], self.sizes)
        return bool((column[self.points] != first).any())

    def resampled(self, uniforms: Floats) -> Ints:
        """Return the points of groups that are drawn with replacement, by a number for each point."""
        chosen = (uniforms[: self.sizes.size] * self.sizes.size).astype(np.int64)
        sizes = self.sizes[chosen]
        places = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return np.asarray(self.points[np.repeat(self.starts[chosen], sizes) + places], np.int64)

    def dealt(self, uniforms: Floats) -> Ints:
        """Return for each point one whose value it is dealt, all points of a group that of the same other group."""
        order = np.argsort(uniforms[: self.sizes.size])
        dealt = np.empty_like(self.points)
        dealt[self.points] = np.repeat(self.points[self.starts[order]], self.sizes)
        return dealt

    def dealt_within(self, uniforms: Floats) -> Ints:
        """Return for each point one of its own group whose value it is dealt."""
        group = np.repeat(np.arange(self.sizes.size), self.sizes)
        dealt = np.empty_like(self.points)
        dealt[self.points] = self.points[np.lexsort((uniforms, group))]
        return dealt
