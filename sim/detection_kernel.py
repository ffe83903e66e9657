"""Whether the image of a scanned box shows its load."""

# mypy: allow-untyped-defs, allow-untyped-calls
from __future__ import annotations

import math

from sim.compilation import kernel


@kernel
def is_seen(c, u, detection):
    """Return whether the image shows a load: with the method's probability, which grows with the mass in a box.

    Args:
        c: consignment.
        u: its uniform for images.
        detection: image detection by method, then the mass scale (kg) of 1 - exp(-mass / scale).
    """
    mass_kg = c.mass_g / 1000.0 / c.boxes
    visible = 1.0 - math.exp(-mass_kg / detection[4]) if detection[4] > 0.0 else 1.0
    return u < detection[c.method] * visible
