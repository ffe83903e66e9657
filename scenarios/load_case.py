"""From command-line overrides to a checked case: Hydra composes conf/ once, and nothing of it goes further in."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from typing import Any

from scenarios.case import EVERYONE, Case, GoodSpec
from scenarios.errors import InputError, unknown_name
from scenarios.goods import departure_port_codes
from scenarios.parameter_table import make_parameters, parameter_rows, rows_of_good
from scenarios.plain_conf import CONF, entries, group_names, load_plain, refuse_code, validated
from scenarios.purchases import check_purchases
from scenarios.reference import entry_port_codes
from scenarios.regimes import check_regime, derived_regime

_CASE_FIELDS = ("world", "scenario", "regime", "good", "switches", "behaviour", "burn_in_start", "start",
                "horizon_years", "closing_days", "engine")  # fmt: skip
_GROUPS = ("world", "scenario", "regime", "good")
_BY_PORT = ("capacity_scale", "terminal_security")
_BY_DEFAULT = ("regime.decides=", "regime.objective=", "regime.pooled_envelopes=")
"""Settings that a file may leave at their defaults."""
_OPEN = ("regime.levers.", "regime.joins.", "lever_groups.", *_BY_DEFAULT,
         *(f"funding.{name}{mark}" for name in ("caps", "floors") for mark in ".="),
         *(f"scenario.{name}{mark}" for name in _BY_PORT for mark in ".="))  # fmt: skip
_FORM = re.compile(r"~[A-Za-z_][\w./@]*(=.*)?|\+{0,2}[A-Za-z_][\w./@]*=.*", re.DOTALL)
_NAME = re.compile(r"\w[\w-]*")
_FILE = re.compile(r"(\w+/)*\w+\.csv")
_UNSET = "???"
"""Hydra's mark of a value that is still missing."""
_SETTINGS = "`waterbed show settings` lists them all."
_MOST_YEARS, _YEARS = 30, (2000, 2100)


def load_case(overrides: list[str]) -> Case:
    """Return the case that ``conf/`` and the overrides describe.

    Args:
        overrides: as on the command line, such as ``["world=north_range", "horizon_years=3"]``.

    Raises:
        InputError: an unknown name, a wrong value, or a scenario file that is not plain data.
    """
    return make_case(compose(overrides))


def compose(overrides: list[str]) -> dict[str, Any]:
    """Return the composed configuration as plain data, parameters filled from the good and the table.

    Raises:
        InputError: an override that Hydra cannot apply, or a file with ``_target_``.
    """
    # Hydra takes a third of a second to import: only where a configuration is composed.
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.core.config_store import ConfigStore
    from hydra.core.global_hydra import GlobalHydra
    from omegaconf import OmegaConf

    # Ports, levers and countries are added to dictionaries by name; Hydra would take a new one for a misspelt setting.
    asked = [f"++{text}" if text.startswith(_OPEN) else text for text in _without_derived(overrides)]
    store = ConfigStore.instance()
    store.store(group="parameters", name="table", node=_unset_parameters())
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(config_dir=str(CONF), version_base="1.3"):
            config = hydra_compose("config", overrides=["+parameters=table", *asked])
        plain = OmegaConf.to_container(config, resolve=False)
    except Exception as error:
        if not _is_about_input(error):
            raise
        raise _explain(error, overrides) from None
    assert isinstance(plain, dict)
    refuse_code(plain)
    _check_settings(plain, _without_derived(overrides))
    _fill_parameters(plain)
    return {str(key): value for key, value in plain.items()}


def make_case(config: Mapping[str, Any]) -> Case:
    """Return the checked case of a composed configuration.

    Raises:
        InputError: a value of the wrong type, outside its bounds, or unknown.
    """
    raw = {name: config[name] for name in _CASE_FIELDS} | {"purchases": config.get("purchases", ())}
    rows = rows_of_good(_good(raw["good"]))
    case: Case = validated(Case, {**raw, "parameters": make_parameters(config.get("parameters"), rows)})
    _check_time(case)
    _check_world(case)
    _check_ports(case)
    check_regime(case.regime)
    check_purchases(case, entry_port_codes())
    return case


def _check_time(case: Case) -> None:
    if not 1 <= case.horizon_years <= _MOST_YEARS:
        raise InputError(f"horizon_years: {case.horizon_years} is not allowed; allowed: 1 to {_MOST_YEARS}.")
    if not 0 <= case.closing_days <= 730:
        raise InputError(f"closing_days: {case.closing_days} is not allowed; allowed: 0 to 730.")
    for name, date in (("burn_in_start", case.burn_in_start), ("start", case.start)):
        if not _YEARS[0] <= date.year <= _YEARS[1]:
            raise InputError(f"{name}: {date} is not allowed; allowed: years {_YEARS[0]} to {_YEARS[1]}.")
    if case.start <= case.burn_in_start:
        raise InputError(f"start: {case.start} is not after burn_in_start {case.burn_in_start}; allowed: a later date.")
    if (case.start.month, case.start.day) != (1, 1):
        raise InputError(f"start: {case.start} is not a first of January; accounts are kept by calendar year.")


def _check_world(case: Case) -> None:
    for name in _BY_PORT:
        for port, value in getattr(case.scenario, name).items():
            if not 0 <= value < math.inf:
                raise InputError(f"scenario.{name}.{port}: {value:g} is not allowed; allowed: 0 or more.")
    share = case.world.supply_share
    if share is not None and not 0 < share <= 1:
        raise InputError(f"world.supply_share: {share:g} is not allowed; allowed: above 0, at most 1, or null.")
    for name, growth in (
        ("supply_growth_per_year", case.scenario.supply_growth_per_year),
        ("demand_growth_per_year", case.scenario.demand_growth_per_year),
    ):
        if not -1 < growth <= 1:
            raise InputError(f"scenario.{name}: {growth:g} is not allowed; allowed: above -1, at most 1.")
    for group in _GROUPS:
        # Names become names of folders.
        called = getattr(case, group).name
        if not _NAME.fullmatch(called):
            raise InputError(f"{group}.name: '{called}' is not allowed; allowed: letters, digits, '_' and '-'.")


def load_good(name: str) -> GoodSpec:
    """Return a good of conf/good by name.

    Raises:
        InputError: no such good, or a file that is not plain data.
    """
    return _good(load_plain("good", name))


def _good(raw: object) -> GoodSpec:
    """Return a good whose files, if there are such, lie below the data directory."""
    good: GoodSpec = validated(dict[str, GoodSpec], {"good": raw})["good"]
    for name, file in good.files.items():
        if not _FILE.fullmatch(file):
            raise InputError(
                f"good.{name}: '{file}' is not allowed; allowed: a path below scenarios/data, such as "
                f"goods/{good.name}/{name}.csv."
            )
    return good


def _without_derived(overrides: list[str]) -> list[str]:
    """Return the overrides with a regime that is derived from another one spelt out."""
    asked: list[str] = []
    for override in overrides:
        group, _, value = override.partition("=")
        derived = derived_regime(value.strip("'\"")) if group == "regime" else None
        asked += [override] if derived is None else [f"regime={derived[0]}", *derived[1]]
    return asked


def _unset_parameters() -> dict[str, dict[str, str]]:
    """Return every parameter without a value: which one it gets is known when the good is."""
    blocks: dict[str, dict[str, str]] = {}
    for dotted in parameter_rows():
        block, name = dotted.split(".")
        blocks.setdefault(block, {})[name] = _UNSET
    return blocks


def _fill_parameters(config: Mapping[Any, Any]) -> None:
    """Give the parameters that nobody has set the value of the good, or else of the table."""
    rows = rows_of_good(_good(config["good"]))
    for block, values in config["parameters"].items():
        for name, value in values.items():
            row = rows.get(f"{block}.{name}")
            if value == _UNSET and row is not None:
                values[name] = row.default


def _check_ports(case: Case) -> None:
    entry, departure = entry_port_codes(), departure_port_codes(case.good)
    for place, named, codes in (
        ("world.entry_ports", case.world.entry_ports, entry),
        (f"world.departure_ports of {case.good.name}", case.world.departure_ports, departure),
        ("scenario.capacity_scale", case.scenario.capacity_scale, entry),
        ("scenario.terminal_security", case.scenario.terminal_security, entry),
        ("scenario.unknown_ports", case.scenario.unknown_ports, entry),
    ):
        for code in named if named != EVERYONE else ():
            if code not in codes:
                raise unknown_name(place, code, [*codes, *(EVERYONE if place.startswith("world") else ())])


def _check_settings(config: Mapping[Any, Any], overrides: list[str]) -> None:
    """Refuse settings that nothing reads, and the lack of one."""
    group_error = _group_error(overrides)
    if group_error is not None:
        raise group_error
    known = {*_known_settings(), "parameters"}
    for override in overrides:
        if override.lstrip("+~").startswith(("hydra.", "hydra/", "hydra=")):
            raise InputError(f"override '{override}': Hydra itself cannot be set here. {_SETTINGS}")
    for name in config:
        if name not in known:
            raise unknown_name("override", str(name), known, most=len(known))
    for name in known - config.keys():
        raise InputError(f"{name}: missing; it must have a value.")
    for name in ("parameters", *_GROUPS):
        if not isinstance(config[name], Mapping):
            raise InputError(f"{name}: '{config[name]}' is not allowed; override one of its settings. {_SETTINGS}")
    for block, values in config["parameters"].items():
        if not isinstance(values, Mapping):
            raise InputError(f"parameters.{block}: '{values}' is not allowed; override one parameter of the block.")


def _is_about_input(error: Exception) -> bool:
    """Return whether the composition failed because of an override or a file, not because of a bug."""
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    # Hydra lets errors of its YAML reader through, and a bare ValueError for world=3.
    is_yaml = type(error).__module__.partition(".")[0] == "yaml"
    return is_yaml or isinstance(error, HydraException | OmegaConfBaseException | ValueError)


def _explain(error: Exception, overrides: list[str]) -> InputError:
    """Turn Hydra's report of many lines into one sentence with the nearest allowed names."""
    text = " ".join(str(error).split())
    options = re.search(r"Could not find '([^']+)'.*?Available options in '([^']+)': (.*?)(?: Config search|$)", text)
    if options:
        wanted, group, names = options.groups()
        return unknown_name(group, wanted.split("/")[-1], names.split())
    key = re.search(r"Could not (?:override|delete from config\.|append to config\.) ?'([^']+)'", text)
    if key and "already" not in text:
        known = [f"parameters.{name}" for name in parameter_rows()]
        known += [path for path, _, _ in entries(_known_settings(), "")]
        near = difflib.get_close_matches(key.group(1), known, n=3)
        hint = f"; did you mean {', '.join(near)}?" if near else "."
        return InputError(f"override '{key.group(1)}': no such setting{hint} {_SETTINGS}")
    wrong = next((override for override in overrides if not _FORM.fullmatch(override)), None)
    if wrong is not None:
        return InputError(f"override '{wrong}': not of the form name=value. {_SETTINGS}")
    group_error = _group_error(overrides)
    if group_error is not None:
        return group_error
    if "weep" in text:
        return InputError(f"override {' '.join(overrides)}: one value for each setting, a list as name=[one,two].")
    is_file = str(CONF) in text
    what = (
        "conf: a file cannot be read as plain YAML" if is_file else f"override {' '.join(overrides)}: cannot be applied"
    )
    return InputError(f"{what} ({text.split(' See ')[0].rstrip('.')}).")


def _group_error(overrides: list[str]) -> InputError | None:
    """Return what is wrong with a choice of world, scenario, regime or good; Hydra would merge a list of them."""
    for override in overrides:
        group, _, value = override.partition("=")
        if group in _GROUPS and value.strip("'\"") not in group_names(group):
            return InputError(f"{group}: '{value}' is not allowed; allowed: one of {', '.join(group_names(group))}.")
    return None


def _known_settings() -> dict[str, Any]:
    """Return every setting but the parameters, with the values of conf/ for one choice of each group."""
    from omegaconf import OmegaConf

    config = OmegaConf.to_container(OmegaConf.load(CONF / "config.yaml"))
    assert isinstance(config, dict)
    defaults = config.pop("defaults")
    chosen = {name: value for choice in defaults if isinstance(choice, dict) for name, value in choice.items()}
    groups = {name: OmegaConf.to_container(OmegaConf.load(CONF / name / f"{chosen[name]}.yaml")) for name in _GROUPS}
    return {str(key): value for key, value in {**config, **groups}.items()}
