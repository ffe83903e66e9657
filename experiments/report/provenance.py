"""The last section of every page: what made the results, and the command that makes them again."""

from __future__ import annotations

from experiments.report.page import Code, Column, Section, Table
from experiments.report.source import Source
from experiments.report.texts import Texts


def provenance_section(source: Source, texts: Texts) -> Section:
    """Return command, version, seed, data and libraries of a results folder."""
    facts = source.facts
    libraries = ", ".join(f"{name} {version}" for name, version in facts["libraries"].items())
    rows = (
        (texts("provenance.version"), f"waterbed {facts['version']}, commit {facts['commit']}"),
        (texts("provenance.seed"), str(facts["seed"])),
        (texts("provenance.data"), facts["data_hash"]),
        (texts("provenance.libraries"), f"Python {facts['python']}, {libraries}"),
        (texts("provenance.folder"), source.folder.resolve().name),
    )
    columns = (Column(texts("provenance.what"), is_number=False), Column(texts("provenance.value"), is_number=False))
    return Section(
        "provenance",
        texts("provenance.title"),
        (
            texts("provenance.about"),
            Code(facts["command"]),
            Table(texts("provenance.made_with"), columns, rows, texts("provenance.cases")),
        ),
    )
