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
def pass_hubs(consignments, luck, at_sea, hub, hub_min, chance, has_scanner, detection, opens, closes):
    """Control consignments at sea that pass their hub in [opens, closes), and close those that are found.

    Image and search have the draws that they have at the port of entry: what is well hidden at the one is well hidden
    at the other.

    Args:
        consignments, luck: the table and its luck rows.
        at_sea: rows under way.
        hub, hub_min: of each lane, the port where it is transhipped (-1: none) and the minutes from departure to it.
        chance: by port, probability that a contaminated box which is transhipped there is selected.
        has_scanner: by port.
        detection: image detection by method, its mass scale (kg), search detection.
        opens, closes: minutes.
    """
    for i in at_sea:
        c = consignments[i]
        if c.lane < 0 or hub[c.lane] < 0:
            continue
        port, minute = hub[c.lane], c.dispatch_day * _DAY + hub_min[c.lane]
        if not opens <= minute < closes or luck[i, _U_HUB] >= chance[port]:
            continue
        is_visible = not has_scanner[port] or is_seen(c, luck[i, _U_IMAGE], detection)
        if is_visible and luck[i, _U_SEARCH] < detection[5]:
            close(c, _AT_HUB, minute, _TARGETED, _SEARCH)
