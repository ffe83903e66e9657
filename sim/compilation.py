"""Compile kernels with Numba, with a cache on disk that can never be stale.

Numba's own cache looks only at the file of the function it compiled: if a helper in another file changes, a cached
caller goes on with the old helper. Here the name of the cache directory is a digest of all kernel sources and of all
modules of the project that they import (a constant is compiled into the kernel that reads it), so any change of any of
them starts an empty cache.

Convention: every compiled function lives in a file named ``*_kernel.py``. `kernel` refuses others.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib
import os
import platform
import tempfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

_ROOT = Path(__file__).resolve().parent.parent
_PACKAGES = ("sim", "agents")
_SUFFIX = "_kernel.py"
_CODES = "sim/codes.py"
"""Constants that kernels have built in; the one other file that they may import."""


def kernel(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Compile a function at its first call, or load it from the cache.

    Always one thread and strict floating point: results must not depend on the number of cores, nor on how a
    compiler regroups a sum. Helpers need no inlining hints (LLVM inlines them, and compiles faster unforced).

    Args:
        function: A function of a file named ``*_kernel.py``, in the subset of Python that Numba compiles.

    Returns:
        The compiled function, of the same signature.

    Raises:
        ValueError: If the function does not live in a kernel file (its changes would not be seen by the cache).
    """
    source = function.__code__.co_filename
    if not source.endswith(_SUFFIX):
        raise ValueError(f"compiled functions live in files named *{_SUFFIX}; {function.__qualname__} is in {source}")
    numba = importlib.import_module("numba")  # slow to import, so only when something is to be compiled
    directory = cache_directory()
    before = numba.config.CACHE_DIR
    try:
        # Numba chooses the directory of a function when it is decorated; other libraries keep their own.
        numba.config.CACHE_DIR = str(directory)
        compiled = numba.njit(cache=True)(function)
    finally:
        numba.config.CACHE_DIR = before
    return cast("Callable[_Parameters, _Result]", compiled)


def is_compiled() -> bool:
    """Say whether the kernels of this version have been compiled before on this machine.

    Cheap, and does not import Numba: the command line uses it to announce the compilation of a first run.
    """
    return any(cache_directory().rglob("*.nbi"))


@functools.cache
def cache_directory() -> Path:
    """Return the directory of compiled kernels of this very version of the sources; create it if needed."""
    name = f"kernels-{source_digest()}"
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "waterbed"
    try:
        return _writable(base / name)
    except OSError:
        return _writable(_private_temporary() / name)


def source_digest() -> str:
    """Digest the sources that are compiled and the versions of what compiles them (32 hexadecimal digits)."""
    digest = hashlib.blake2b(digest_size=16)
    for version in (metadata.version("numba"), metadata.version("numpy"), platform.python_version()):
        digest.update(version.encode() + b"\0")
    for path in compiled_sources():
        source = path.read_bytes()
        # The length keeps two files apart: moving a line from the end of one to the start of the next is a change.
        digest.update(f"{path.relative_to(_ROOT).as_posix()}\0{len(source)}\0".encode())
        digest.update(source)
    return digest.hexdigest()


def compiled_sources() -> list[Path]:
    """List the kernel files and all modules of the project that they import, also indirectly, in a fixed order."""
    ahead = [path for package in _PACKAGES for path in (_ROOT / package).rglob(f"*{_SUFFIX}")]
    found = set(ahead)
    while ahead:
        imported = set(_imports(ahead.pop())) - found
        found |= imported
        ahead += sorted(imported)
    return sorted(found)


def _imports(path: Path) -> Iterator[Path]:
    """Find the files of the project that a file imports."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            place = _ROOT.joinpath(*name.split("."))
            yield from (file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file())


def _writable(directory: Path) -> Path:
    """Create the directory if needed and prove that a file can be written in it."""
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=directory):
        return directory


def _private_temporary() -> Path:
    """Return a temporary folder of this user alone: a cache holds code, so no one else may write to it."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"waterbed-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid") and (folder.stat().st_uid != user or folder.is_symlink()):
        return Path(tempfile.mkdtemp(prefix="waterbed-"))
    return folder
