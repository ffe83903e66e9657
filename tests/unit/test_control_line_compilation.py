"""The cache of compiled kernels: never stale, in the right place, and nothing compiled outside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sim import compilation

ROOT = Path(__file__).resolve().parents[2]

HELPER = """
from sim.compilation import kernel

@kernel
def helper(x):
    return x + {added}
"""
CALLER = """
from sim.compilation import kernel
from sim.helper_kernel import helper
from sim.constants import FACTOR

@kernel
def caller(x):
    return FACTOR * helper(x)
"""
ASK = """
from sim.compilation import is_compiled
before = is_compiled()
from sim.caller_kernel import caller
print(before, caller(1), sum(caller.stats.cache_hits.values()))
"""


@pytest.fixture
def project(tmp_path):
    """Return a small copy of the project and a function that runs it in a new process."""
    package = tmp_path / "project" / "sim"
    package.mkdir(parents=True)
    shutil.copy(ROOT / "sim" / "compilation.py", package)
    (package / "__init__.py").touch()
    (package / "constants.py").write_text("FACTOR = 1\n")
    (package / "helper_kernel.py").write_text(HELPER.format(added=1))
    (package / "caller_kernel.py").write_text(CALLER)

    def ask(cache=tmp_path / "cache"):
        environment = os.environ | {"PYTHONPATH": str(package.parent), "XDG_CACHE_HOME": str(cache)}
        done = subprocess.run(
            [sys.executable, "-c", ASK],
            cwd=package.parent,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    return package, ask


def test_change_of_a_helper_in_another_file_reaches_the_caller(project):
    package, ask = project
    assert ask() == ["False", "2", "0"]  # compiled for the first time
    assert ask() == ["True", "2", "1"]  # from the cache
    (package / "helper_kernel.py").write_text(HELPER.format(added=100))
    assert ask() == ["False", "101", "0"]
    (package / "constants.py").write_text("FACTOR = 2\n")  # a constant is compiled into the kernel that reads it
    assert ask() == ["False", "202", "0"]


def test_cache_that_cannot_be_written_is_replaced_by_a_temporary_one(project, tmp_path, monkeypatch):
    _, ask = project
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert ask(cache=os.devnull) == ["False", "2", "0"]
    assert ask(cache=os.devnull) == ["True", "2", "1"]
    assert list(tmp_path.glob("waterbed-*/kernels-*"))


def test_kernel_outside_a_kernel_file_is_refused():
    with pytest.raises(ValueError, match=r"live in files named \*_kernel\.py; .*this_one is in "):

        @compilation.kernel
        def this_one(x):
            return x


def test_all_kernel_files_are_digested():
    found = {path for package in ("sim", "agents") for path in (ROOT / package).rglob("*_kernel.py")}
    assert found <= set(compilation.compiled_sources())
    assert {path.name for path in found} >= {"line_kernel.py", "queue_kernel.py"}


def test_nothing_is_compiled_in_parallel_or_with_loose_floats():
    for path in compilation.compiled_sources():
        source = path.read_text()
        for forbidden in ("parallel=", "fastmath", "inline=", "@njit", "@numba", "@jit", "prange"):
            assert forbidden not in source, f"{path.name} uses {forbidden}"


def test_numba_is_imported_only_when_something_runs():
    modules = "import sys, sim, sim.control_line, sim.compilation as compilation"
    code = f"{modules}; compilation.is_compiled(); print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
