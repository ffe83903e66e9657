"""The tables that analyses of sweeps write: which factors matter, what is luck, boxes of cases, and regret."""

from __future__ import annotations

import pyarrow as pa

from sim.recorder import Column, table_schema

_NAME = pa.dictionary(pa.int32(), pa.string())
_FLOAT = pa.float64()

_OUTCOME = (
    Column("outcome", _NAME, "", "column of runs, or its paired contrast of two levels of a factor"),
    Column("unit", _NAME, "", "unit of the outcome"),
)
_INTERVAL = (
    Column("low", _FLOAT, "1", "95 % interval, lower end; NaN where there is none"),
    Column("high", _FLOAT, "1", "95 % interval, upper end; NaN where there is none"),
)

SENSITIVITY = table_schema(
    (
        *_OUTCOME,
        Column("method", _NAME, "", "sobol, morris or given (any design)"),
        Column("factor", _NAME, "", "what varies"),
        Column("index", _NAME, "", "S1, ST, mu_star, mu, sigma or pawn"),
        Column("value", _FLOAT, "1 or unit", "the index; effects of morris are in units of the outcome"),
        Column("low", _FLOAT, "1 or unit", "95 % bootstrap interval over points, lower end; NaN where there is none"),
        Column("high", _FLOAT, "1 or unit", "95 % bootstrap interval over points, upper end; NaN where there is none"),
        Column("by_luck", _FLOAT, "1 or unit", "what a factor without effect would show; NaN where it is not known"),
        Column(
            "is_resolved",
            pa.bool_(),
            "",
            "whether it is told apart from a factor without effect; no where there is no interval",
        ),
        Column("points", pa.int64(), "", "points of the design that were analysed"),
        Column("replications", pa.int32(), "", "replications of each of them"),
    ),
    "one row a factor and index of `waterbed sensitivity`; indices are of the mean over replications",
)
SENSITIVITY_LUCK = table_schema(
    (
        *_OUTCOME,
        Column("part", _NAME, "", "luck (the seed, interactions included), shared (alike at all points), in means"),
        Column("share", _FLOAT, "1", "of the variance of single runs; of the means over replications for `in means`"),
        *_INTERVAL,
        Column("replications", pa.int32(), "", "replications; with a single one nothing is known"),
    ),
    "the seed as a factor in `waterbed sensitivity`: what share of the variance is luck of replications",
)
DISCOVERED_BOXES = table_schema(
    (
        *_OUTCOME,
        Column("cases", _NAME, "", "which points are of interest"),
        Column("box", pa.int32(), "", "number of the box; each is sought among the points outside those before it"),
        Column("factor", _NAME, "", "factor that it restricts; empty if none"),
        Column("low", _FLOAT, "factor", "lower limit; -inf where there is none"),
        Column("high", _FLOAT, "factor", "upper limit; inf where there is none"),
        Column("levels", _NAME, "", "levels that it allows, separated by |; empty for numeric factors"),
        Column("quasi_p", _FLOAT, "1", "chance of such a density if the limit did not matter"),
        Column("selected", _FLOAT, "1", "share of resamples of the points whose box restricts the factor"),
        Column("coverage", _FLOAT, "1", "cases in the box / all cases"),
        Column("density", _FLOAT, "1", "cases in the box / points in it"),
        Column("mass", _FLOAT, "1", "points in the box / all points"),
    ),
    "one row a restriction of a box of `waterbed discover` (PRIM)",
)
REGRET = table_schema(
    (
        *_OUTCOME,
        Column("best", _NAME, "", "which value of the outcome is best: lowest or highest"),
        Column("level", _NAME, "", "level of the factor that is chosen, such as a regime"),
        Column("measure", _NAME, "", "mean, p90 or max regret over points, or share of points where the level is best"),
        Column("value", _FLOAT, "unit or 1", "regret: how much worse than the best level at the same point"),
        Column("low", _FLOAT, "unit or 1", "95 % bootstrap interval over points, lower end; NaN for max"),
        Column("high", _FLOAT, "unit or 1", "95 % bootstrap interval over points, upper end; NaN for max"),
        Column("is_resolved", pa.bool_(), "", "whether its mean regret is told apart from the smallest one"),
        Column("points", pa.int64(), "", "points at which all levels were run"),
        Column("replications", pa.int32(), "", "replications of each of them"),
    ),
    "one row a level and measure of `waterbed discover`",
)

ANALYSIS_TABLES: dict[str, pa.Schema] = {
    "sensitivity": SENSITIVITY,
    "sensitivity_luck": SENSITIVITY_LUCK,
    "discovered_boxes": DISCOVERED_BOXES,
    "regret": REGRET,
}
"""Tables of analyses of sweeps."""
