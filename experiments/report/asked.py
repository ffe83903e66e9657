"""What is asked of a report: folders, and settings as name=value."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from experiments.report.drawing import Kind
from experiments.report.readable import readable
from experiments.report.texts import COMPLETE, languages
from scenarios.errors import InputError, unknown_name

_NAMES = ("language", "figures", "show", "out")


@dataclass(frozen=True, slots=True)
class Asked:
    """Settings of a report."""

    folders: tuple[Path, ...]
    """The first is what the page is about; the others answer what it leaves open."""
    language: str
    figures: tuple[Kind, ...]
    """Formats that each figure is also written in."""
    shows_ports: bool
    """Whether true flow and interception of named ports are shown, as illustrative."""
    out: Path | None
    """The page; report.html in the first folder unless told."""


def parse_asked(words: list[str]) -> Asked:
    """Return what these words ask: folders, and language=fr figures=[png,pdf] show=ports out=FILE.

    Raises:
        InputError: no folder, or a setting that is not allowed.
    """
    given: dict[str, str] = {}
    folders = []
    for word in words:
        name, is_setting, value = word.partition("=")
        if not is_setting or _is_folder(Path(word)):
            folders.append(Path(word))
        elif name not in _NAMES:
            raise unknown_name("setting of report", name, _NAMES)
        elif not value or name in given:
            raise InputError(f"{name}: '{word}' is not allowed; allowed: one value.")
        else:
            given[name] = value
    return Asked(
        _folders(folders),
        _one_of("language", given.get("language", COMPLETE), languages()),
        _formats(given.get("figures", "")),
        "show" in given and _one_of("show", given["show"], ["ports"]) == "ports",
        _page(given["out"]) if "out" in given else None,
    )


def _folders(given: list[Path]) -> tuple[Path, ...]:
    allowed = "a folder of results, and further ones that say more about it"
    if not given:
        raise InputError(f"RESULT: missing; allowed: {allowed}.")
    for i, folder in enumerate(given):
        if not _is_text(folder):
            raise InputError(
                f"RESULT: '{readable(str(folder))}' is no text in UTF-8; allowed: another name of the folder."
            )
        if not _is_folder(folder):
            problem = "is no folder" if os.path.exists(folder) else "there is no such folder"
            raise InputError(f"RESULT: '{folder}': {problem}; allowed: {allowed}.")
        if any(os.path.samefile(folder, earlier) for earlier in given[:i]):
            raise InputError(f"RESULT: '{folder}' is given twice; allowed: {allowed}.")
    return tuple(given)


def _is_text(folder: Path) -> bool:
    # Libraries that read tables take no other names.
    try:
        return bool(str(folder).encode())
    except UnicodeEncodeError:
        return False


def _is_folder(folder: Path) -> bool:
    # Unlike Path.is_dir, it has nothing against names that are too long.
    return os.path.isdir(folder)


def _page(text: str) -> Path:
    page = Path(text)
    # Anything else might be the results themselves, and would be gone.
    if page.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"out: '{text}' is not allowed; allowed: a file whose name ends in .html.")
    return page


def _one_of(name: str, value: str, allowed: list[str]) -> str:
    if value not in allowed:
        raise unknown_name(name, value, allowed)
    return value


def _formats(text: str) -> tuple[Kind, ...]:
    asked = [part.strip() for part in text.strip("[]").split(",") if part.strip()]
    kinds: tuple[Kind, ...] = get_args(Kind)
    for part in asked:
        _one_of("figures", part, list(kinds))
    return tuple(kind for kind in kinds if kind in asked)
