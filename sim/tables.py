"""The schema of results: every table and column, with type, unit and meaning, in this one place."""

from __future__ import annotations

import pyarrow as pa

from sim.analysis_tables import ANALYSIS_TABLES
from sim.funding_tables import FUNDING_TABLES
from sim.recorder import Column, table_schema
from sim.sweep_tables import FAILURES

_NAME = pa.dictionary(pa.int32(), pa.string())
_INT = pa.int64()
_FLOAT = pa.float64()
_TEXT = pa.string()

_RUN = (
    Column("arm", _NAME, "", "arm of the comparison, or the name of the regime"),
    Column("replication", pa.int32(), "", "replication; the same number means the same luck in every arm"),
)
_MONTH = (*_RUN, Column("month", pa.int32(), "yyyymm", "calendar month, UTC"))
_PLACE = (
    Column("place", _NAME, "UN/LOCODE", "entry port, or coast:<port range> outside the container terminals"),
    Column("port_range", _NAME, "", "port range of the place"),
)

RUNS = table_schema(
    (
        *_RUN,
        Column("seed", _INT, "", "seed shared by all replications"),
        Column("case_digest", _TEXT, "", "digest of the complete case"),
        Column("days", pa.int32(), "d", "simulated days, burn-in and closing included"),
        Column("supply_g", _INT, "g", "mass of all lots of the cohort"),
        Column("not_offered_g", _INT, "g", "cohort mass whose reservation netback was not reached"),
        Column("diverted_g", _INT, "g", "cohort mass that was held and then went to other markets"),
        Column("dispatched_g", _INT, "g", "cohort mass dispatched"),
        Column("seized_departure_g", _INT, "g", "cohort mass seized at departure"),
        Column("seized_entry_g", _INT, "g", "cohort mass that places of entry and hubs count as seized, EU and not"),
        Column("seized_eu_ports_g", _INT, "g", "part of seized_entry_g at EU container ports"),
        Column(
            "abandoned_g", _INT, "g", "cohort mass left in a box that its team was warned of, and customs did not find"
        ),
        Column("seized_hub_g", _INT, "g", "part of seized_entry_g found at a hub on the way"),
        Column("landed_g", _INT, "g", "cohort mass that landed: delivered, or seized inland later"),
        Column("seized_inland_g", _INT, "g", "part of landed_g seized inland, some of it after the end of the run"),
        Column("open_g", _INT, "g", "cohort mass whose fate was open at the end; never counted as stopped"),
        Column("trade_delay_days", _FLOAT, "d", "delay of clean boxes beyond their planned release, in the window"),
        Column("trade_cost_eur", _FLOAT, "EUR", "what controls cost to trade in the window: the sum of trade_month"),
        Column("price_eur_per_kg", _FLOAT, "EUR/kg", "mean wholesale price over the window"),
        Column("days_at_price_bound", pa.int32(), "d", "days of the window on which the price was at its floor or cap"),
    ),
    "one row a run: the sums of its cohort (lots that arrive in the analysis window)",
)
LOTS = table_schema(
    (
        *_RUN,
        Column("lot", _INT, "", "slot * 65536 + ordinal: the same lot in every arm"),
        Column("arrival_day", pa.int32(), "d", "day since the start of the run"),
        Column("mass_g", _INT, "g", "mass"),
        Column("reservation_eur_per_kg", _FLOAT, "EUR/kg", "netback below which the lot is not offered"),
        Column("home", _NAME, "", "producing region"),
        Column("is_in_cohort", pa.bool_(), "", "whether it arrives in the analysis window"),
    ),
    "one row a lot",
)
PARCELS = table_schema(
    (
        *_RUN,
        Column("lot", _INT, "", "lot of the parcel"),
        Column("consignment", _INT, "", "lead lot * 65536 + ordinal, -1 if it was not shipped"),
        Column("mass_g", _INT, "g", "mass; the parcels of a lot sum to the lot"),
        Column("fate", _NAME, "", "what became of it"),
    ),
    "one row a parcel (lot x consignment)",
)
CONSIGNMENTS = table_schema(
    (
        *_RUN,
        Column("consignment", _INT, "", "lead lot * 65536 + ordinal"),
        Column("organisation", pa.int32(), "", "organisation that shipped it"),
        Column("departure", _NAME, "UN/LOCODE", "departure port"),
        *_PLACE,
        Column("method", _NAME, "", "concealment method, or outside the container terminals"),
        Column("mass_g", _INT, "g", "mass"),
        Column("dispatch_day", pa.int32(), "d", "day since the start of the run"),
        Column("discharge_min", _INT, "min", "discharge, minute since the start; -1 if it never was"),
        Column("closed_min", _INT, "min", "when its fate was settled, for what landed when it did; -1 while open"),
        Column("fate", _NAME, "", "what became of it"),
        Column("trigger", _NAME, "", "what led to the find"),
        Column("step", _NAME, "", "at which step it was found"),
        Column("record_place", _NAME, "UN/LOCODE", "whose record counts a find: the hub of seized_hub, else the place"),
        Column("inland_min", _INT, "min", "seizure inland, minute since the start; -1 if there is none"),
    ),
    "one row a consignment",
)
PORT_MONTH = table_schema(
    (
        *_MONTH,
        *_PLACE,
        Column("dispatched_g", _INT, "g", "true flow: dispatched in the month to this place"),
        Column("dispatched_consignments", _INT, "", "consignments dispatched in the month to this place"),
        Column("seized_g", _INT, "g", "seized at this place in the month, as the port of entry or as a hub"),
        Column("finds", _INT, "", "consignments found at this place in the month"),
        Column("landed_g", _INT, "g", "landed through this place in the month"),
    ),
    "one row a month and place of entry: true flow, seizures and landed, never to be mixed up",
)
LINE_MONTH = table_schema(
    (
        *_MONTH,
        *_PLACE,
        Column("scans_per_year", _FLOAT, "1/yr", "scan capacity at the end of the month"),
        Column("drug_tasked_boxes", _INT, "boxes", "clean boxes selected against drugs that left the line"),
        Column("controlled_boxes", _INT, "boxes", "all clean boxes that left the line"),
        Column("searched_boxes", _INT, "boxes", "clean boxes opened and searched"),
        Column("delay_min", _INT, "min", "delay of clean boxes beyond their planned release"),
    ),
    "one row a month and port: what the control lines did to clean boxes",
)
TRADE_MONTH = table_schema(
    (
        *_MONTH,
        *_PLACE,
        Column("goods", _NAME, "", "dry or reefer"),
        Column("controlled_boxes", _INT, "boxes", "clean boxes that left the line; line_month has the sum"),
        Column("searched_boxes", _INT, "boxes", "clean boxes opened and searched"),
        Column("delay_min", _INT, "min", "delay beyond the planned dwell of each box"),
        Column("demurrage_days", _INT, "d", "days of demurrage that the planned dwell would not have brought"),
        Column("delay_eur", _FLOAT, "EUR", "delay x value of the goods x cost of a day as a share of it"),
        Column("handling_eur", _FLOAT, "EUR", "handling of the boxes searched"),
        Column("demurrage_eur", _FLOAT, "EUR", "demurrage of these days"),
    ),
    "one row a month, port and class of goods: what controls of clean boxes cost to trade, outside all budgets",
)
ORGANISATION_MONTH = table_schema(
    (
        *_MONTH,
        Column("organisation", pa.int32(), "", "organisation"),
        Column("dispatched_g", _INT, "g", "dispatched in the month"),
        Column("landed_g", _INT, "g", "landed in the month"),
        Column("seized_g", _INT, "g", "lost in the month, at departure, hub or entry"),
    ),
    "one row a month and organisation that shipped or closed something",
)
MARKET_MONTH = table_schema(
    (
        *_MONTH,
        Column("price_eur_per_kg", _FLOAT, "EUR/kg", "wholesale price at the end of the month"),
        Column("landed_g", _INT, "g", "landed since the start of the run; the sum of the four sinks"),
        Column("consumed_g", _INT, "g", "sink: consumed"),
        Column("reexported_g", _INT, "g", "sink: re-exported"),
        Column("seized_inland_g", _INT, "g", "sink: seized inland"),
        Column("stock_g", _INT, "g", "sink: in stock"),
    ),
    "one row a month: price and the sinks of what landed",
)
ACCOUNTS = table_schema(
    (
        *_RUN,
        Column("country", _NAME, "ISO 3166", "state"),
        Column("account", _NAME, "", "capital or programme (cents), staff (minutes)"),
        Column("appropriated", _INT, "cent or min", "appropriated over the window"),
        Column("committed", _INT, "cent or min", "committed over the window"),
        Column("unspent", _INT, "cent or min", "appropriated less committed"),
    ),
    "one row a state and account",
)
CONTROL_MONTH = table_schema(
    (
        *_MONTH,
        Column("country", _NAME, "ISO 3166", "state that pays"),
        Column("purpose", _NAME, "", "the lever that it is spent on, or coordination"),
        Column("account", _NAME, "", "capital or programme (cents), staff (minutes)"),
        Column("committed", _INT, "cent or min", "committed in the month"),
    ),
    "who spent what on what: one row a month, state, purpose and account, where anything was committed",
)
REPORTS = table_schema(
    (
        *_MONTH,
        *_PLACE,
        Column("approaches", _FLOAT, "", "staff approached for access, bribed or threatened (expected number)"),
        Column("reports", _INT, "", "reports received from staff"),
        Column("enquiries", _INT, "", "reports that led to an enquiry"),
        Column("arrests", _INT, "", "arrests that enquiries led to"),
        Column("insiders", _FLOAT, "persons", "stock of insiders at the end of the month (expected number)"),
        Column("insider_price_eur", _FLOAT, "EUR/job", "price of an insider's job at the end of the month"),
        Column("coverage", _FLOAT, "1", "share of extraction jobs covered by an insider at the end of the month"),
        Column("violence_index", _FLOAT, "0 to 100", "losses, threats and contest at the port; feeds nothing back"),
        Column("terminal_cost_eur", _FLOAT, "EUR", "paid by terminals for security above the usual, beside the budget"),
    ),
    "one row a month and port: the labour market for corrupted access, reports and what came of them",
)
CASES = table_schema(
    (
        *_RUN,
        Column("country", _NAME, "ISO 3166", "state that leads the case"),
        Column("is_joint", pa.bool_(), "", "whether several states share files and staff"),
        Column("organisation", pa.int32(), "", "organisation, which authorities know by a pseudonym"),
        Column("opened", pa.int32(), "yyyymm", "month in which the case was opened"),
        Column("evidence", _FLOAT, "traces", "evidence that it was opened with"),
        Column("begun", pa.int32(), "yyyymm", "month in which staff began to work on it; 0 if they have not"),
        Column("concluded", pa.int32(), "yyyymm", "month in which it was concluded; 0 if it was not"),
        Column("outcome", _NAME, "", "pending; none; arrests (not recovered yet); recovered; dismantled; gone already"),
        Column("arrested_share", _FLOAT, "1", "share of the organisation's members arrested"),
        Column("seized_eur", _FLOAT, "EUR", "working capital seized"),
        Column("recovery_days", _FLOAT, "d", "time without shipments; NaN without arrests, or if it was dismantled"),
    ),
    "one row a case of the lever investigations; none without it",
)
CONTRASTS = table_schema(
    (
        Column("contrast", _NAME, "", "arm less arm"),
        Column("outcome", _NAME, "", "what is compared"),
        Column("unit", _NAME, "", "unit of the outcome"),
        Column("replications", pa.int32(), "", "pairs"),
        Column("difference", _FLOAT, "unit", "mean paired difference"),
        Column("low", _FLOAT, "unit", "95 % interval over replications, lower end (BCa; t below 10 pairs)"),
        Column("high", _FLOAT, "unit", "95 % interval over replications, upper end (BCa; t below 10 pairs)"),
        Column("t_low", _FLOAT, "unit", "the same by the paired t test, as a check"),
        Column("t_high", _FLOAT, "unit", "the same by the paired t test, as a check"),
        Column("p_value", _FLOAT, "1", "two-sided paired t test; NaN for a single pair"),
        Column("p_holm", _FLOAT, "1", "p_value adjusted for all contrasts of the same outcome (Holm)"),
        Column("correlation", _FLOAT, "1", "correlation of the pairs; NaN where an arm does not vary"),
        Column("variance_ratio", _FLOAT, "1", "times more replications that independent seeds would need"),
        Column("is_resolved", pa.bool_(), "", "whether both intervals exclude zero and p_holm is below 0.05"),
    ),
    "one row a contrast and outcome: paired by common random numbers; fewer than 10 pairs have t intervals only",
)
IDENTITIES = table_schema(
    (
        Column("contrast", _NAME, "", "arm less arm"),
        Column("identity", _NAME, "", "I1: how net kilograms were kept off; I2: where the flow went"),
        Column("cell", _NAME, "", "fate (I1), or port range, coast or unshipped (I2)"),
        Column("replications", pa.int32(), "", "pairs"),
        Column("difference_t", _FLOAT, "t", "mean paired change in the cell"),
        Column("low_t", _FLOAT, "t", "95 % interval over replications, lower end (as in contrasts)"),
        Column("high_t", _FLOAT, "t", "95 % interval over replications, upper end (as in contrasts)"),
    ),
    "one row a contrast, identity and cell; per pair of runs both sides are equal to the gram",
)
LEDGER = table_schema(
    (
        Column("contrast", _NAME, "", "arm less arm"),
        Column("kind", _NAME, "", "treatment, or placebo: the baseline with its first seizure flipped"),
        Column("replication", pa.int32(), "", "replication"),
        Column("direction", _NAME, "", "out of the treated place, into it, or elsewhere"),
        Column("moved", _NAME, "", "axis A, where the grams went (into: came from): the first that applies"),
        Column("place", _NAME, "UN/LOCODE", "where they went (into: came from); empty if not shipped there"),
        Column("port_range", _NAME, "", "port range of the place"),
        Column("fate", _NAME, "", "axis B, the fate in the treated arm"),
        Column("mass_g", _INT, "g", "gross amount by the maximal coupling, a convention"),
        Column("bound_g", _INT, "g", "most that any way of joining the arms within their lots could put here"),
        Column("later_g", _INT, "g", "part dispatched more than 14 days later"),
        Column("smaller_g", _INT, "g", "part in a consignment of at most half the mass"),
        Column("other_holder_g", _INT, "g", "part shipped by another organisation"),
    ),
    "one row a contrast, kind, replication and cell; those out of the treated place sum to its flow in the baseline",
)
DISPLACEMENT = table_schema(
    (
        Column("contrast", _NAME, "", "arm less arm"),
        Column("treated", _TEXT, "", "the treated place"),
        Column("measure", _NAME, "", "measure of displacement (docs/ledger.md)"),
        Column("unit", _NAME, "", "unit of the measure"),
        Column("view", _NAME, "", "true flow, seizures, or inferred from seizures"),
        Column("replications", pa.int32(), "", "pairs"),
        Column("estimate", _FLOAT, "unit", "of the means over replications; NaN where undefined"),
        Column("low", _FLOAT, "unit", "95 % interval over replications, lower end; NaN where undefined"),
        Column("high", _FLOAT, "unit", "95 % interval over replications, upper end; NaN where undefined"),
        Column("placebo", _FLOAT, "unit", "of the placebo, for measures that are never negative; NaN of others"),
        Column("reason", _TEXT, "", "why it or its interval is undefined"),
    ),
    "one row a measure and view",
)

_DRAWS = (
    Column("draw", pa.int32(), "", "draw from the priors"),
    Column("parameter", _NAME, "", "input, or a parameter that follows from the interception anchor"),
    Column("unit", _NAME, "", "unit of the value"),
    Column("value", _FLOAT, "unit", "value drawn, or that follows"),
    Column("prior_sds", _FLOAT, "1", "distance from the case in prior standard deviations; NaN where it follows"),
)
STRESS_DRAWS = table_schema(_DRAWS, "one row a draw and parameter of `waterbed stress`")
STRESS_CONTRASTS = table_schema(
    (
        Column("contrast", _NAME, "", "arm less arm"),
        Column("draw", pa.int32(), "", "draw from the priors; one whose runs failed has no rows here"),
        Column("replication", pa.int32(), "", "replication; the same number means the same luck in every draw and arm"),
        Column("treated_t", _FLOAT, "t", "landed by the cohort in the first arm"),
        Column("baseline_t", _FLOAT, "t", "landed by the cohort in the second arm"),
        Column("difference_t", _FLOAT, "t", "first less second"),
        Column("interception", _FLOAT, "1", "seized at entry / (seized at entry + landed) in the second arm, by mass"),
    ),
    "one row a draw and replication of `waterbed stress`",
)
REVERSALS = table_schema(
    (
        Column("contrast", _NAME, "", "arm less arm"),
        Column("way", _NAME, "", "what was moved, against the ranking"),
        Column("is_reversed", pa.bool_(), "", "whether the ranking reverses; if not, the row is the end of the way"),
        Column("distance", _FLOAT, "1", "prior standard deviations from the case, all inputs that moved together"),
        Column("parameter", _NAME, "", "input that moved, or a parameter that follows from the interception anchor"),
        Column("unit", _NAME, "", "unit of the values"),
        Column("case_value", _FLOAT, "unit", "value of the case"),
        Column("value", _FLOAT, "unit", "value where the ranking reverses, or at the end of the way"),
        Column("prior_sds", _FLOAT, "1", "how far this input moved; NaN where it follows"),
        Column("difference_t", _FLOAT, "t", "landed in the first arm less the second there; NaN where a run failed"),
        Column("low_t", _FLOAT, "t", "95 % interval over replications, lower end"),
        Column("high_t", _FLOAT, "t", "95 % interval over replications, upper end"),
    ),
    "one row a way of the search for a reversal and parameter that moved; distances are upper bounds",
)
STRESS_FAILURES = table_schema(
    (
        Column("point", _TEXT, "", "draw, or what the search had moved"),
        Column("message", _TEXT, "", "what the run raised"),
    ),
    "one row a point of `waterbed stress` that could not be run",
)
SPILLOVER = table_schema(
    (
        Column("draw", pa.int32(), "", "draw from the priors; one whose runs failed has no rows here"),
        Column("replication", pa.int32(), "", "replication; the same number means the same luck in every draw and arm"),
        Column("treated_before_g", _INT, "g", "true flow of the cohort to the treated place in the baseline"),
        Column("treated_change_g", _INT, "g", "change of flow to the treated place, strengthened less baseline"),
        Column("elsewhere_change_g", _INT, "g", "change of flow to all other places of entry, coasts among them"),
        Column("not_shipped_change_g", _INT, "g", "change of what was not shipped; the three changes sum to 0"),
        Column("landed_change_g", _INT, "g", "change of what landed anywhere"),
        Column("placebo_treated_change_g", _INT, "g", "treated_change_g of the placebo: one seizure flipped, no more"),
        Column("placebo_elsewhere_change_g", _INT, "g", "elsewhere_change_g of the placebo"),
    ),
    "one row a draw and replication of `waterbed spillover`",
)
SPILLOVER_DRAWS = table_schema(_DRAWS, "one row a draw and parameter of `waterbed spillover`")
SPILLOVER_OUTCOMES = table_schema(
    (
        Column("draw", pa.int32(), "", "draw from the priors"),
        Column("outcome", _NAME, "", "displacement, diffusion of benefits, neither, no direct effect; or not run"),
        Column("by_sign", _NAME, "", "the same without a threshold"),
        Column("of_placebo", _NAME, "", "what the rule says of the placebo, where no direct effect is required"),
        Column("treated_t", _FLOAT, "t", "change of flow to the treated place, mean over replications"),
        Column("treated_noise_t", _FLOAT, "t", "half-width of its 90 % t interval: less than this is noise"),
        Column("elsewhere_t", _FLOAT, "t", "change of flow to all other places, mean over replications"),
        Column("elsewhere_noise_t", _FLOAT, "t", "half-width of its 90 % t interval: less than this is noise"),
        Column("placebo_t", _FLOAT, "t", "elsewhere_t of the placebo"),
        Column("placebo_noise_t", _FLOAT, "t", "elsewhere_noise_t of the placebo"),
        Column("failure", _TEXT, "", "what a run raised; empty if none did"),
    ),
    "one row a draw of `waterbed spillover`: what happened elsewhere (docs/spillover.md)",
)
SPILLOVER_SENSITIVITY = table_schema(
    (
        Column("parameter", _NAME, "", "input"),
        Column("outcome", _NAME, "", "what the input is held against: flow elsewhere, or kept off"),
        Column("correlation", _FLOAT, "1", "Spearman's rank correlation over draws; NaN where a side does not vary"),
        Column("low", _FLOAT, "1", "95 % interval, lower end"),
        Column("high", _FLOAT, "1", "95 % interval, upper end"),
    ),
    "one row an input and outcome of `waterbed spillover`: the unmeasured inputs first, the others by strength",
)
_PART = (
    Column("outcome", _NAME, "", "kept off (landed less than in the baseline) or seized (at entry, more); never added"),
    Column("difference", _FLOAT, "t/yr", "mean over replications"),
    Column("low", _FLOAT, "t/yr", "95 % interval over replications, lower end"),
    Column("high", _FLOAT, "t/yr", "95 % interval over replications, upper end"),
)
_MASSES = (
    Column("replication", pa.int32(), "", "replication; the same number means the same luck in every row"),
    Column("landed_g", _INT, "g", "cohort mass that landed"),
    Column("seized_g", _INT, "g", "cohort mass seized at places of entry"),
)
DECOMPOSITION = table_schema(
    (
        Column("level", _NAME, "", "what the name is one of: all, group, lever or pair"),
        Column("name", _NAME, "", "group of levers, lever, pair of levers, or all that differ"),
        Column("kind", _NAME, "", "total, shapley, alone (in the baseline), removed (lost without it), interaction"),
        *_PART,
        Column("is_resolved", pa.bool_(), "", "whether intervals exclude 0 and Holm's p over its kind is below .05"),
        Column("replications", pa.int32(), "", "replications"),
    ),
    "one row a part of the gain and outcome of `waterbed decompose` (docs/decompose.md)",
)
DECOMPOSITION_RUNS = table_schema(
    (
        Column("levers", _NAME, "", "levers that are as in the treated arm; empty for the baseline"),
        *_MASSES,
    ),
    "one row a set of levers and replication of `waterbed decompose`",
)
DOSES = table_schema(
    (
        Column("lever", _NAME, "", "lever whose strength differs"),
        Column("strength", _FLOAT, "1", "its strength in the treated arm; the baseline keeps its own"),
        *_PART,
        Column("is_resolved", pa.bool_(), "", "whether intervals exclude 0 and Holm's p over strengths is below .05"),
        Column("is_enough", pa.bool_(), "", "whether over 1 % of what lands is kept off with 95 % confidence"),
        Column("replications", pa.int32(), "", "replications"),
    ),
    "one row a strength and outcome of `waterbed dose`: treated arm less baseline",
)
DOSE_RUNS = table_schema(
    (
        Column("lever", _NAME, "", "lever whose strength differs"),
        Column("strength", _FLOAT, "1", "its strength in the treated arm; NaN for the baseline"),
        *_MASSES,
    ),
    "one row a strength and replication of `waterbed dose`",
)
BREAK_EVEN = table_schema(
    (
        Column("lever", _NAME, "", "lever whose strength differs"),
        Column("strength", _FLOAT, "1", "smallest that is enough (table doses); NaN where none in the range is"),
        Column("above", _FLOAT, "1", "strength before it that was run and is not enough; NaN where there is none"),
        Column("upto", _FLOAT, "1", "strength that was run and is enough; NaN where none is"),
        Column("is_interpolated", pa.bool_(), "", "whether it lies between the two; else it is the latter"),
        Column("is_lost_again", pa.bool_(), "", "whether a larger strength that was run is not shown to be enough"),
    ),
    "one row: the break-even strength of `waterbed dose`",
)
PATTERNS = table_schema(
    (
        Column("pattern", pa.int32(), "", "number of the pattern (docs/patterns.md)"),
        Column("statistic", _NAME, "", "what is measured"),
        Column("unit", _NAME, "", "unit of the values"),
        Column("is_factor", pa.bool_(), "", "whether means, errors and distances are those of the logarithm"),
        Column("arm", _NAME, "", "model, its twin without reactions, without demand index, or another choice rule"),
        Column("published", _FLOAT, "unit", "from the rows of the reference data; NaN where nothing is published"),
        Column("published_low", _FLOAT, "unit", "95 % sampling interval, lower end; NaN where it has no error"),
        Column("published_high", _FLOAT, "unit", "95 % sampling interval, upper end; NaN where it has no error"),
        Column("replications", pa.int32(), "", "replications in which the statistic is defined"),
        Column("mean", _FLOAT, "unit", "mean of recorded seizures over replications (geometric for factors)"),
        Column("low", _FLOAT, "unit", "least of the replications; NaN where undefined"),
        Column("high", _FLOAT, "unit", "greatest of the replications; NaN where undefined"),
        Column("flow", _FLOAT, "unit", "mean of the same statistic of all that was dispatched; NaN where undefined"),
        Column("distance", _FLOAT, "1", "(mean - published) / sqrt(sampling + replication variance); NaN if undefined"),
        Column("apart", _NAME, "", "whether it tells the arm from the twin: yes, weakly, no, or - for the twin"),
    ),
    "one row a statistic of `waterbed patterns` and arm",
)
HINDCAST_PRICES = table_schema(
    (
        Column("year", pa.int32(), "", "calendar year"),
        Column("arm", _NAME, "", "model, its twin without reactions, without demand index, or another choice rule"),
        Column("published", _FLOAT, "EUR/kg", "wholesale price in the Netherlands; NaN where none is published"),
        Column("mean", _FLOAT, "EUR/kg", "mean over the year and replications"),
        Column("low", _FLOAT, "EUR/kg", "least yearly mean of the replications"),
        Column("high", _FLOAT, "EUR/kg", "greatest yearly mean of the replications"),
    ),
    "one row a year of the hindcast and arm of `waterbed patterns`",
)

RUN_TABLES: dict[str, pa.Schema] = {
    "runs": RUNS,
    "lots": LOTS,
    "parcels": PARCELS,
    "consignments": CONSIGNMENTS,
    "port_month": PORT_MONTH,
    "line_month": LINE_MONTH,
    "trade_month": TRADE_MONTH,
    "organisation_month": ORGANISATION_MONTH,
    "market_month": MARKET_MONTH,
    "accounts": ACCOUNTS,
    "control_month": CONTROL_MONTH,
    "reports": REPORTS,
    "cases": CASES,
}
"""Tables of a run."""
ALL_TABLES: dict[str, pa.Schema] = {
    **RUN_TABLES, "failures": FAILURES,
    "contrasts": CONTRASTS, "identities": IDENTITIES, "ledger": LEDGER, "displacement": DISPLACEMENT,
    "stress_draws": STRESS_DRAWS, "stress_contrasts": STRESS_CONTRASTS, "reversals": REVERSALS,
    "stress_failures": STRESS_FAILURES, "spillover": SPILLOVER, "spillover_draws": SPILLOVER_DRAWS,
    "spillover_outcomes": SPILLOVER_OUTCOMES, "spillover_sensitivity": SPILLOVER_SENSITIVITY,
    "patterns": PATTERNS, "hindcast_prices": HINDCAST_PRICES, "decomposition": DECOMPOSITION,
    "decomposition_runs": DECOMPOSITION_RUNS, "doses": DOSES, "dose_runs": DOSE_RUNS, "break_even": BREAK_EVEN,
    **ANALYSIS_TABLES, **FUNDING_TABLES,
}  # fmt: skip
"""All tables, in the order of their description."""
