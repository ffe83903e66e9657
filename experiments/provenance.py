"""What is needed to reproduce a file: cases, seed, code and library versions, and the hash of the reference data."""

from __future__ import annotations

import dataclasses as dc
import json
import platform
import subprocess
from importlib import metadata
from pathlib import Path

from experiments.settings import Settings
from scenarios.case import Case
from scenarios.reference import data_hash

_LIBRARIES = ("mesa", "simpy", "numpy", "scipy", "numba", "llvmlite", "pyarrow", "hydra-core")
_ROOT = Path(__file__).resolve().parent.parent


def code_version() -> str:
    """Return the commit of the code, marked ``+changes`` if files differ from it, or ``unknown`` without git."""
    try:
        commit = _git("rev-parse", "--short=12", "HEAD")
        return f"{commit}+changes" if _git("status", "--porcelain", "--untracked-files=no") else commit
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=_ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def provenance(cases: dict[str, Case], settings: Settings, command: str) -> dict[str, str]:
    """Return the metadata that every results file carries, as text.

    Args:
        cases: the complete case of each arm.
        settings: seed, replications and precision among them.
        command: what reproduces the results.
    """
    libraries = {name: metadata.version(name) for name in _LIBRARIES}
    return {
        "waterbed.version": metadata.version("waterbed"),
        "waterbed.commit": code_version(),
        "waterbed.command": command,
        "waterbed.seed": str(settings.seed),
        "waterbed.settings": json.dumps(dc.asdict(settings), default=str),
        "waterbed.cases": json.dumps({arm: case.as_dict() for arm, case in cases.items()}),
        "waterbed.case_digests": json.dumps({arm: case.digest() for arm, case in cases.items()}),
        "waterbed.data_hash": data_hash(),
        "waterbed.python": platform.python_version(),
        "waterbed.libraries": json.dumps(libraries),
    }
