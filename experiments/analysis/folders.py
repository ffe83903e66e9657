"""Several sweeps of the same points: in what they differ, which must be one setting, for that is what is contrasted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from experiments.sweep.points import level_text
from experiments.sweep.reading import SweepReader
from scenarios.errors import InputError

CHOSEN = ("regime", "scenario")
"""Settings that choose a file of conf/, all of whose content is one difference."""
_SHOWN = 5
_SAME = ("world", "good", "burn_in_start", "start", "horizon_years", "closing_days")
"""Of the cases of sweeps that are compared run by run."""


def contrasted_setting(readers: Sequence[SweepReader]) -> tuple[str, list[str]]:
    """Return the one setting in which several sweeps differ, and its value in each; of one sweep its folder.

    Raises:
        InputError: they cannot be compared run by run, or differ in another number of settings than one.
    """
    if len(readers) == 1:
        return "", [readers[0].folder.name]
    first = readers[0]
    for reader in readers[1:]:
        _check_alike(reader, first)
    folders = ", ".join(str(reader.folder) for reader in readers)
    differing = _differing([reader.base for reader in readers])
    if len(differing) > 1:
        shown = [f"{name}: {', '.join(values)}" for name, values in list(differing.items())[:_SHOWN]]
        what = "; ".join(shown) + (", ..." if len(differing) > _SHOWN else "")
        raise InputError(
            f"{folders}: they differ in {len(differing)} settings ({what}), so a difference would be due to no single "
            "one; allowed: sweeps that differ in one alone, such as the regime."
        )
    name, values = next(iter(differing.items()), ("", []))
    if len(set(values)) < len(readers):
        same = f"{name} is {', '.join(values)}" if name else "they were asked the same"
        raise InputError(f"{folders}: {same}; allowed: sweeps each under another value of one setting.")
    return name, values


def _check_alike(reader: SweepReader, first: SweepReader) -> None:
    """Check that all but settings of organisations and authorities are the same."""
    for what, is_same in (
        ("cases (not written down)", bool(reader.base and first.base)),
        ("designs", reader.design.replace_schema_metadata().equals(first.design.replace_schema_metadata())),
        ("seeds", reader.seed == first.seed),
        ("replications", reader.replications == first.replications),
        ("programs", reader.asked.get("code") == first.asked.get("code")),
        ("reference data", reader.asked.get("data_hash") == first.asked.get("data_hash")),
        *((f"cases ({key})", reader.base.get(key) == first.base.get(key)) for key in _SAME),
    ):
        if not is_same:
            raise InputError(
                f"{reader.folder}: its {what} differ from those of {first.folder}; allowed: sweeps of the same "
                "design, seed and replications, each under another regime."
            )


def _differing(bases: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the settings in which cases differ, by dotted name, with the value of each case.

    Two regimes of different names are one difference, whatever they are made of; of one name, each of their settings.
    """
    bases = [dict(base) for base in bases]
    for key in CHOSEN:
        names = [base.get(key, {}).get("name", "-") for base in bases]
        if len(set(names)) > 1:
            for base, name in zip(bases, names, strict=True):
                base[key] = name
    leaves = [dict(_leaves(base)) for base in bases]
    values = {name: [of.get(name, "-") for of in leaves] for name in sorted(set().union(*leaves))}
    return {name: of for name, of in values.items() if len(set(of)) > 1}


def _leaves(node: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(value, f"{name}.{key}" if name else str(key))
    else:
        yield name.removeprefix("parameters."), level_text(node)
