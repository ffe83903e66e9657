"""The tables that `waterbed size` writes: the curve, what is recommended, how sure it is, and what it rests on."""

from __future__ import annotations

import pyarrow as pa

from sim.recorder import Column, table_schema

_NAME = pa.dictionary(pa.int32(), pa.string())
_INT = pa.int64()
_FLOAT = pa.float64()
_TEXT = pa.string()
_BOOL = pa.bool_()

_RULE = Column("rule", _NAME, "", "by which rule the budget is spent (docs/size.md)")
_BUDGET = Column("budget_eur_million", _FLOAT, "EUR million", "EU money for price and works of equipment, all years")
_COUNTRY = Column("country", _NAME, "ISO 3166", "state that owns it")
_EQUIPMENT = Column("equipment", _NAME, "", "type of equipment")
_PORT = Column("port", _NAME, "UN/LOCODE", "port; illustrative, not an estimate of this port")
_PARAMETER_LOW = "what draws of parameters leave open on the surrogate, 95 %, lower end; NaN without draws"
_PARAMETER_HIGH = "what draws of parameters leave open on the surrogate, 95 %, upper end; NaN without draws"
_LUCK_LOW = "95 % interval over replications, lower end (BCa; t below 10 pairs); NaN where not simulated"
_LUCK_HIGH = "95 % interval over replications, upper end (BCa; t below 10 pairs); NaN where not simulated"

FUNDING_CURVE = table_schema(
    (
        _RULE,
        _BUDGET,
        Column("grant_eur_million", _FLOAT, "EUR million", "part of the budget that is spent; the rest is left over"),
        Column("capital_eur_million", _FLOAT, "EUR million", "price and works, with what the states pay of them"),
        Column("units", _INT, "", "units bought"),
        Column("idle_units", _INT, "", "units that stand idle or displace others because nobody is there to work them"),
        Column("posts", _FLOAT, "posts", "new posts that states pay; none with staffing=fixed"),
        Column(
            "yearly_cost_eur_million",
            _FLOAT,
            "EUR million/yr",
            "annuity of all capital, running cost, posts; if simulated, levers",
        ),
        Column("kept_off_t", _FLOAT, "t/yr", "less landed in the EU than without a grant: surrogate"),
        Column("low_t", _FLOAT, "t/yr", _PARAMETER_LOW),
        Column("high_t", _FLOAT, "t/yr", _PARAMETER_HIGH),
        Column("objective_t", _FLOAT, "t/yr", "kept_off_t less staff and running cost / worth of a kilogram"),
        Column("simulated_t", _FLOAT, "t/yr", "less landed in the EU than without a grant: simulated; NaN where not"),
        Column("simulated_low_t", _FLOAT, "t/yr", _LUCK_LOW),
        Column("simulated_high_t", _FLOAT, "t/yr", _LUCK_HIGH),
        Column("replications", _INT, "", "pairs of runs; 0 where not simulated"),
        Column("eur_per_kg", _FLOAT, "EUR/kg", "yearly cost / kilograms kept off: simulated; NaN where not resolved"),
        Column("eur_per_kg_low", _FLOAT, "EUR/kg", "95 % interval over replications, lower end; NaN if not resolved"),
        Column("eur_per_kg_high", _FLOAT, "EUR/kg", "95 % interval over replications, upper end; NaN if not resolved"),
        Column("selection", _NAME, "", "best, tied (with the best), behind, left early, other staff, or not simulated"),
        Column("is_settled", _BOOL, "", "whether states that answer each other came to rest; true for other rules"),
    ),
    "one row a rule and budget of `waterbed size`: what a year keeps off, after all is delivered, and what it costs",
)
FUNDING_OUTCOMES = table_schema(
    (
        _RULE,
        _BUDGET,
        Column("outcome", _NAME, "", "what is compared with the simulation without a grant"),
        Column("unit", _NAME, "", "unit of the outcome"),
        Column("replications", _INT, "", "pairs of runs"),
        Column("without_grant", _FLOAT, "unit", "mean without a grant"),
        Column("difference", _FLOAT, "unit", "mean paired difference: with the plan less without a grant"),
        Column("low", _FLOAT, "unit", _LUCK_LOW),
        Column("high", _FLOAT, "unit", _LUCK_HIGH),
        Column("is_resolved", _BOOL, "", "whether both intervals, bootstrap and Student's, exclude zero"),
    ),
    "one row a simulated plan of `waterbed size` and outcome, over the two years compared unless it says so",
)
FUNDING_MARGINAL = table_schema(
    (
        Column("from_eur_million", _FLOAT, "EUR million", "smaller budget"),
        Column("to_eur_million", _FLOAT, "EUR million", "larger budget"),
        Column(
            "t_per_10_million", _FLOAT, "t/yr", "kept off more for each further EUR 10 million: surrogate, adaptive"
        ),
        Column("low_t", _FLOAT, "t/yr", _PARAMETER_LOW),
        Column("high_t", _FLOAT, "t/yr", _PARAMETER_HIGH),
        Column("left_eur_million", _FLOAT, "EUR million", "what of the larger budget is not worth spending"),
        Column("is_knee", _BOOL, "", "whether the larger budget is the knee of the curve"),
    ),
    "the marginal curve of `waterbed size`: one row a step from one budget to the next",
)
FUNDING_STATES = table_schema(
    (
        _RULE,
        _BUDGET,
        _COUNTRY,
        _EQUIPMENT,
        Column("units", _INT, "", "units bought"),
        Column("grant_eur_million", _FLOAT, "EUR million", "EU money"),
        Column("national_eur_million", _FLOAT, "EUR million", "what the state pays of price and works"),
        Column("running_eur_million", _FLOAT, "EUR million/yr", "running cost, which the state pays"),
        Column("posts", _FLOAT, "posts", "new posts, which the state pays; none with staffing=fixed"),
        Column("share_of_draws", _FLOAT, "1", "mean over these units of the share of draws in which they are chosen"),
    ),
    "one row a plan of `waterbed size`, state and type of equipment",
)
FUNDING_UNITS = table_schema(
    (
        _RULE,
        _BUDGET,
        _COUNTRY,
        _PORT,
        _EQUIPMENT,
        Column("units", _INT, "", "units bought"),
        Column("is_at_most", _BOOL, "", "whether the port has as many as it may get (funding_assumptions)"),
        Column("idle_units", _INT, "", "units of them without staff"),
        Column("checks_per_year", _FLOAT, "1/yr", "checks that all of them add, as far as staff go round"),
        Column("share_of_draws", _FLOAT, "1", "mean over these units of the share of draws in which they are chosen"),
    ),
    "one row a plan of `waterbed size`, port and type; illustrative, not an estimate of any port",
)
FUNDING_PHASES = table_schema(
    (
        _RULE,
        _BUDGET,
        Column("year", _INT, "", "year on whose first of January they are ordered"),
        _COUNTRY,
        _PORT,
        _EQUIPMENT,
        Column("units", _INT, "", "units ordered"),
    ),
    "when units of a simulated plan of `waterbed size` are ordered: in the order of gain per euro",
)
FUNDING_COORDINATION = table_schema(
    (
        Column(
            "what", _NAME, "", "coordination (joint_own less national), pooled envelopes, or a grant where units rotate"
        ),
        _BUDGET,
        Column(
            "surrogate_t", _FLOAT, "t/yr", "value: kept off more, less what further staff and running cost are worth"
        ),
        Column("low_t", _FLOAT, "t/yr", _PARAMETER_LOW),
        Column("high_t", _FLOAT, "t/yr", _PARAMETER_HIGH),
        Column("kept_off_t", _FLOAT, "t/yr", "kept off more, alone: surrogate"),
        Column("simulated_t", _FLOAT, "t/yr", "the same value: simulated, paired; NaN where not"),
        Column("simulated_low_t", _FLOAT, "t/yr", _LUCK_LOW),
        Column("simulated_high_t", _FLOAT, "t/yr", _LUCK_HIGH),
        Column("simulated_kept_off_t", _FLOAT, "t/yr", "kept off more, alone: simulated, paired; NaN where not"),
        Column("simulated_kept_off_low_t", _FLOAT, "t/yr", _LUCK_LOW),
        Column("simulated_kept_off_high_t", _FLOAT, "t/yr", _LUCK_HIGH),
        Column(
            "yearly_cost_eur_million",
            _FLOAT,
            "EUR million/yr",
            "more annuity of capital, running cost, posts and levers",
        ),
        Column("replications", _INT, "", "pairs of runs; 0 where not simulated"),
        Column("is_resolved", _BOOL, "", "whether both intervals, bootstrap and Student's, exclude zero"),
    ),
    "the value of acting together in `waterbed size`: one row a budget and step",
)
FUNDING_CURSE = table_schema(
    (
        _BUDGET,
        Column("rule", _NAME, "", "rule of the best simulated plan"),
        Column("promised_t", _FLOAT, "t/yr", "kept off by the surrogate"),
        Column("first_t", _FLOAT, "t/yr", "kept off by the simulations in which it was chosen"),
        Column("first_low_t", _FLOAT, "t/yr", _LUCK_LOW),
        Column("first_high_t", _FLOAT, "t/yr", _LUCK_HIGH),
        Column("fresh_t", _FLOAT, "t/yr", "kept off on luck on which nothing was chosen"),
        Column("fresh_low_t", _FLOAT, "t/yr", _LUCK_LOW),
        Column("fresh_high_t", _FLOAT, "t/yr", _LUCK_HIGH),
        Column("fresh_replications", _INT, "", "pairs of fresh runs"),
        Column("gap_first_t", _FLOAT, "t/yr", "first_t less fresh_t"),
        Column("gap_first_low_t", _FLOAT, "t/yr", "95 % interval of two samples (Welch), lower end"),
        Column("gap_first_high_t", _FLOAT, "t/yr", "95 % interval of two samples (Welch), upper end"),
        Column("gap_promised_t", _FLOAT, "t/yr", "promised_t less fresh_t: above 0 the surrogate promised too much"),
        Column("gap_promised_low_t", _FLOAT, "t/yr", "95 % interval over fresh replications, lower end"),
        Column("gap_promised_high_t", _FLOAT, "t/yr", "95 % interval over fresh replications, upper end"),
    ),
    "the optimiser's curse in `waterbed size`: what the best plan promised, and what it gave on fresh luck",
)
FUNDING_REGRET = table_schema(
    (
        _BUDGET,
        Column("scenario", _NAME, "", "what is otherwise than assumed"),
        Column("about", _TEXT, "", "what that means"),
        _RULE,
        Column("objective_t", _FLOAT, "t/yr", "objective of the plan in the scenario: surrogate"),
        Column("best_t", _FLOAT, "t/yr", "objective of the best plan that the optimiser finds for the scenario"),
        Column("regret_t", _FLOAT, "t/yr", "best_t less objective_t"),
    ),
    "regret of plans of `waterbed size` if things are otherwise: surrogate, not simulated",
)
FUNDING_INFORMATION = table_schema(
    (
        _BUDGET,
        Column("parameter", _NAME, "", "parameter of which all would be known; `all` for all at once (EVPI)"),
        Column("value_t", _FLOAT, "t/yr", "expected value of perfect information: surrogate"),
        Column("draws", _INT, "", "draws from the priors"),
    ),
    "what knowing a parameter before buying would be worth in `waterbed size`: surrogate, not simulated",
)
FUNDING_SENSITIVITY = table_schema(
    (
        _BUDGET,
        Column("parameter", _NAME, "", "parameter, or fitted factor of the surrogate"),
        Column("explained", _FLOAT, "1", "squared rank correlation with the objective of the plan, over draws"),
        Column("value", _FLOAT, "unit", "its value here: 5 % or 95 % quantile of the draws"),
        Column("kept_off_t", _FLOAT, "t/yr", "what the adaptive plan keeps off here: surrogate; NaN if refused"),
        Column("lost_t", _FLOAT, "t/yr", "what keeping to it loses here against the best plan; NaN if refused"),
        Column("units_changed", _INT, "", "units of it that the best plan here does not have"),
        Column("units", _INT, "", "units of the adaptive plan"),
        Column("refusal", _TEXT, "", "why the parameters do not fit together here; empty if they do"),
    ),
    "the adaptive plan of `waterbed size` at both ends of the five most uncertain parameters: surrogate, not simulated",
)
FUNDING_DETECTION = table_schema(
    (
        _BUDGET,
        Column("what", _NAME, "", "what begins to hold"),
        Column("usual", _FLOAT, "1", "mean image detection of the case; 1 for what second looks see"),
        Column("changes_at", _FLOAT, "1", "where it begins to hold; NaN if nowhere"),
        Column("looked_to", _FLOAT, "1", "up to where it was looked for"),
    ),
    "the image detection, or factor on what second looks see, at which another plan than the adaptive one is better by "
    "1 %: surrogate, not simulated",
)
FUNDING_TRIALS = table_schema(
    (
        Column("trial", _INT, "", "portfolio that was simulated for the fit"),
        Column("units", _INT, "", "units in it"),
        Column("grant_eur_million", _FLOAT, "EUR million", "EU money that it takes"),
        Column("simulated_t", _FLOAT, "t/yr", "kept off: mean over replications"),
        Column("error_t", _FLOAT, "t/yr", "standard error of that mean"),
        Column("surrogate_t", _FLOAT, "t/yr", "kept off by the surrogate fitted to all others"),
    ),
    "portfolios that the surrogate of `waterbed size` was fitted to, each predicted from the others",
)
FUNDING_FIT = table_schema(
    (
        Column("quantity", _NAME, "", "fitted factor on what parameters imply, or measure of error"),
        Column("unit", _NAME, "", "unit"),
        Column("value", _FLOAT, "unit", "value"),
        Column("about", _TEXT, "", "what it is"),
    ),
    "the fitted surrogate of `waterbed size`, and its error on portfolios that it was not fitted to",
)
FUNDING_RUNS = table_schema(
    (
        Column("stage", _NAME, "", "trial, first (on which plans are compared), or fresh"),
        Column("plan", _NAME, "", "rule, trial number, or baseline"),
        _BUDGET,
        Column("replication", _INT, "", "the same number means the same luck in every plan"),
        Column("landed_t", _FLOAT, "t/yr", "landed in the EU, over the two years compared"),
        Column("landed_window_t", _FLOAT, "t/yr", "landed in the EU, all years of the analysis"),
        Column("landed_anywhere_t", _FLOAT, "t/yr", "landed at all places of the world, over the two years compared"),
        Column("seized_t", _FLOAT, "t/yr", "seized in the EU at places of entry, over the two years compared"),
        Column("price_eur_per_kg", _FLOAT, "EUR/kg", "mean wholesale price, over the two years compared"),
        Column(
            "trade_delay_h",
            _FLOAT,
            "h/yr",
            "delay of clean boxes beyond their planned release, over the two years compared",
        ),
        Column("trade_cost_eur", _FLOAT, "EUR/yr", "what controls cost to trade, over the two years compared"),
        Column("lever_cost_eur", _FLOAT, "EUR/yr", "what levers and coordination take of the money of states: drives"),
        Column("lever_posts", _FLOAT, "posts", "posts of states that levers and coordination take"),
    ),
    "one row a run of `waterbed size`",
)
FUNDING_RANGES = table_schema(
    (
        _RULE,
        _BUDGET,
        Column("port_range", _NAME, "", "port range, with what lands outside its terminals"),
        Column("kept_off_t", _FLOAT, "t/yr", "less landed in the EU than without a grant: simulated; negative if more"),
        Column("low_t", _FLOAT, "t/yr", _LUCK_LOW),
        Column("high_t", _FLOAT, "t/yr", _LUCK_HIGH),
    ),
    "where simulated plans of `waterbed size` keep off, and where flow is displaced to",
)
FUNDING_FACTS = table_schema(
    (
        Column("fact", _NAME, "", "what holds of every recommendation"),
        Column("text", _TEXT, "", "in words"),
        Column("source", _TEXT, "", "row of the reference data"),
    ),
    "the legal facts of recommendations of `waterbed size`",
)
FUNDING_ASSUMPTIONS = table_schema(
    (
        Column("name", _TEXT, "", "what is assumed"),
        Column("value", _TEXT, "", "value in use"),
        Column("unit", _TEXT, "", "unit"),
        Column("source", _TEXT, "", "source, or the word assumption"),
    ),
    "what an answer of `waterbed size` rests on",
)

FUNDING_TABLES: dict[str, pa.Schema] = {
    "funding_curve": FUNDING_CURVE,
    "funding_outcomes": FUNDING_OUTCOMES,
    "funding_marginal": FUNDING_MARGINAL,
    "funding_states": FUNDING_STATES,
    "funding_units": FUNDING_UNITS,
    "funding_phases": FUNDING_PHASES,
    "funding_coordination": FUNDING_COORDINATION,
    "funding_curse": FUNDING_CURSE,
    "funding_regret": FUNDING_REGRET,
    "funding_information": FUNDING_INFORMATION,
    "funding_sensitivity": FUNDING_SENSITIVITY,
    "funding_detection": FUNDING_DETECTION,
    "funding_ranges": FUNDING_RANGES,
    "funding_fit": FUNDING_FIT,
    "funding_trials": FUNDING_TRIALS,
    "funding_runs": FUNDING_RUNS,
    "funding_facts": FUNDING_FACTS,
    "funding_assumptions": FUNDING_ASSUMPTIONS,
}
