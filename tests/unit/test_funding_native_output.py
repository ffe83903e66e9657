"""What compiled libraries print without being asked stays off the terminal, and nothing else does."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from experiments.funding.choice_of_ways import Ways, best_choice
from experiments.funding.limits import Limits
from experiments.funding.native_output import without_lines
from sim.streams import Stream, Streams

pytestmark = pytest.mark.skipif(os.name != "posix", reason="lines are left out on POSIX alone")


def say(text: bytes) -> None:
    """Print as a C library does, into a buffer of its own."""
    ctypes.CDLL(None).printf(b"%s", text)


def test_only_lines_that_begin_so_are_left_out(capfd: pytest.CaptureFixture[str]) -> None:
    """What C and Python wrote before, meanwhile and afterwards is all there; each buffers for itself, as ever."""
    print("before")
    say(b"noise: before too\n")
    with without_lines(b"noise"):
        say(b"noise: left out\nsignal, noise\n")
        print("from Python")
        say(b"noise without an end")
    print("after")
    lines = capfd.readouterr().out.split("\n")
    assert lines[:2] == ["before", "noise: before too"]
    assert sorted(lines[2:4]) == ["from Python", "signal, noise"]
    assert lines[4:] == ["after", ""]


def test_an_error_leaves_the_terminal_as_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    """The error goes on, what was held comes out, and later lines of the same kind are shown."""
    with pytest.raises(ValueError, match="mine"), without_lines(b"noise"):
        say(b"kept\nnoise\n")
        raise ValueError("mine")
    say(b"noise later\n")
    ctypes.CDLL(None).fflush(None)
    assert capfd.readouterr().out == "kept\nnoise later\n"


def test_threads_and_nesting_lose_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """Eight threads, twenty times each, one inside the other: every line comes out once."""

    def work(number: int) -> None:
        for turn in range(20):
            with without_lines(b"noise"), without_lines(b"other"):
                say(b"noise\nother\n")
                say(f"{number} {turn}\n".encode())

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = capfd.readouterr().out.split()
    assert sorted(zip(lines[::2], lines[1::2], strict=True)) == sorted(
        (str(number), str(turn)) for number in range(8) for turn in range(20)
    )


def test_without_a_standard_output_nothing_is_done(tmp_path: Path) -> None:
    """A process whose standard output is closed, as that of a service, goes on."""
    script = "import os; os.close(1)\nfrom experiments.funding.native_output import without_lines\n"
    script += f"with without_lines(b'x'): open({str(tmp_path / 'done')!r}, 'w').close()"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])
    assert (tmp_path / "done").exists()


def test_the_solver_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """A choice among 25 ports within caps, in which HiGHS mends a solution and says so whatever its options are."""
    ports, countries, most = 25, 6, 12
    draw = Streams(58, 0).generator(Stream.PRIOR_DRAW)
    site, count = np.repeat(np.arange(ports), most + 1), np.tile(np.arange(most + 1), ports)
    units = np.column_stack([count, draw.integers(0, 3, site.size) * (count > 0)])
    size, rate = 20 * np.exp(draw.normal(0, 1, ports)), draw.uniform(0.05, 0.3, ports)
    gain = size[site] * (1 - np.exp(-rate[site] * (units @ [1, 2])))
    grants = np.array([160_000_000, 410_000_000]) + draw.integers(0, 10_000_000, 2)
    budget = int(draw.uniform(2, 40) * 1e9)
    country = np.sort(draw.integers(0, countries, ports))
    caps = np.full(countries, int(budget * draw.uniform(0.2, 0.6)))
    limits = Limits(grants, np.full((ports, 2), most), country, budget, caps, np.zeros(countries, np.int64))
    assert best_choice(Ways(site, units, gain), limits).any()
    assert capfd.readouterr().out == ""
