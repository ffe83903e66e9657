"""The template of what can be filled in by hand: a workbook, or a folder of CSV files, with the defaults in it."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents.levers.equipment import SECOND_LOOK
from experiments.funding.input_sheets import (
    EQUIPMENT,
    NO,
    PORTS,
    QUESTION,
    READ_ME,
    SHEETS,
    YES,
    InputColumn,
)
from experiments.funding.inputs import DETECTION_FIELDS
from experiments.funding.question import Offer, Site
from scenarios.errors import InputError

_CENTS_PER_MILLION = 100_000_000
_SPARE_ROWS = 200
"""Rows below the defaults that are checked by the spreadsheet program too."""
_RULES = (
    "Change what you like, then run `waterbed size` with this file as its input. This sheet is not read.",
    "Enter numbers as numbers, in the unit of the header. Nothing is converted, and nothing is guessed.",
    "No formulas, no merged or hidden cells, no further sheets or columns: they are refused, not passed over.",
    "In CSV, put commas between fields and a decimal point in numbers, and save as UTF-8.",
)
_Cell = float | int | str


def write_template(path: Path, budgets_cents: Sequence[int], sites: Sequence[Site], offers: Sequence[Offer]) -> None:
    """Write the defaults for a user to change.

    Args:
        path: an .xlsx file, or a name without ending for a folder of CSV files; must not exist.
        budgets_cents: budgets to compare, in cents.
        sites: ports that may get equipment.
        offers: types that may be bought.

    Raises:
        InputError: the path has another ending, exists, or cannot be written.
    """
    if path.suffix.lower() not in ("", ".xlsx"):
        raise InputError(f"{path}: a file with {path.suffix}; allowed: .xlsx, or no ending for a folder of CSV files.")
    rows = template_rows(budgets_cents, sites, offers)
    try:
        if not path.suffix:
            _write_folder(path, rows)
            return
        with path.open("xb") as file:
            file.write(_workbook(rows))
    except FileExistsError:
        raise InputError(f"{path}: it exists, and may have been filled in; allowed: a new name.") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({os.strerror(error.errno or 0)}); allowed: a new file.") from None


def template_rows(
    budgets_cents: Sequence[int], sites: Sequence[Site], offers: Sequence[Offer]
) -> dict[str, list[list[_Cell | None]]]:
    """Return the defaults by sheet, in the order of its columns; None is an empty cell."""
    budgets: list[dict[str, _Cell]] = [{"budget": cents / _CENTS_PER_MILLION} for cents in budgets_cents]
    ports: list[dict[str, _Cell]] = [{"code": site.code, "name": site.name, "may_get": YES} for site in sites]
    filled = {QUESTION.name: budgets, PORTS.name: ports, EQUIPMENT.name: [_offer_row(offer) for offer in offers]}
    return {
        form.name: [[row.get(column.field) for column in form.columns] for row in filled[form.name]] for form in SHEETS
    }


def _offer_row(offer: Offer) -> dict[str, _Cell]:
    """Return the cells of an offer by field; what is the same for all scanners is left empty."""
    terms = offer.terms
    row: dict[str, _Cell] = {
        "name": terms.name,
        "may_be_bought": YES,
        "most_per_port": offer.most_per_port,
        "price_eur": round(terms.price_eur, 2),
        "works_eur": round(terms.works_eur, 2),
        "delivery_months": terms.delivery_months,
        "checks_per_year": terms.checks_per_year,
        "life_years": terms.life_years,
        "running_eur_per_year": round(terms.running_eur_per_year, 2),
        "posts": terms.posts,
    }
    if terms.kind == SECOND_LOOK:
        row |= {"availability": terms.availability, "false_alarm": terms.false_alarm}
        row |= dict(zip(DETECTION_FIELDS, terms.detection, strict=True))
    return row


def _write_folder(folder: Path, rows: dict[str, list[list[_Cell | None]]]) -> None:
    """Write one CSV file a sheet."""
    folder.mkdir(parents=True)
    for form in SHEETS:
        text = io.StringIO(newline="")
        cells = [[_plain(cell) for cell in row] for row in rows[form.name]]
        csv.writer(text).writerows([form.headers, *cells])
        # With its mark, spreadsheet programs see that it is UTF-8.
        (folder / f"{form.name}.csv").write_text(text.getvalue(), "utf-8-sig", newline="")


def _plain(cell: _Cell | None) -> _Cell | None:
    """Return a whole number without its decimal point."""
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def _workbook(rows: dict[str, list[list[_Cell | None]]]) -> bytes:
    """Return the workbook."""
    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        _write_read_me(book)
        header_format = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        grey = book.add_format({"bg_color": "#D9D9D9"})
        for form in SHEETS:
            sheet = book.add_worksheet(form.name)
            sheet.freeze_panes(1, 1)
            for position, column in enumerate(form.columns):
                sheet.set_column(position, position, max(12, len(column.header) // 2 + 4))
                sheet.write_string(0, position, column.header, header_format)
                sheet.data_validation(1, position, len(rows[form.name]) + _SPARE_ROWS, position, _validation(column))
            for number, cells in enumerate(rows[form.name], 1):
                for position, cell in enumerate(cells):
                    if isinstance(cell, str):
                        sheet.write_string(number, position, cell)
                    elif cell is None:
                        sheet.write_blank(number, position, None, grey)
                    else:
                        sheet.write_number(number, position, cell)
    return content.getvalue()


def _write_read_me(book: Any) -> None:
    """Write the explanations: what to do, and what each column means."""
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet(READ_ME)
    for column, width in enumerate((12, 34, 66, 46)):
        sheet.set_column(column, column, width)
    for number, rule in enumerate(_RULES):
        sheet.write_string(number, 0, rule)
    number = len(_RULES) + 1
    for column, header in enumerate(("sheet", "column", "what it is", "allowed")):
        sheet.write_string(number, column, header, bold)
    for form in SHEETS:
        number += 1
        sheet.write_string(number, 0, form.name)
        sheet.write_string(number, 2, form.about)
        for one in form.columns:
            number += 1
            for column, text in enumerate((form.name, one.header, one.about, one.allowed)):
                sheet.write_string(number, column, text)


def _validation(column: InputColumn) -> dict[str, Any]:
    """Return what the spreadsheet program itself checks; reading checks all of it again."""
    # Excel shows at most 32 letters of a title and 255 of a message.
    note = {
        "input_title": column.label[:32],
        "input_message": f"{column.about}. Allowed: {column.allowed}."[:255],
        "error_title": column.label[:32],
        "error_message": f"Allowed: {column.allowed}."[:255],
    }
    match column.kind:
        case "number":
            return {"validate": "decimal", "criteria": "between", "minimum": column.low, "maximum": column.high} | note
        case "whole":
            return {"validate": "integer", "criteria": "between", "minimum": column.low, "maximum": column.high} | note
        case "yes_no":
            return {"validate": "list", "source": [YES, NO]} | note
        case _:
            return {"validate": "any"} | note
