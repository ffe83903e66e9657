"""The walls of the house: who may import whom, how long a file may be, what no file may say.

Each rule is read from the files themselves, and each reader is shown to catch a breach.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import importlib.util
import re
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("scenarios", "sim", "agents", "experiments")
MAX_LINES = 500
MAX_MEDIAN_LINES = 200
# The text published by the Apache Software Foundation, byte for byte.
APACHE_2 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"

COMPOSER = ("hydra", "omegaconf")  # only scenarios/load_case.py, where a case is composed, and experiments
FRONT_DOOR = (*COMPOSER, "joblib", "rich")
FORBIDDEN = {
    "scenarios": ("joblib", "rich", "mesa", "numba", "simpy"),
    "sim": (*FRONT_DOOR, "mesa"),
    "agents": FRONT_DOOR,
    "experiments": (),
}
# A run is a pure function: below experiments/, only scenarios/ reads files (the reference data).
FILELESS = ("sim", "agents")
# It keeps compiled code on disk, never data.
COMPILER = ROOT / "sim" / "compilation.py"
FILE_MODULES = (
    "csv",
    "glob",
    "importlib.resources",
    "io",
    "os",
    "pandas",
    "pathlib",
    "polars",
    "pyarrow.csv",
    "pyarrow.dataset",
    "pyarrow.feather",
    "pyarrow.fs",
    "pyarrow.parquet",
    "shutil",
    "sqlite3",
    "tempfile",
)
FILE_NAMES = {"fromfile", "genfromtxt", "loadtxt", "open", "read_bytes", "read_text", "savetxt", "savez", "tofile"}
FILE_NAMES |= {"memmap", "savez_compressed", "write_bytes", "write_text"}
COMPILED = {"cfunc", "guvectorize", "intrinsic", "jit", "kernel", "njit", "overload", "stencil", "vectorize"}

UNWANTED = {
    "an unfinished mark": re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X)\b"),
    "a package index": re.compile(r"pypi[.]org|python[h]osted", re.IGNORECASE),
    "a path of one machine": re.compile(r"(?<![\w./:-])/(?:home|work|root|tmp|Users|opt|mnt)(?:/|\b)|[A-Z]:\\Users"),
    "a folder beside the repository": re.compile(r"[.][.]/shared\b"),
}


def modules(package: str) -> list[Path]:
    """Return the Python files of a package."""
    return sorted((ROOT / package).rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text("utf-8"))


@cache
def tracked() -> tuple[Path, ...]:
    """Return the files that are, or are about to be, under version control."""
    listing = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(listing, check=True, capture_output=True, text=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git repository")
    return tuple(path for path in (ROOT / name for name in names if name) if path.is_file())


def imported(tree: ast.Module) -> set[str]:
    """Return every module that a file may load, also inside functions and by name."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                found |= {alias.name for alias in node.names}
            case ast.ImportFrom(level=0):
                found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
            case ast.ImportFrom():
                found.add("a relative import")
            case ast.Call(
                func=ast.Name(id="__import__" | "import_module") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                found.add(name)
    return found


def among(found: set[str], names: tuple[str, ...]) -> list[str]:
    """Return the imports that are one of these modules or lie inside one."""
    return sorted(module for module in found if any(f"{module}.".startswith(f"{name}.") for name in names))


def breaches(package: str, tree: ast.Module) -> list[str]:
    """Return the imports that a file of a package may not have."""
    later = LAYERS[LAYERS.index(package) + 1 :]
    names = (*later, "tests", "a relative import", *FORBIDDEN[package])
    return among(imported(tree), names)


def files_touched(tree: ast.Module) -> list[str]:
    """Return what in a file of a package without files reads or writes one."""
    called = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for name in [getattr(node.func, "id", getattr(node.func, "attr", ""))]
        if name in FILE_NAMES
    }
    return [*among(imported(tree), FILE_MODULES), *sorted(called)]


def compiled(tree: ast.Module) -> list[str]:
    """Return the functions of a file that Numba compiles."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            heads = [mark.func if isinstance(mark, ast.Call) else mark for mark in node.decorator_list]
            if any(ast.unparse(head).rpartition(".")[2] in COMPILED for head in heads):
                found.append(node.name)
    return found


def unwanted(text: str) -> list[str]:
    """Return what a text says that no file of the repository may say."""
    return [f"{what}: {hit.group()}" for what, pattern in UNWANTED.items() for hit in pattern.finditer(text)]


def canonical(requirement: str) -> str:
    """Return the normal form of the name in a requirement."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name.group()).lower()


@cache
def declared(*extras: str) -> frozenset[str]:
    """Return the names of the run-time dependencies and of these extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    return frozenset(canonical(line) for line in lines)


@cache
def extras() -> tuple[str, ...]:
    """Return the names of the extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return tuple(project["optional-dependencies"])


def every_module() -> Iterator[tuple[str, Path]]:
    """Yield each package with each of its files."""
    for package in LAYERS:
        for path in modules(package):
            yield package, path


def named(value: object) -> str:
    """Name a test by the file it reads."""
    return str(value.relative_to(ROOT)) if isinstance(value, Path) else str(value)


@pytest.mark.parametrize(("package", "path"), list(every_module()), ids=named)
def test_imports_point_one_way(package: str, path: Path) -> None:
    """Scenarios -> sim -> agents -> experiments, and each package only the libraries that are its business."""
    assert breaches(package, tree_of(path)) == []


@pytest.mark.parametrize(
    ("package", "bad"),
    [
        ("scenarios", "import sim.clock"),
        ("scenarios", "from sim import clock"),
        ("scenarios", "def f():\n    from numba import njit"),
        ("scenarios", "import simpy"),
        ("scenarios", "import mesa"),
        ("sim", "def f():\n    from agents.model import WaterbedModel"),
        ("sim", "import mesa.discrete_space"),
        ("sim", "if TYPE_CHECKING:\n    from mesa import Model"),
        ("sim", "import importlib\nimportlib.import_module('experiments.run')"),
        ("sim", "from . import clock"),
        ("agents", "import experiments"),
        ("agents", "from rich.progress import track"),
        ("agents", "from omegaconf import DictConfig"),
        ("experiments", "from tests import helpers"),
    ],
)
def test_a_wrong_import_is_seen(package: str, bad: str) -> None:
    """The reader of imports can fail."""
    assert breaches(package, ast.parse(bad)) != []


@pytest.mark.parametrize(
    "path", [path for package in FILELESS for path in modules(package) if path != COMPILER], ids=named
)
def test_runs_touch_no_files(path: Path) -> None:
    """A run gets its data as arguments and returns tables."""
    assert files_touched(tree_of(path)) == []


@pytest.mark.parametrize(
    "bad",
    [
        "from pathlib import Path",
        "import os.path",
        "import pyarrow.parquet as pq",
        "from pyarrow import parquet",
        "with open('ports.csv') as file: pass",
        "text = folder.read_text()",
        "values = np.loadtxt('x')",
    ],
)
def test_a_touched_file_is_seen(bad: str) -> None:
    """The reader of file access can fail."""
    assert files_touched(ast.parse(bad)) != []


@pytest.mark.parametrize("path", [path for _, path in every_module()], ids=named)
def test_compiled_code_lives_in_kernels(path: Path) -> None:
    """A reader knows by the name of a file which rules of Python hold in it."""
    assert path.stem.endswith("_kernel") or compiled(tree_of(path)) == []


@pytest.mark.parametrize("path", [path for _, path in every_module() if path.stem.endswith("_kernel")], ids=named)
def test_kernels_import_only_kernels(path: Path) -> None:
    """The cache of compiled code is named by a digest of the kernel files, so they lean on nothing else but codes."""
    ours = {module for module in imported(tree_of(path)) if module.partition(".")[0] in LAYERS}
    leaning = [module for module in ours if not re.match(r"sim[.]compilation\b|sim[.]codes\b|[\w.]+_kernel\b", module)]
    assert leaning == []


def test_compiled_code_is_seen() -> None:
    """The reader of decorators can fail."""
    assert compiled(ast.parse("@njit(cache=True)\ndef f(x): return x")) == ["f"]
    assert compiled(ast.parse("@numba.vectorize\ndef f(x): return x")) == ["f"]


def test_files_are_short() -> None:
    """No Python file is longer than 500 lines and half of them are shorter than 200."""
    lines = {named(path): len(path.read_text("utf-8").splitlines()) for path in tracked() if path.suffix == ".py"}
    assert {name: count for name, count in lines.items() if count > MAX_LINES} == {}
    assert statistics.median(lines.values()) < MAX_MEDIAN_LINES


@pytest.mark.parametrize("package", [package for package in LAYERS if modules(package)])
def test_packages_are_ours(package: str) -> None:
    """Names as short as these collide: another distribution's ``agents`` must not win."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert [Path(place).resolve() for place in spec.submodule_search_locations or ()] == [ROOT / package]


@pytest.mark.parametrize("package", [package for package in LAYERS if modules(package)])
def test_installed_packages_are_ours(package: str, tmp_path: Path) -> None:
    """The same as workers see it, which start elsewhere without pytest's path."""
    try:
        importlib.metadata.distribution("waterbed")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("waterbed is not installed in this environment")
    code = f"import importlib.util as u; print(*u.find_spec({package!r}).submodule_search_locations, sep='\\n')"
    found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert [Path(line).resolve() for line in found.stdout.splitlines()] == [ROOT / package]


def test_every_import_is_declared() -> None:
    """What the packages import is a run-time dependency or an extra of its own; what tests import may be ``dev``."""
    providers = importlib.metadata.packages_distributions()
    known = {*sys.stdlib_module_names, *LAYERS, "tests"}
    optional = tuple(extra for extra in extras() if extra != "dev")
    homes = [(path, declared(*optional)) for _, path in every_module()]
    homes += [(path, declared(*extras())) for path in modules("tests")]
    undeclared = set()
    for path, allowed in homes:
        for module in {name.partition(".")[0] for name in imported(tree_of(path))} - known:
            names = {canonical(name) for name in providers.get(module, [module])}
            if not names & allowed:
                undeclared.add(f"{named(path)}: {module}")
    assert undeclared == set()


def unpacked(files: Iterable[Path], packages: set[str], data: dict[str, list[str]]) -> set[str]:
    """Return the files of our packages that an installation of these packages with this data would not have."""
    left = set()
    for path in files:
        # Data belong to the nearest package above them.
        home = next((place for place in path.parents if ".".join(place.parts) in packages), None)
        patterns = [] if home is None else data.get(".".join(home.parts), [])
        folders = path.relative_to(home).parts[:-1] if home else ()
        is_code = path.suffix == ".py" and not folders and home is not None
        # "data/**" takes whatever is below data.
        is_data = any(folders[:1] == (pattern.removesuffix("/**"),) for pattern in patterns)
        if not is_code and not is_data:
            left.add(str(path))
    return left


def test_every_file_of_a_package_is_installed() -> None:
    """Words, templates, styles and data are of no use where they are not installed with the code that reads them."""
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    ours = [path.relative_to(ROOT) for path in tracked() if path.relative_to(ROOT).parts[0] in LAYERS]
    assert {path.suffix for path in ours} >= {".py", ".csv", ".toml", ".css", ".j2", ".geojson"}
    assert unpacked(ours, set(setuptools["packages"]), setuptools["package-data"]) == set()


def test_a_file_that_is_not_installed_is_seen() -> None:
    """The reader of the list of packages can fail."""
    files = [Path(name) for name in ("a/x.py", "a/b/x.py", "a/data/d/x.css", "a/x.css", "a/c/x.py")]
    assert unpacked(files, {"a", "a.b"}, {"a": ["data/**"]}) == {"a/x.css", "a/c/x.py"}


def lock_entries() -> dict[str, list[str]]:
    """Return the hashes of each ``name==version`` of requirements.lock."""
    entries: dict[str, list[str]] = {}
    for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines():
        text = line.split("#")[0].strip().rstrip("\\").strip()
        if text.startswith("--hash="):
            entries[list(entries)[-1]].append(text.removeprefix("--hash="))
        elif text:
            entries[text] = []
    return entries


def test_the_lock_is_exact() -> None:
    """Every requirement has one version and hashes, and every declared dependency is there."""
    entries = lock_entries()
    pinned = re.compile(r"[a-z0-9][a-z0-9.-]*==[0-9][0-9a-z.]*")
    hashed = re.compile(r"sha256:[0-9a-f]{64}")
    assert [entry for entry in entries if not pinned.fullmatch(entry)] == []
    assert [entry for entry, hashes in entries.items() if not hashes or not all(map(hashed.fullmatch, hashes))] == []
    assert declared("dev") - {canonical(entry) for entry in entries} == set()


def test_the_lock_names_no_address() -> None:
    """Where packages come from is the business of whoever installs them."""
    text = (ROOT / "requirements.lock").read_text("utf-8")
    assert re.findall(r"https?|://|--(?!hash=)\S+|[.]whl|/\S*", text) == []


def test_the_licence_is_the_exact_text() -> None:
    """Apache-2.0, complete and unmodified."""
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == APACHE_2


def test_every_dependency_has_a_reason() -> None:
    """CONTRIBUTING.md says in one line what each dependency is for, and lists no other."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    section = text.partition("\n## Dependencies\n")[2].partition("\n## ")[0]
    reasons = dict(re.findall(r"^- `([^`]+)`: (\S.+)$", section, re.MULTILINE))
    assert {canonical(name) for name in reasons} == declared(*extras())


@pytest.mark.parametrize("path", tracked(), ids=named)
def test_files_say_nothing_unwanted(path: Path) -> None:
    """No unfinished marks, no package index, no path that exists on one machine only."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        return
    assert unwanted(text) == []


@pytest.mark.parametrize(
    "bad",
    [
        "# TO" + "DO: later",
        "# FIX" + "ME",
        "index = 'https://py" + "pi.org/simple'",
        "see /ho" + "me/someone/data.csv",
        "open('/wo" + "rk/x')",
        "cd .." + "/shared",
    ],
)
def test_unwanted_text_is_seen(bad: str) -> None:
    """The reader of texts can fail."""
    assert unwanted(bad) != []
