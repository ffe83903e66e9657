"""What `vary` on the command line says: which factors, and over what.

An element is NAME (a parameter over its prior, `regime` over the arms, a setting over all it can be), NAME:low..high
(uniform), NAME:a|b|c (levels), a block such as `choice` (its parameters that have a prior) or `all` (every parameter
that has one). What is named alone replaces what a block or `all` says of it.

A sweep moves each parameter by itself, as it stands in the table. The interception anchor
(experiments/interception_anchor.py), which `stress` and `spillover` draw with, is not kept: supply, lots, landed mass,
separation and image detections do not follow interception, tips and scans, and combinations that do not fit what was
seized and scanned are among the points. `tied_by_anchor` names the factors of which this holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from experiments.sweep.factors import Factor, is_number
from experiments.sweep.points import good_rows, level_text, with_settings
from experiments.sweep.settings_of_cases import choices, is_number_setting, is_whole_setting, setting_names, type_of
from scenarios.case import Case
from scenarios.errors import InputError, unknown_name
from scenarios.parameter_row import ParameterRow
from scenarios.parameter_table import field_types
from scenarios.priors import Prior, parameter_value, parse_prior
from scenarios.regimes import is_regime, regime_names

ALL = "all"


def parse_factors(texts: Sequence[str], case: Case, arms: Sequence[str] = ()) -> tuple[Factor, ...]:
    """Return the factors that the elements of `vary` name, in their order.

    Args:
        texts: elements.
        case: where every point starts from.
        arms: levels of `regime` if it is named alone.

    Raises:
        InputError: an unknown name, a range or a level that is not allowed, or a factor that is named twice.
    """
    rows = good_rows(case.good)
    blocks = {name.partition(".")[0] for name in rows}
    factors: dict[str, Factor] = {}
    alone: set[str] = set()
    for text in texts:
        if text == ALL or text in blocks:
            _refuse_priors_of_another_good(text, case)
            some = [name for name in rows if text in (ALL, name.partition(".")[0]) and _prior(rows[name]) is not None]
            if not some:
                raise InputError(f"vary: no parameter of the block '{text}' has a prior; give a range for one of them.")
            factors |= {name: parse_factor(name, case) for name in some if name not in factors}
            continue
        factor = parse_factor(text, case, arms)
        if factor.name in alone:
            raise InputError(f"vary: '{factor.name}' is named twice; allowed: each factor once.")
        alone.add(factor.name)
        factors[factor.name] = factor
    return tuple(factors.values())


def parse_factor(text: str, case: Case, arms: Sequence[str] = ()) -> Factor:
    """Return the factor that an element of `vary` names alone.

    Args:
        text: NAME, NAME:low..high or NAME:a|b|c.
        case: where every point starts from.
        arms: levels of `regime` if it is named alone.

    Raises:
        InputError: an unknown name, or a range or a level that is not allowed.
    """
    name, mark, over = (part.strip() for part in text.partition(":"))
    name = name.removeprefix("parameters.")
    rows = good_rows(case.good)
    if name not in rows and type_of(name) is None:
        raise unknown_name("vary", name, [*setting_names(), *rows])
    if mark and not over:
        raise InputError(f"vary: '{text}' says nothing after the colon; allowed: low..high or a|b|c.")
    if ".." in over:
        return _over_range(name, over, case)
    if over:
        return _over_levels(name, tuple(part.strip() for part in over.split("|")), rows)
    if name in rows:
        return _over_prior(name, case)
    levels = tuple(arms) if name == "regime" and arms else choices(name)
    if not levels:
        more = f"{name}:low..high" if is_number_setting(name) else f"{name}:a|b"
        raise InputError(f"vary: what {name} can be is not a list; say over what it varies, as {more}.")
    return _over_levels(name, levels, rows)


def check_level(name: str, level: str, rows: Mapping[str, ParameterRow]) -> None:
    """Check one level of a factor, as far as it can be told without composing a case.

    Raises:
        InputError: the parameter or the setting cannot have it.
    """
    if name in rows:
        if not is_number(level):
            raise InputError(f"vary: {name}: '{level}' is not a number; allowed: {_allowed(name, rows[name])}.")
        _check_number(name, float(level), rows)
    elif name == "regime":
        if not is_regime(level):
            raise unknown_name("vary, regime", level, regime_names())
    elif choices(name) and level not in choices(name):
        raise unknown_name(f"vary, {name}", level, choices(name))
    elif not level:
        raise InputError(f"vary: {name} has an empty level; allowed: values between the bars, as a|b|c.")


def is_whole(name: str) -> bool:
    """Return whether a parameter or a setting takes whole numbers only."""
    return is_whole_setting(name) or field_types().get(name) is int


def tied_by_anchor(names: Sequence[str]) -> list[str]:
    """Return which of these parameters the interception anchor ties to others; a sweep moves each by itself."""
    from experiments.interception_anchor import FOLLOWING, anchor_priors

    tied = {*FOLLOWING, *anchor_priors()}
    return [name for name in names if name in tied]


def _over_prior(name: str, case: Case) -> Factor:
    row = good_rows(case.good)[name]
    prior = _prior(row)
    if prior is None:
        raise InputError(
            f"vary: {name} has no prior; say over what it varies, as {name}:low..high or {name}:a|b "
            f"within {_allowed(name, row)}."
        )
    _refuse_priors_of_another_good(name, case)
    return Factor(name, prior, is_whole=is_whole(name))


def _over_range(name: str, over: str, case: Case) -> Factor:
    low, _, high = (part.strip() for part in over.partition(".."))
    if not (is_number(low) and is_number(high)) or not float(low) < float(high):
        raise InputError(f"vary: {name}: '{over}' is not a range; allowed: low..high, two numbers in this order.")
    prior = Prior(float(low), float(high))
    rows = good_rows(case.good)
    if name not in rows and not is_number_setting(name):
        raise InputError(f"vary: {name}: '{over}' is not allowed, it takes no numbers; allowed: levels, as a|b.")
    for end in (prior.low, prior.high):
        if name in rows:
            _check_number(name, end, rows)
        else:
            with_settings(case, {name: level_text(end)})
    return Factor(name, prior, is_whole=is_whole(name))


def _over_levels(name: str, levels: tuple[str, ...], rows: Mapping[str, ParameterRow]) -> Factor:
    for level in levels:
        check_level(name, level, rows)
    factor = Factor(name, levels=levels)
    values = factor.level_column().to_pylist()
    for level, value in zip(levels, values, strict=True):
        if values.count(value) > 1:
            raise InputError(f"vary: {name}: '{level}' is there {values.count(value)} times; allowed: each level once.")
    return factor


def _check_number(name: str, value: float, rows: Mapping[str, ParameterRow]) -> None:
    if parameter_value(name, value, rows) != value:
        raise InputError(f"vary: {name}: {value:g} is not allowed; allowed: {_allowed(name, rows[name])}.")


def _allowed(name: str, row: ParameterRow) -> str:
    return f"{'whole numbers from ' if is_whole(name) else ''}{row.low:g} to {row.high:g} {row.unit}"


def _prior(row: ParameterRow) -> Prior | None:
    prior = parse_prior(row.prior, row.default)
    return None if row.kind == "fixed" or prior.sd == 0 else prior


def _refuse_priors_of_another_good(text: str, case: Case) -> None:
    if case.good.has_own_parameters:
        raise InputError(
            f"vary: '{text}' has no range for {case.good.name}: the priors of the table are of another good; "
            "allowed: NAME:low..high or NAME:a|b."
        )
