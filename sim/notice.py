"""Notice that customs give companies before a control, and what it does to the order in which boxes are fetched."""

from __future__ import annotations

import numpy as np

from sim.streams import Ints

_TIPPED = 0


def fetched_min(port: Ints, klass: Ints, arrival_min: Ints, ends_min: int) -> Ints:
    """Return the minute from which each box of a selection may be fetched, once the notice given with it has ended.

    Boxes that are there when it ends are released to the line one a minute and port, in the order of their discharge:
    all at one minute, the line would take them by their names. Tips are acted on without notice (assumption).

    Args:
        port: of each box, shape (boxes,).
        klass: 0 for tips, 1 for others.
        arrival_min: when each is discharged.
        ends_min: end of the notice.
    """
    fetched = arrival_min.copy()
    waiting = np.flatnonzero((klass != _TIPPED) & (arrival_min < ends_min))
    order = waiting[np.lexsort((arrival_min[waiting], port[waiting]))]
    rank = np.arange(order.size) - np.searchsorted(port[order], port[order])
    fetched[order] = ends_min + rank
    return fetched
