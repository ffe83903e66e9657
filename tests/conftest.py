"""Options and fixtures that every test may use."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.cli import main
from tests.command_cases import Printed
from tests.page_cases import make_results


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--seed``: a test that takes the fixture ``seed`` runs once for each."""
    parser.addoption("--seed", type=int, nargs="+", default=[1, 2, 3], help="seeds for tests that take `seed`")


def pytest_unconfigure() -> None:
    """Let what runs set apart from collections go at the end, or libraries would report it as leaked."""
    gc.unfreeze()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that takes ``seed`` over all seeds, unless the test names its own."""
    named = {name for mark in metafunc.definition.iter_markers("parametrize") for name in _names(mark.args[0])}
    if "seed" in metafunc.fixturenames and "seed" not in named:
        metafunc.parametrize("seed", metafunc.config.getoption("seed"), scope="session")


def _names(argument: str | list[str] | tuple[str, ...]) -> list[str]:
    """Return the argument names of a parametrize mark."""
    return [name.strip() for name in argument.split(",")] if isinstance(argument, str) else list(argument)


@pytest.fixture
def waterbed(capsys: pytest.CaptureFixture[str]) -> Callable[..., Printed]:
    """Return a function that runs a command here and returns exit status, output and errors."""

    def command(*words: str) -> Printed:
        try:
            status = main(list(words))
        except SystemExit as leave:
            status = int(leave.code or 0)
        return (status, *capsys.readouterr())

    return command


@pytest.fixture(scope="session")
def small_results(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that returns a folder of small results of a kind, made when it is first asked for."""
    root = tmp_path_factory.mktemp("small-results")
    made: dict[str, Path] = {}

    def results(kind: str) -> Path:
        if kind not in made:
            made[kind] = make_results(kind, root)
        return made[kind]

    return results
