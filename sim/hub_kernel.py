"""At the hub: a transhipped box passes the selection of the port where it changes ships."""

# mypy: allow-untyped-defs, allow-untyped-calls
from __future__ import annotations

from sim.codes import Fate, Luck, Step, Trigger
from sim.compilation import kernel
from sim.detection_kernel import is_seen
from sim.terminal_kernel import close

_AT_HUB, _TARGETED, _SEARCH = int(Fate.SEIZED_HUB), int(Trigger.TARGETED), int(Step.SEARCH)
_U_HUB, _U_IMAGE, _U_SEARCH = int(Luck.HUB), int(Luck.IMAGE), int(Luck.SEARCH)
_DAY = 1440


@kernel
def pass_hubs(consignments, luck, passing, hub, hub_min, chance, has_scanner, detection):
    """Control consignments that pass their hub, and close those that are found.

    Image and search have the draws that they have at the port of entry: what is well hidden at the one is well hidden
    at the other.

    Args:
        consignments, luck: the table and its luck rows.
        passing: rows of lanes via a hub.
        hub, hub_min: of each lane, the port where it is transhipped and the minutes from departure to it.
        chance: by port, probability that a contaminated box which is transhipped there is selected.
        has_scanner: by port.
        detection: by port, image detection by method, its mass scale (kg), search detection; what passes is controlled
            against drugs, with a second look.
    """
    for i in passing:
        c = consignments[i]
        port = hub[c.lane]
        is_visible = not has_scanner[port] or is_seen(c, luck[i, _U_IMAGE], detection[port])
        if luck[i, _U_HUB] < chance[port] and is_visible and luck[i, _U_SEARCH] < detection[port, 5]:
            close(c, _AT_HUB, c.dispatch_day * _DAY + hub_min[c.lane], _TARGETED, _SEARCH)
