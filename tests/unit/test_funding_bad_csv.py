"""CSV files that were filled in wrongly: each kind with its whole message; nothing is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workbook_cases import complaints, filled_in, read

BUDGET = "sheet question, row 3, column A (budget [EUR million]): "
MILLIONS = "; allowed: a number from 0 to 10000, in whole cents"
CSV: dict[str, tuple[bytes, str]] = {
    "semicolons": (
        b"budget [EUR million];\n1;\n",
        "sheet question, row 1, column A: fields are separated by semicolons; "
        "allowed: commas, and decimal points in numbers.",
    ),
    "tabs": (
        b"budget [EUR million]\tnote\n1\t2\n",
        "sheet question, row 1, column A: fields are separated by tabs; "
        "allowed: commas, and decimal points in numbers.",
    ),
    "not UTF-8": (
        "budget [EUR million]\n1\nvingt-cinq à peu près\n".encode("latin-1"),
        "sheet question, row 3, column A: byte 0xe0 is not UTF-8; allowed: a file saved as CSV UTF-8.",
    ),
    "UTF-16": (
        "budget [EUR million]\n1\n".encode("utf-16"),
        "sheet question, row 1, column A: byte 0xff is not UTF-8; allowed: a file saved as CSV UTF-8.",
    ),
    "comma decimals": (
        b'budget [EUR million]\n1\n"12,5"\n',
        f"{BUDGET}'12,5' is text with a comma, which is not guessed{MILLIONS}, "
        "entered as a number (in CSV: with a decimal point).",
    ),
    "comma decimals without quotes": (
        b"budget [EUR million]\n1\n12,5\n",
        "sheet question, row 1, column B: there are values without a header; allowed: a header.",
    ),
    "formula": (
        b"budget [EUR million]\n1\n=1+1\n",
        f"{BUDGET}'=1+1' is a formula, and formulas are not evaluated{MILLIONS}.",
    ),
    "error": (b"budget [EUR million]\n1\n#REF!\n", f"{BUDGET}'#REF!' is an error{MILLIONS}."),
    "boolean": (b"budget [EUR million]\n1\nTrue\n", f"{BUDGET}'True' is true or false{MILLIONS}."),
    "not a number": (b"budget [EUR million]\n1\nnan\n", f"{BUDGET}'nan' is a text{MILLIONS}."),
    "infinite": (b"budget [EUR million]\n1\n1e999\n", f"{BUDGET}'1e999' is out of range{MILLIONS}."),
    "underscores": (b"budget [EUR million]\n1\n1_000\n", f"{BUDGET}'1_000' is a text{MILLIONS}."),
    "open quote": (
        b'budget [EUR million]\n1\n"2\n',
        "sheet question, row 3, column A: it is damaged (unexpected end of data); allowed: fields between commas.",
    ),
    "empty file": (
        b"",
        "sheet question: the file is empty; allowed: a file that was made with --template and filled in.",
    ),
    "blank lines only": (b"\n\n", "sheet question: it is empty; allowed: the headers of the template, and rows."),
    "very many rows": (
        b"budget [EUR million]\n" + b"1\n" * 5000,
        "sheet question: it has 5001 rows or 1 columns; allowed: 5000 rows and 60 columns.",
    ),
    "very many columns": (
        b"budget [EUR million]" + b"," * 60 + b"\n1\n",
        "sheet question: it has 1 rows or 61 columns; allowed: 5000 rows and 60 columns.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", CSV)
def test_a_wrong_csv_file(tmp_path: Path, kind: str) -> None:
    content, message = CSV[kind]
    path = tmp_path / "question.csv"
    path.write_bytes(content)
    assert complaints(path) == ["FILE: one thing is wrong, and nothing was read.", message]


def test_a_folder_complains_of_all_its_files(tmp_path: Path) -> None:
    folder = filled_in(tmp_path / "filled")
    (folder / "port.csv").write_text("port [UN/LOCODE]\n")
    (folder / "question.csv").write_text("budget [EUR]\n1\n")
    (folder / "ports.csv").write_text("port [UN/LOCODE],may get equipment\nESALG,yes\nBEANR,true\n")
    assert [line.split(";")[0] for line in complaints(folder)] == [
        "FILE: 4 things are wrong, and nothing was read.",
        "file port.csv: it stands for no sheet",
        "sheet question, row 1, column A: header 'budget [EUR]' has the unit EUR",
        "sheet ports, row 2, column A (port [UN/LOCODE]): 'ESALG' is not known",
        "sheet ports, row 3, column B (may get equipment): 'true' is true or false",
    ]


def test_numbers_of_csv_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "question.csv"
    path.write_bytes('\ufeffbudget [EUR million]\r\n 0.5 \r\n\r\n+1e1\r\n"200"\r\n'.encode())
    assert read(path).budgets_eur_million == (0.5, 10.0, 200.0)
