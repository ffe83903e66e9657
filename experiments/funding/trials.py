"""What the surrogate of the funding question is made from: the world without a grant, and simulated portfolios."""

from __future__ import annotations

from dataclasses import dataclass

from scenarios.world import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """The world without any grant, a year of the window in which portfolios are compared, mean over replications.

    Ports are the entry ports of the world, ranges its port ranges in the order of `scenarios.world.Coasts`.
    """

    ranges: tuple[str, ...]
    range_of_port: Ints
    """Shape (ports,)."""
    country: tuple[str, ...]
    """Of each port."""
    counts: Floats
    """1 for a port where landing counts (in the EU), else 0; shape (ports,)."""
    coast_counts: Floats
    """The same for what lands outside the terminals of each range; shape (ranges,)."""
    arriving_t: Floats
    """Tonnes a year bound for each port; shape (ports,)."""
    loss: Floats
    """Share of them that does not land; shape (ports,)."""
    coast_arriving_t: Floats
    """Tonnes a year bound for places outside the terminals of each range; shape (ranges,)."""
    coast_loss: Floats
    """Share of them that does not land; shape (ranges,)."""
    method_mix: Floats
    """Shares of methods in what arrives in containers, in the order of `sim.codes.Method`; shape (4,)."""
    has_scanner: Floats
    """1 where boxes are scanned before they are searched, else 0; shape (ports,)."""
    boxes: Floats
    """At-risk boxes a year before the selection, transhipped ones among them; shape (ports,)."""
    price_eur_per_kg: float
    """Wholesale price."""

    @property
    def landed_t(self) -> float:
        """Return tonnes a year that land where it counts."""
        ports = self.counts * self.arriving_t * (1 - self.loss)
        coasts = self.coast_counts * self.coast_arriving_t * (1 - self.coast_loss)
        return float(ports.sum() + coasts.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A simulated portfolio against the baseline, under common random numbers."""

    units: Ints
    """Shape (sites, offers)."""
    kept_off_t: float
    """Tonnes a year less landed where it counts, mean over replications; negative if more lands."""
    error_t: float
    """Standard error of that mean, more than zero."""
    by_range_t: Floats | None = None
    """The same by range, ports and coast together; shape (ranges,)."""
    by_range_error_t: Floats | None = None
    loss_more: Floats | None = None
    """By how much a larger share is lost at each port; not a number where nothing arrives; shape (ports,)."""
    loss_more_error: Floats | None = None
    arriving_more_t: Floats | None = None
    """Tonnes a year more bound for the ports of each range, and then for its coast; shape (2 ranges,)."""
    arriving_more_error_t: Floats | None = None
