"""Addressed randomness: (seed, replication, stream name, epoch, entity) names every uniform; nothing is drawn in order.

Key = blake2b(seed | replication | stream); counter = (block, entity, epoch, 0) of Philox4x64-10. Switching something
on that has no effect therefore changes no other draw, bit for bit.
"""

from __future__ import annotations

from enum import StrEnum, unique
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Key = npt.NDArray[np.uint64]


@unique
class Stream(StrEnum):
    """Every stream of the project; never derived from class or module names."""

    LOT = "supply.lot"
    LOT_STRATUM = "supply.lot.stratum"
    SLOT_HOME = "supply.slot.home"
    SLOT_HOLDER = "organisation.slot.holder"
    ORGANISATION = "organisation.traits"
    KNOWN_ROUTES = "organisation.routes.known"
    EXPLORATION = "organisation.routes.explored"
    FOOTHOLD = "organisation.foothold"
    FOOTHOLD_LOSS = "organisation.foothold.loss"
    COOPERATION = "organisation.cooperation"
    HOLDING = "organisation.holding"
    TAKEOVER = "organisation.takeover"
    TRAFFIC_ERROR = "organisation.belief.traffic"
    POSTURE_NOISE = "organisation.belief.posture"
    THOMPSON = "organisation.belief.thompson"
    ROUTE_CHOICE = "organisation.route.choice"
    ROUTE_NEST = "organisation.route.nest"
    LUCK = "consignment.luck"
    SAILING = "shipping.sailing"
    CLEAN_SCORE = "control.clean.score"
    CLEAN_BOX = "control.clean.box"
    BACKGROUND_BOX = "control.background.box"
    BREAKDOWN = "control.scanner.breakdown"
    REPORT = "insider.report"
    PRACTICE = "control.practice"
    REPORTED = "insider.report.job"
    REPORT_LINK = "case.link.report"
    LINK = "case.link.consignment"
    CASE_OUTCOME = "case.outcome"
    DISRUPTION = "organisation.disruption"
    ARREST_FOOTHOLD = "organisation.disruption.foothold"
    ROTATION = "control.unit.rotation"
    SURGE_DATE = "control.surge.date"
    SURGE_PORT = "control.surge.port"
    SURROGATE = "authority.surrogate"
    BOOTSTRAP = "analysis.bootstrap"
    PRIOR_DRAW = "analysis.prior.draw"
    DESIGN = "analysis.design"


class Streams:
    """The uniforms of one replication, by address."""

    def __init__(self, seed: int, replication: int) -> None:
        """Fix the seed and the replication; they are mixed, never added."""
        self.seed = seed
        self.replication = replication

    def key(self, stream: Stream) -> Key:
        """Return the Philox key of a stream, two 64-bit words."""
        text = f"{self.seed}|{self.replication}|{stream.value}"
        return np.frombuffer(blake2b(text.encode(), digest_size=16).digest(), "<u8").astype(np.uint64)

    def uniforms(self, stream: Stream, ids: Ints, width: int, epoch: int | Ints = 0) -> Floats:
        """Return uniforms in (0, 1) of shape (ids, width).

        Args:
            stream: the decision that the numbers are for.
            ids: entities, counterfactually stable non-negative integers; row i belongs to ids[i].
            width: numbers for each entity.
            epoch: an occurrence that means something (a day, an ordinal), for all or one an entity; never a counter.
        """
        from sim.philox_kernel import uniform_rows  # noqa: PLC0415 - the kernels are loaded only where a run needs them

        ids = np.ascontiguousarray(ids, np.int64)
        epochs = np.ascontiguousarray(np.broadcast_to(np.asarray(epoch, np.int64), ids.shape))
        rows: Floats = uniform_rows(self.key(stream), epochs, ids, width)
        return rows

    def generator(self, stream: Stream) -> np.random.Generator:
        """Return an ordinary generator, for analysis after the runs only, never within one.

        Its numbers come in order of asking, which an analysis may rely on and a run may not.
        """
        return np.random.Generator(np.random.Philox(key=self.key(stream)))
