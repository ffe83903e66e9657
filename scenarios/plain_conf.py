"""Files of conf/ as plain data, and complaints about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from scenarios.errors import InputError, unknown_name

CONF = Path(__file__).resolve().parent.parent / "conf"
_LONGEST_VALUE = 60


def load_plain(group: str, name: str) -> Any:
    """Return a choice of a group of conf/ as plain data.

    Raises:
        InputError: no such choice, or a file that names code.
    """
    from omegaconf import OmegaConf

    names = group_names(group)
    if name not in names:
        raise unknown_name(group, name, names)
    raw = OmegaConf.to_container(OmegaConf.load(CONF / group / f"{name}.yaml"))
    refuse_code(raw)
    return raw


def group_names(group: str) -> list[str]:
    """Return the choices of a group of conf/, such as world or lever."""
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


def validated(kind: type, raw: object) -> Any:
    """Return the value as its type has it.

    Raises:
        InputError: it is not of that type.
    """
    try:
        return TypeAdapter(kind).validate_python(raw)
    except ValidationError as error:
        raise explain_value(error) from None


def explain_value(error: ValidationError) -> InputError:
    """Return the first complaint of a typed check as one sentence: place, value, what is allowed."""
    first = error.errors()[0]
    place, given = ".".join(str(part) for part in first["loc"]), str(first["input"])
    if first["type"] in ("missing", "missing_argument"):
        return InputError(f"{place}: missing; it must have a value.")
    if first["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        return InputError(f"{place}: no such setting. `waterbed show settings` lists them all.")
    if len(given) > _LONGEST_VALUE:
        given = f"{given[:_LONGEST_VALUE]}..."
    return InputError(f"{place}: '{given}' is not allowed: {first['msg'].removeprefix('Input ')}.")


def refuse_code(node: object, place: str = "") -> None:
    """Refuse ``_target_`` and its like, and ``${...}``: scenario files are data, they never name code.

    Raises:
        InputError: there is one.
    """
    for path, key, value in entries(node, place):
        if key.startswith("_") and key.endswith("_"):
            raise InputError(
                f"{path}: '{key}' is not allowed; scenario files are data and name no classes or functions to run."
            )
        if isinstance(value, str) and "${" in value:
            raise InputError(f"{path}: '{value}' is not allowed; scenario files are data: write the value itself.")


def entries(node: object, place: str) -> Iterator[tuple[str, str, object]]:
    """Yield the path, the key and the value of every entry, at any depth."""
    children = node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, list) else ()
    for key, value in children:
        path = f"{place}.{key}" if place else str(key)
        yield path, str(key), value
        yield from entries(value, path)
