"""How good the surrogate is: what it said of portfolios that it was not fitted to, and what their simulations gave."""

from __future__ import annotations

import math

import altair as alt

from experiments.report.drawing import BLUE, GREY, chart_of, spec_of
from experiments.report.funding_data import Funding, Row
from experiments.report.page import Block, Column, Draw, Figure, Format, Notice, Section, Spec, Table
from experiments.report.wrapping import wrapped_within
from experiments.screen import number, significant


def fit_section(found: Funding) -> Section:
    """Return the error of the surrogate, trial by trial, and its fitted factors."""
    t, rows, fit = found.told.texts, found.rows("trials"), found.rows("fit")
    blocks: list[Block] = [t("funding_fit.intro")]
    if rows:
        blocks.append(_figure(found, rows, fit))
    if fit:
        blocks.append(_factors(found, fit))
    if len(blocks) == 1:
        blocks.append(Notice(t("funding_fit.missing")))
    return Section("fit", t("funding_fit.heading"), tuple(blocks))


def _figure(found: Funding, rows: list[Row], fit: list[Row]) -> Figure:
    t = found.told.texts
    columns = (
        Column(t("funding_fit.trial"), is_number=False), Column(t("funding.units")),
        Column(t("funding_fit.grant"), "EUR million"), Column(t("funding_fit.simulated"), "t/yr"),
        Column(t("funding_fit.error"), "t/yr"), Column(t("funding_fit.surrogate"), "t/yr"),
    )  # fmt: skip
    cells = tuple(
        (
            str(row["trial"]), str(row["units"]), number(row["grant_eur_million"]), number(row["simulated_t"]),
            number(row["error_t"]), number(row["surrogate_t"]),
        )
        for row in rows
    )  # fmt: skip
    error = {row["quantity"]: row["value"] for row in fit}
    said = t(
        "funding_fit.said", trials=len(rows), rmse=number(error.get("rmse_t", math.nan)),
        noise=number(error.get("noise_t", math.nan)), bias=number(error.get("bias_t", math.nan), sign=True),
        correlation=number(error.get("correlation", math.nan), 2),
    )  # fmt: skip
    title = t("funding_fit.title")
    draw = _scatter(rows, t("funding_fit.x_axis"), t("funding_fit.y_axis"))
    table = Table(title, columns, cells)
    return Figure("fit", f"{title} {found.told.source.supply}", f"{t('funding_fit.about')} {said}", draw, table, said)


def _scatter(rows: list[Row], x_axis: str, y_axis: str) -> Draw:
    points = [
        {
            "simulated": row["simulated_t"], "surrogate": row["surrogate_t"],
            "low": row["simulated_t"] - row["error_t"], "high": row["simulated_t"] + row["error_t"],
        }
        for row in rows
    ]  # fmt: skip
    ends = [end for row in points for end in (row["low"], row["high"], row["surrogate"]) if math.isfinite(end)]
    domain = [min([0.0, *ends]), max([1.0, *ends])]

    def draw(format_: Format) -> Spec:
        side, height = format_.width_px - 60, 230 if format_.is_narrow else 340
        scale = alt.Scale(domain=domain, nice=True)
        x_title = alt.Axis(title=wrapped_within(x_axis, side), tickCount=4, format=",~f")
        y_title = alt.Axis(title=wrapped_within(y_axis, height), tickCount=4, format=",~f")
        x = alt.X("simulated:Q", scale=scale, axis=x_title)
        y = alt.Y("surrogate:Q", scale=scale, axis=y_title)
        line = chart_of([{"at": end, "to": end} for end in domain])
        base = chart_of(points)
        layers = [
            line.mark_line(color=GREY, strokeDash=[4, 3], aria=False).encode(x=alt.X("at:Q", scale=scale), y="to:Q"),
            base.mark_rule(color=BLUE, strokeWidth=1.6, aria=False).encode(
                x=alt.X("low:Q", scale=scale, axis=x_title), x2="high:Q", y=y
            ),
            base.mark_point(filled=True, color=BLUE, size=60, opacity=1).encode(x=x, y=y),
        ]  # fmt: skip
        return spec_of(alt.layer(*layers).properties(width=side, height=height))

    return draw


def _factors(found: Funding, fit: list[Row]) -> Table:
    t = found.told.texts
    columns = (
        Column(t("funding_fit.quantity"), is_number=False), Column(t("funding_assumed.value")),
        Column(t("funding_assumed.unit"), is_number=False), Column(t("funding_fit.what"), is_number=False),
    )  # fmt: skip
    rows = tuple(
        (row["quantity"].removesuffix("_t").replace("_", " "), significant(row["value"]), row["unit"], row["about"])
        for row in fit
    )
    return Table(t("funding_fit.factors"), columns, rows)
