"""What kind of value each setting of a case takes, read from the types of the case itself."""

from __future__ import annotations

import dataclasses as dc
import typing
from types import UnionType
from typing import Any

from scenarios.case import Case, LeverSpec, Scope
from scenarios.levers import lever_terms
from scenarios.parameters import Parameters
from scenarios.plain_conf import group_names
from scenarios.reference import entry_port_codes

GROUPS = ("world", "scenario", "regime", "good")
"""Settings that choose a file of conf/."""
_BY_NAME = {
    "regime.levers": lever_terms,
    "scenario.capacity_scale": entry_port_codes,
    "scenario.terminal_security": entry_port_codes,
}
"""Settings by name of something else: which names there are."""
_WORDS = ("name", "about")


def type_of(name: str) -> Any:
    """Return the type of a setting of a case by dotted name, None if there is no such setting or it is a parameter."""
    kind: Any = Case
    for step in name.split("."):
        if dc.is_dataclass(kind):
            kind = typing.get_type_hints(kind).get(step)
        elif typing.get_origin(kind) is dict:
            kind = typing.get_args(kind)[1]
        else:
            return None
    return None if kind is Parameters else kind


def is_number_setting(name: str) -> bool:
    """Return whether a setting takes numbers."""
    return bool({int, float} & _alternatives(type_of(name)))


def is_plain(name: str) -> bool:
    """Return whether a value of a setting can stand in a case as it is: a number, a switch, one of some words."""
    return name not in GROUPS and (is_number_setting(name) or bool(choices(name)))


def is_whole_setting(name: str) -> bool:
    """Return whether a setting takes whole numbers only."""
    return int in _alternatives(type_of(name))


def choices(name: str) -> tuple[str, ...]:
    """Return every value that a setting can have, if they can be listed; for `regime`, those of conf/."""
    if name in GROUPS:
        return tuple(group_names(name))
    kind = type_of(name)
    if kind is bool:
        return ("false", "true")
    if kind is LeverSpec:
        kind = Scope
    return typing.get_args(kind) if typing.get_origin(kind) is typing.Literal else ()


def setting_names() -> list[str]:
    """Return the names of the settings of a case, without parameters."""
    return [*GROUPS, *_names("", Case)]


def _names(place: str, kind: Any) -> list[str]:
    names = []
    for field, hint in typing.get_type_hints(kind).items():
        name = f"{place}.{field}" if place else field
        if dc.is_dataclass(hint) and hint is not Parameters:
            names += _names(name, hint)
        elif name in _BY_NAME:
            names += [f"{name}.{key}" for key in _BY_NAME[name]()]
        elif hint is not Parameters and field not in _WORDS:
            names.append(name)
    return names


def _alternatives(kind: Any) -> set[Any]:
    return set(typing.get_args(kind)) if typing.get_origin(kind) in (typing.Union, UnionType) else {kind}
