"""The tables of waterbed sensitivity and waterbed discover."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from experiments.analysis.discover import Cases, FoundBox, Regrets
from experiments.analysis.outcome import Sample
from experiments.analysis.sensitivity import Sensitivity
from experiments.stress_tables import Row, table_of_rows
from sim.analysis_tables import DISCOVERED_BOXES, REGRET, SENSITIVITY, SENSITIVITY_LUCK


def sensitivity_tables(found: Sensitivity) -> dict[str, pa.Table]:
    """Return the tables of a sensitivity analysis by name."""
    return {
        "sensitivity": table_of_rows(SENSITIVITY, _indices(found)),
        "sensitivity_luck": table_of_rows(SENSITIVITY_LUCK, _luck(found)),
    }


def discover_tables(
    sample: Sample, cases: Cases, boxes: Sequence[FoundBox], regrets: Regrets | None
) -> dict[str, pa.Table]:
    """Return the tables of a discovery by name; regret only if there is one.

    Args:
        sample: whose points were searched for boxes.
        cases: which of them are of interest.
        boxes: that were found.
        regrets: of levels, None if there are none.
    """
    tables = {"discovered_boxes": table_of_rows(DISCOVERED_BOXES, _boxes(sample, cases, boxes))}
    if regrets is not None:
        tables["regret"] = table_of_rows(REGRET, _regrets(regrets))
    return tables


def _indices(found: Sensitivity) -> Iterator[Row]:
    points, replications = found.sample.values.shape
    for index, is_resolved in zip(found.indices, found.is_resolved, strict=True):
        yield (
            found.sample.name, found.sample.unit, found.method, index.factor, index.name, index.value, index.low,
            index.high, index.by_luck, is_resolved, points, replications,
        )  # fmt: skip


def _luck(found: Sensitivity) -> Iterator[Row]:
    luck, replications = found.luck, found.sample.values.shape[1]
    for part, share in (("luck", luck.total), ("shared", luck.shared), ("in means", luck.in_means)):
        yield found.sample.name, found.sample.unit, part, share.value, share.low, share.high, replications


def _boxes(sample: Sample, cases: Cases, boxes: Sequence[FoundBox]) -> Iterator[Row]:
    for number, found in enumerate(boxes, 1):
        box = found.box
        for i in np.flatnonzero(box.is_restricted).tolist():
            factor = sample.factors[i]
            levels = "|".join(factor.levels[code] for code in sorted(box.categories.get(i, ())))
            yield (
                sample.name, sample.unit, cases.about, number, factor.name, float(box.low[i]), float(box.high[i]),
                levels, float(box.quasi_p[i]), float(found.selected[i]), found.coverage, found.density, found.mass,
            )  # fmt: skip


def _regrets(regrets: Regrets) -> Iterator[Row]:
    compared, (points, replications) = regrets.sample, regrets.sample.values.shape
    for regret in regrets.levels:
        for name, measure in (
            ("mean", regret.mean), ("p90", regret.p90), ("max", regret.largest), ("share best", regret.share_best),
        ):  # fmt: skip
            unit = "1" if name == "share best" else compared.unit
            yield (
                compared.name, unit, regrets.best, regret.level, name, measure.value, measure.low, measure.high,
                regret.is_resolved, points, replications,
            )  # fmt: skip
