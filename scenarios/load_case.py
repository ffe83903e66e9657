"""From command-line overrides to a checked case: Hydra composes conf/ once, and nothing of it goes further in."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from scenarios.case import Case, RegimeSpec
from scenarios.errors import InputError, unknown_name
from scenarios.parameter_table import make_parameters, parameter_rows

CONF = Path(__file__).resolve().parent.parent / "conf"
_CASE_FIELDS = (
    "world",
    "scenario",
    "regime",
    "switches",
    "burn_in_start",
    "start",
    "horizon_years",
    "closing_days",
    "engine",
)


def load_case(overrides: list[str]) -> Case:
    """Return the case that ``conf/`` and the overrides describe.

    Args:
        overrides: as on the command line, such as ``["world=north_range", "horizon_years=3"]``.

    Raises:
        InputError: an unknown name, a wrong value, or a scenario file that is not plain data.
    """
    return make_case(compose(overrides))


def compose(overrides: list[str]) -> dict[str, Any]:
    """Return the composed configuration as plain data, parameters filled from the table.

    Raises:
        InputError: an override that Hydra cannot apply, or a file with ``_target_``.
    """
    # Hydra takes a third of a second to import: only where a configuration is composed.
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.core.config_store import ConfigStore
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    store = ConfigStore.instance()
    store.store(group="parameters", name="table", node=_parameter_defaults())
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(config_dir=str(CONF), version_base="1.3"):
            config = hydra_compose("config", overrides=["+parameters=table", *overrides])
        plain = OmegaConf.to_container(config, resolve=True)
    except (HydraException, OmegaConfBaseException) as error:
        raise _explain(error, overrides) from None
    assert isinstance(plain, dict)
    _refuse_code(plain)
    return {str(key): value for key, value in plain.items()}


def make_case(config: Mapping[str, Any]) -> Case:
    """Return the checked case of a composed configuration.

    Raises:
        InputError: a value of the wrong type, outside its bounds, or unknown.
    """
    raw = {name: config[name] for name in _CASE_FIELDS}
    case: Case = _validated(Case, {**raw, "parameters": make_parameters(config.get("parameters"))})
    if case.horizon_years < 1:
        raise InputError(f"horizon_years: {case.horizon_years} is not allowed; allowed: 1 or more.")
    if not 0 <= case.closing_days <= 730:
        raise InputError(f"closing_days: {case.closing_days} is not allowed; allowed: 0 to 730.")
    if case.start <= case.burn_in_start:
        raise InputError(f"start: {case.start} is not after burn_in_start {case.burn_in_start}; allowed: a later date.")
    if (case.start.month, case.start.day) != (1, 1):
        raise InputError(f"start: {case.start} is not a first of January; accounts are kept by calendar year.")
    for port, factor in case.scenario.capacity_scale.items():
        if factor < 0:
            raise InputError(f"scenario.capacity_scale.{port}: {factor:g} is negative; allowed: 0 or more.")
    share = case.world.supply_share
    if share is not None and not 0 <= share <= 1:
        raise InputError(f"world.supply_share: {share:g} is not allowed; allowed: 0 to 1, or null.")
    _check_ports(case)
    return case


def load_regime(name: str) -> RegimeSpec:
    """Return a regime of conf/regime by name.

    Raises:
        InputError: no such regime.
    """
    from omegaconf import OmegaConf

    names = regime_names()
    if name not in names:
        raise unknown_name("regime", name, names)
    raw = OmegaConf.to_container(OmegaConf.load(CONF / "regime" / f"{name}.yaml"))
    _refuse_code(raw)
    regime: RegimeSpec = _validated(RegimeSpec, raw)
    return regime


def regime_names() -> list[str]:
    """Return the names of all regimes."""
    return sorted(path.stem for path in (CONF / "regime").glob("*.yaml"))


def _parameter_defaults() -> dict[str, dict[str, float]]:
    blocks: dict[str, dict[str, float]] = {}
    for dotted, row in parameter_rows().items():
        block, name = dotted.split(".")
        blocks.setdefault(block, {})[name] = row.default
    return blocks


def _check_ports(case: Case) -> None:
    from scenarios.reference import entry_port_codes

    codes = entry_port_codes()
    for place, named in (
        ("scenario.capacity_scale", case.scenario.capacity_scale),
        ("scenario.unknown_ports", case.scenario.unknown_ports),
    ):
        for code in named:
            if code not in codes:
                raise unknown_name(place, code, codes)


def _validated(kind: type, raw: object) -> Any:
    try:
        return TypeAdapter(kind).validate_python(raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{place}: '{first['input']}' is not allowed: {first['msg']}.") from None


def _refuse_code(node: object, place: str = "") -> None:
    """Refuse ``_target_`` and its like: scenario files are data, they never name code."""
    for path, key in _keys(node, place):
        if key.startswith("_") and key.endswith("_"):
            raise InputError(
                f"{path}: '{key}' is not allowed; scenario files are data and name no classes or functions to run."
            )


def _keys(node: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            path = f"{place}.{key}" if place else str(key)
            yield path, str(key)
            yield from _keys(value, path)
    elif isinstance(node, list):
        for value in node:
            yield from _keys(value, place)


def _explain(error: Exception, overrides: list[str]) -> InputError:
    """Turn Hydra's report of many lines into one sentence with the nearest allowed names."""
    text = " ".join(str(error).split())
    options = re.search(r"Could not find '([^']+)'.*?Available options in '([^']+)': (.*?)(?: Config search|$)", text)
    if options:
        wanted, group, names = options.groups()
        return unknown_name(group, wanted.split("/")[-1], names.split())
    key = re.search(r"Could not override '([^']+)'", text)
    if key:
        known = [f"parameters.{name}" for name in parameter_rows()]
        known += [path for path, _ in _keys(_top_level(), "")]
        near = difflib.get_close_matches(key.group(1), known, n=3)
        hint = f"; did you mean {', '.join(near)}?" if near else "."
        return InputError(f"override '{key.group(1)}': no such setting{hint} `waterbed show settings` lists them all.")
    return InputError(f"override {' '.join(overrides)}: {text.split(' See ')[0]}")


def _top_level() -> object:
    from omegaconf import OmegaConf

    config = OmegaConf.to_container(OmegaConf.load(CONF / "config.yaml"))
    assert isinstance(config, dict)
    config.pop("defaults")
    groups = {name: OmegaConf.to_container(OmegaConf.load(CONF / name / f"{first}.yaml"))
              for name, first in (("world", "eu"), ("scenario", "flat"), ("regime", "frozen"))}  # fmt: skip
    return {**config, **groups}
