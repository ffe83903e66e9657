"""Whether a workbook is safe to open: everything that can be said without reading it as a workbook.

A file of a few kilobytes can hold gigabytes, a cell in the last row and column, or code. None of it gets further than
here, and neither does what the reader would otherwise pass over in silence, such as links to other files.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from pathlib import PurePosixPath
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

import defusedxml.sax
from defusedxml.common import DefusedXmlException

from scenarios.errors import InputError

MOST_BYTES = 25_000_000
MOST_PARTS = 300
MOST_ROWS, MOST_COLUMNS = 5000, 60
_OLE = b"\xd0\xcf\x11\xe0"
"""How files of older versions of Excel begin, and newer ones with a password."""
_XML = (".xml", ".rels", ".psmdcp")
_PASSIVE = (".bin", ".bmp", ".emf", ".gif", ".jpeg", ".jpg", ".png", ".svg", ".tiff", ".vml", ".wmf")
"""Endings of parts that are never read: pictures, settings of printers, looks of notes."""
_PASSIVE_LINKS = ("image", "printerSettings", "vmlDrawing", "customProperty", "thumbnail")
_REFUSED = (
    (re.compile(r"vbaproject|vbadata|macrosheets|customui", re.IGNORECASE), "macros", "a workbook without macros"),
    (
        re.compile(r"externallinks|connections\.xml|querytables", re.IGNORECASE),
        "links to other files or data",
        "a workbook that stands alone",
    ),
    (re.compile(r"embeddings/|activex/", re.IGNORECASE), "embedded objects", "cells only"),
)
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_PLACES = {"c": "r", "mergeCell": "ref", "hyperlink": "ref", "comment": "ref"}
"""Elements that make the reader touch cells, and the attribute that says which."""


def guard_workbook(content: bytes, name: str) -> None:
    """Check a workbook before it is opened.

    Args:
        content: the whole file.
        name: what to call it in messages.

    Raises:
        InputError: it is no workbook, too large, has macros, links, embedded objects, a document type, or a cell far
            away.
    """
    check_size(len(content), name)
    if content.startswith(_OLE):
        raise InputError(
            f"{name}: an older .xls file, or one with a password; allowed: an .xlsx file without password."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_parts(archive.infolist(), name)
            for part in archive.infolist():
                if part.filename.lower().endswith(_XML):
                    _check_xml(archive.read(part), part.filename, name)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error) as error:
        raise InputError(f"{name}: not an .xlsx file, or a damaged one ({error}); allowed: an .xlsx file.") from None


def check_size(size: int, name: str) -> None:
    """Check the size of a file in bytes.

    Raises:
        InputError: it is empty or too large.
    """
    if size == 0:
        raise InputError(f"{name}: the file is empty; allowed: a file that was made with --template and filled in.")
    if size > MOST_BYTES:
        raise InputError(f"{name}: {size / 1e6:,.1f} MB; allowed: at most {MOST_BYTES / 1e6:.0f} MB.")


def _check_parts(parts: list[zipfile.ZipInfo], name: str) -> None:
    """Check the list of contents, which is read without unpacking anything."""
    if len(parts) > MOST_PARTS:
        raise InputError(f"{name}: {len(parts)} parts; allowed: at most {MOST_PARTS}.")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MOST_BYTES:
        raise InputError(f"{name}: {unpacked / 1e6:,.1f} MB when unpacked; allowed: at most {MOST_BYTES / 1e6:.0f} MB.")
    names = [part.filename for part in parts]
    for twice in sorted({one for one in names if names.count(one) > 1}):
        raise InputError(f"{name}: part '{twice}' occurs twice; allowed: once.")
    for part in parts:
        if part.flag_bits & 1:
            raise InputError(f"{name}: part '{part.filename}' has a password; allowed: a file without password.")
        for pattern, what, allowed in _REFUSED:
            if pattern.search(part.filename):
                raise InputError(f"{name}: it has {what} ('{part.filename}'); allowed: {allowed}.")
        if not part.is_dir() and not part.filename.lower().endswith((*_XML, *_PASSIVE)):
            raise InputError(f"{name}: it has a part '{part.filename}'; allowed: parts of a workbook, and pictures.")
    if "[Content_Types].xml" not in names:
        raise InputError(f"{name}: a zip file, but not a workbook; allowed: an .xlsx file.")


def _check_xml(content: bytes, part: str, name: str) -> None:
    """Check a part that the reader may parse."""
    watch = _Watch(name, part)
    try:
        defusedxml.sax.parseString(content, watch, forbid_dtd=True)
    except DefusedXmlException:
        raise InputError(f"{name}: part '{part}' has a document type or entities; allowed: neither.") from None
    except (SAXParseException, UnicodeError, LookupError) as error:
        raise InputError(f"{name}: part '{part}' is damaged ({_reason(error)}); allowed: an .xlsx file.") from None


def _reason(error: Exception) -> str:
    return error.getMessage() if isinstance(error, SAXParseException) else str(error)


class _Watch(ContentHandler):
    """Looks at every element of a part: where cells are, and what it is linked to."""

    def __init__(self, name: str, part: str) -> None:
        super().__init__()
        self._name, self._part = name, part
        self._row = self._column = self._cells = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802, the name that SAX calls
        element = name.rpartition(":")[2]
        if element == "row":
            self._row, self._column = _whole(attrs.get("r")) or self._row + 1, 0
        elif element in _PLACES:
            self._check_place(element, attrs.get(_PLACES[element]))
        elif element == "Relationship":
            self._check_link(attrs)
        elif "macroenabled" in (attrs.get("ContentType") or "").lower():
            raise InputError(f"{self._name}: it is a workbook with macros; allowed: a workbook without macros.")

    def _check_place(self, element: str, reference: str | None) -> None:
        """Check that a cell or range lies within bounds; a cell without address follows the one before it."""
        corners = [_REFERENCE.fullmatch(corner) for corner in (reference or "").split(":")]
        if element == "c" and reference is None:
            self._column += 1
            row, column = self._row, self._column
        elif all(corner is None for corner in corners) or None in corners or len(corners) > 2:
            raise InputError(f"{self._name}: part '{self._part}' has a cell '{reference}'; allowed: A1 to BH5000.")
        else:
            places = [(int(corner[2]), _column_number(corner[1])) for corner in corners if corner is not None]
            row, column = max(row for row, _ in places), max(column for _, column in places)
            self._column = column
            if element != "c":
                (first_row, first_column), (last_row, last_column) = places[0], places[-1]
                self._cells += (abs(last_row - first_row) + 1) * (abs(last_column - first_column) + 1)
        if row > MOST_ROWS or column > MOST_COLUMNS:
            raise InputError(
                f"{self._name}: part '{self._part}' has a cell in row {row}, column {column}; "
                f"allowed: at most row {MOST_ROWS} and column {MOST_COLUMNS}."
            )
        if self._cells > MOST_ROWS * MOST_COLUMNS:
            raise InputError(f"{self._name}: part '{self._part}' has too many merged or linked cells; allowed: none.")

    def _check_link(self, attrs: AttributesImpl) -> None:
        """Check that nothing outside is linked but by hyperlinks, and that what is read was looked at."""
        kind = (attrs.get("Type") or "").rpartition("/")[2]
        target = attrs.get("Target") or ""
        is_outside = attrs.get("TargetMode") == "External"
        if is_outside and kind != "hyperlink":
            raise InputError(f"{self._name}: it is linked to '{target}'; allowed: a workbook that stands alone.")
        ending = PurePosixPath(target).suffix.lower()
        if not is_outside and kind not in (*_PASSIVE_LINKS, "hyperlink") and ending not in _XML:
            raise InputError(f"{self._name}: its {kind} is in '{target}'; allowed: parts that end with .xml.")


def _whole(text: str | None) -> int:
    return int(text) if text is not None and re.fullmatch("[0-9]{1,7}", text) else 0


def _column_number(letters: str) -> int:
    """Return the number of a column: A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
