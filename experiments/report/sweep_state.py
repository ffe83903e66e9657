"""How far a sweep is, what failed in it, and at which points: said before any of its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from experiments.report.page import Answer, Block, Column, Notice, Section, Table
from experiments.report.texts import Texts
from experiments.screen import number
from experiments.sweep.layout import LOCK, STATUS, SweepFolder
from experiments.sweep.reading import SweepReader

_SHOWN = 12
"""Runs of points that are listed."""
_MOST_LETTERS = 200
"""Of a message."""


def state_of(reader: SweepReader) -> str:
    """Return complete, running, interrupted or another state that a sweep left behind."""
    progress = reader.progress()
    if progress.is_complete:
        return "complete"
    kept = SweepFolder(reader.folder, ())
    status = kept.read_json(STATUS)
    state = "interrupted" if status is None else str(status["state"])
    return "interrupted" if state == "running" and not (reader.folder / LOCK).exists() else state


def point_ranges(points: Sequence[int]) -> str:
    """Return numbers of points in few words: 1 to 4, 7, 9 to 12."""
    numbers = sorted(set(points))
    if not numbers:
        return "-"
    starts = [numbers[0], *(after for before, after in pairwise(numbers) if after != before + 1)]
    ends = [*(before for before, after in pairwise(numbers) if after != before + 1), numbers[-1]]
    parts = [f"{a}" if a == b else f"{a} to {b}" for a, b in zip(starts, ends, strict=True)]
    more = len(parts) - _SHOWN
    return ", ".join(parts[:_SHOWN]) + (f", and {more} more" if more > 0 else "")


def state_answer(reader: SweepReader, texts: Texts) -> Answer:
    """Return how many runs there are, of how many."""
    progress = reader.progress()
    runs = progress.points * progress.replications
    times = reader.replications
    often = texts("sweep.state_once") if times == 1 else texts("sweep.state_times", replications=times)
    return Answer(
        texts("sweep.state"),
        texts("sweep.state_value", done=f"{progress.done:,}", runs=f"{runs:,}", points=f"{progress.points:,}"),
        f"{often} {texts('sweep.state_note', kind=reader.kind, factors=len(reader.factors))}",
    )


def state_notices(reader: SweepReader, texts: Texts, left_out: int) -> list[Notice]:
    """Return what is missing and what failed; nothing of a complete sweep.

    Args:
        reader: of the sweep.
        texts: the words.
        left_out: points without all their replications.
    """
    progress = reader.progress()
    if progress.is_complete:
        return []
    runs = progress.points * progress.replications
    found = [
        Notice(
            texts(
                "sweep.incomplete", state=_state_word(texts, state_of(reader)), done=f"{progress.done:,}",
                runs=f"{runs:,}", failed=f"{progress.failed:,}", missing=f"{progress.missing:,}",
                share=number(100 * progress.done / runs, 0),
            )
        )
    ]  # fmt: skip
    kinds = "; ".join(f"{kind}: {count:,}" for kind, count, _ in reader.failure_counts())
    if kinds:
        found.append(Notice(texts("sweep.failed", kinds=kinds)))
    if left_out:
        found.append(Notice(texts("sweep.left_out", points=f"{left_out:,}")))
    return found


def state_section(reader: SweepReader, texts: Texts) -> Section | None:
    """Return which runs failed and which were not run, by kind; None of a complete sweep."""
    progress = reader.progress()
    if progress.is_complete:
        return None
    blocks: list[Block] = []
    if progress.failed:
        by_kind: dict[str, list[int]] = {}
        for row in reader.query("select point, kind from failures order by 1, 2").to_pylist():
            by_kind.setdefault(row["kind"], []).append(row["point"])
        rows = tuple(
            (kind, f"{count:,}", point_ranges(by_kind[kind]), (message.splitlines() or ["-"])[0][:_MOST_LETTERS])
            for kind, count, message in reader.failure_counts()
        )
        columns = (
            Column(texts("sweep.failure_kind"), is_number=False), Column(texts("sweep.runs")),
            Column(texts("sweep.points"), is_number=False), Column(texts("sweep.message"), is_number=False),
        )  # fmt: skip
        blocks += [texts("sweep.failures_about"), Table(texts("sweep.failures"), columns, rows)]
    if progress.missing:
        blocks.append(texts("sweep.not_run", points=point_ranges(_missing(reader)), missing=f"{progress.missing:,}"))
    blocks.append(texts("sweep.go_on"))
    return Section("state", texts("sweep.state_heading"), tuple(blocks))


def _missing(reader: SweepReader) -> list[int]:
    """Return the points with a run that is neither done nor failed."""
    ended = "select point, replication from runs_files union select point, replication from failures"
    sql = f"select point from ({ended}) group by point having count(*) >= {reader.replications}"
    whole = set(reader.query(sql)["point"].to_pylist())
    return [point for point in range(reader.points) if point not in whole]


def _state_word(texts: Texts, state: str) -> str:
    key = f"sweep.state_{state}"
    return texts(key) if texts.has(key) else state
