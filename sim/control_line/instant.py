"""Order within one instant, for the SimPy engines.

SimPy handles events of one time in the order (priority, time of scheduling). A plain `simpy.Resource` hands a server on
inside the event that releases it, before other boxes of that instant have arrived. With times in whole minutes ties are
the rule, so the order is part of the definition: completions and changes of roster, then arrivals, then starts.
"""

from __future__ import annotations

import simpy
from simpy.events import EventPriority

COMPLETIONS = 1
"""Priority of SimPy's own timeouts."""
ARRIVALS = 2
STARTS = 3


class Instant(simpy.Event):
    """An event like `simpy.Timeout`, but with a priority within its instant."""

    def __init__(self, env: simpy.Environment, priority: int, delay: float = 0) -> None:
        """Happen `delay` from now, after all events of that time with a lower priority."""
        super().__init__(env)
        self._ok = True
        self._value = None
        # Any whole number sorts among the priorities; SimPy names only its own two.
        env.schedule(self, EventPriority(priority), delay)
