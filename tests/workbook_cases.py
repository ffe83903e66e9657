"""Filled-in workbooks of a funding question: the template of two ports, and ways to spoil it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from experiments.funding.inputs import Inputs
from experiments.funding.question import Offer, Site
from experiments.funding.template import write_template
from experiments.funding.workbook_in import read_inputs
from scenarios.equipment import UnitTerms
from scenarios.errors import InputError

PORTS = {"BEANR": "Antwerpen", "NLRTM": "Rotterdam", "FRLEH": "Le Havre"}
KINDS = {"mobile_xray": "mobile_scanner", "dog_team": "second_look"}
BUDGETS = (0, 5_000_000_000, 20_000_000_050)
SITES = tuple(Site(row, code, name, code[:2], "north", 1.0, 1.0, 1.0, 0.0) for row, (code, name) in
              enumerate(PORTS.items()))  # fmt: skip
OFFERS = (
    Offer(
        UnitTerms(
            "mobile_xray",
            "mobile_scanner",
            2.16e6,
            0.0,
            18.0,
            12e3,
            0.975,
            10.0,
            216e3,
            15,
            (0.75, 0.55, 0.45, 0.35),
            0.15,
        ),
        5,
    ),
    Offer(
        UnitTerms("dog_team", "second_look", 4e4, 0.0, 12.0, 4e3, 0.9, 7.0, 10_400.1, 3, (0.4, 0.3, 0.3, 0.3), 0.22), 3
    ),
)


def filled_in(path: Path) -> Path:
    """Return the template, as it is written."""
    write_template(path, BUDGETS, SITES, OFFERS)
    return path


def changed(path: Path, change: Callable[[Any], object]) -> Path:
    """Return the template after somebody changed it in a spreadsheet program."""
    book = openpyxl.load_workbook(filled_in(path))
    change(book)
    book.save(path)
    return path


def repacked(path: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """Return the template after its parts were changed."""
    with zipfile.ZipFile(filled_in(path)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def read(path: Path) -> Inputs:
    """Return what was filled in, of the three ports and two types."""
    return read_inputs(path, PORTS, KINDS)


@contextmanager
def refused(path: Path) -> Iterator[list[str]]:
    """Take the lines of the error that must come; the file is called FILE in them."""
    lines: list[str] = []
    with pytest.raises(InputError) as error:
        yield lines
    lines += [line.strip() for line in str(error.value).replace(str(path), "FILE").splitlines()]


def complaints(path: Path) -> list[str]:
    """Return the lines of the error that a file gives; the file is called FILE in them."""
    with refused(path) as lines:
        read(path)
    return lines
