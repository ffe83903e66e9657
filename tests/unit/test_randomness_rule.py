"""Randomness is addressed, never drawn in order: the syntax trees of sim/ and agents/ are read for anything else.

A second source of numbers, or an order that depends on a hash, would break the pairing of the arms of a comparison
without failing any test of results.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = ROOT / "sim" / "streams.py"
FILES = sorted(path for package in ("sim", "agents") for path in (ROOT / package).rglob("*.py") if path != ALLOWED)

SOURCES = {"random", "secrets", "uuid", "numpy.random"}
NAMES = {
    "random",
    "rng",
    "default_rng",
    "RandomState",
    "SeedSequence",
    "PCG64",
    "Philox",
    "rvs",
    "random_state",
    "urandom",
    "shuffle",
    "shuffle_do",
}
ORDER_FREE = {"sorted", "set", "frozenset", "any", "all", "len", "min", "max"}
ORDERED = {"list", "tuple", "iter", "enumerate", "zip", "map", "filter", "sum", "array", "asarray", "fromiter", "join"}
SET_METHODS = {"union", "intersection", "difference", "symmetric_difference"}


def violations(source: str) -> list[str]:
    """Return one line for each way in which a module draws numbers, or follows an order, that no address names."""
    tree = ast.parse(source)
    return [f"line {line}: {what}" for line, what in sorted({*_draws(tree), *_orders(tree)})]


def _draws(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Find other sources of numbers."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                modules = [alias.name for alias in node.names]
            case ast.ImportFrom():
                modules = [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
            case ast.Call(func=ast.Name(id="hash")):
                yield node.lineno, "hash() differs between processes"
                continue
            case ast.Attribute(attr=name) | ast.Name(id=name) if name in NAMES:
                yield node.lineno, f"'{name}' draws in order"
                continue
            case _:
                continue
        for module in modules:
            if any(module == source or module.startswith(f"{source}.") for source in SOURCES):
                yield node.lineno, f"'{module}' is imported"
            if module.rpartition(".")[2] in NAMES:
                yield node.lineno, f"'{module}' is imported"


def _orders(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Find orders taken from a set."""
    known = _names_of_sets(tree)
    free = {id(generator) for node in ast.walk(tree) for generator in _order_free_generators(node)}
    for node in ast.walk(tree):
        match node:
            case ast.For():
                taken = [node.iter]
            case ast.ListComp() | ast.DictComp() | ast.GeneratorExp() if id(node) not in free:
                taken = [generator.iter for generator in node.generators]
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in ORDERED:
                taken = list(node.args)
            case ast.Call(func=ast.Attribute(attr="pop", value=value), args=[]):
                taken = [value]
            case ast.Starred():
                taken = [node.value]
            case _:
                continue
        for expression in taken:
            if _is_set(expression, known):
                yield node.lineno, f"the order of a set is taken: {ast.unparse(expression)}"


def _order_free_generators(node: ast.AST) -> Iterator[ast.AST]:
    """Find comprehensions whose order their consumer forgets, as in ``sorted(f(x) for x in names)``."""
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in ORDER_FREE:
            yield from node.args
        case ast.Set():
            yield from (element for element in node.elts if isinstance(element, ast.Starred))


def _names_of_sets(tree: ast.Module) -> set[str]:
    """Return the names and attributes that are assigned or annotated as sets anywhere in the module."""
    known: set[str] = set()
    while True:
        found = set(known)
        for node in ast.walk(tree):
            match node:
                case ast.Assign(targets=targets, value=value) if _is_set(value, known):
                    found |= {ast.unparse(target) for target in targets}
                case ast.AnnAssign(target=target, annotation=kind) if _is_set_type(kind):
                    found.add(ast.unparse(target))
                case ast.arg(arg=name, annotation=kind) if kind is not None and _is_set_type(kind):
                    found.add(name)
        if found == known:
            return known
        known = found


def _is_set_type(kind: ast.expr) -> bool:
    """Tell whether an annotation names a set."""
    head = kind.value if isinstance(kind, ast.Subscript) else kind
    return ast.unparse(head).rpartition(".")[2] in {"set", "frozenset", "Set", "FrozenSet", "AbstractSet", "MutableSet"}


def _is_set(node: ast.expr, known: set[str]) -> bool:
    """Tell whether an expression is a set as far as its text says."""
    match node:
        case ast.Set() | ast.SetComp() | ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.BinOp(left=left, op=ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor(), right=right):
            return _is_set(left, known) or _is_set(right, known)
        case ast.Call(func=ast.Attribute(attr=name, value=value)):
            return name in SET_METHODS and _is_set(value, known)
        case ast.Name() | ast.Attribute():
            return ast.unparse(node) in known
    return False


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_draw_has_an_address(path: Path) -> None:
    """Only sim/streams.py may know a generator; nothing may follow the order of a set."""
    assert violations(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "bad",
    [
        "import random",
        "import random as chance",
        "from random import choice",
        "import numpy.random",
        "from numpy import random",
        "from numpy.random import default_rng as make",
        "import uuid",
        "from os import urandom",
        "x = np.random.default_rng(1)",
        "x = np.random.rand(3)",
        "x = self.random.random()",
        "x = model.random.choice(ports)",
        "x = self.model.rng.uniform()",
        "def draw(rng): return rng.normal()",
        "g = np.random.Generator(np.random.PCG64(1))",
        "s = SeedSequence(1)",
        "x = scipy.stats.norm.rvs(size=3)",
        "self.agents.shuffle_do('decide')",
        "agents = self.agents.shuffle()",
        "seed = hash(name)",
        "for port in {'BEANR', 'NLRTM'}: go(port)",
        "for port in set(ports): go(port)",
        "for port in set(ports) - {'BEANR'}: go(port)",
        "for port in set(ports).union(more): go(port)",
        "x = [go(port) for port in frozenset(ports)]",
        "x = {port: 1 for port in {p for p in ports}}",
        "x = list(set(ports))",
        "x = np.array(tuple({1, 2}))",
        "x = next(iter({1, 2}))",
        "x = [*{1, 2}]",
        "x = sum(mass[p] for p in {1, 2})",
        "seen = set()\nfor port in seen: go(port)",
        "seen = set()\nlate = seen\nfor port in late: go(port)",
        "class A:\n    def f(self):\n        self.open = {1}\n    def g(self):\n        return [x for x in self.open]",
        "class A:\n    open: set[int]\ndef f(open):\n    return list(open)",
        "def f(ports: frozenset[str]) -> None:\n    for port in ports: go(port)",
        "seen = {1, 2}\nx = seen.pop()",
    ],
)
def test_the_rule_catches(bad: str) -> None:
    """The checker itself can fail."""
    assert violations(bad) != []


@pytest.mark.parametrize(
    "good",
    [
        "noise = streams.uniforms(Stream.LUCK, ids, width=8)",
        "for port in sorted(set(ports)): go(port)",
        "for port in sorted(code for code in {1, 2}): go(port)",
        "x = {port for port in set(ports)}",
        "x = len({1, 2}) + max(p for p in {1, 2})",
        "x = 'BEANR' in {'BEANR', 'NLRTM'}",
        "seen = set()\nseen.add(1)\nx = any(p > 1 for p in seen)",
        "x = queue.pop()",
        "self.agents.do('decide')",
        "random_slots = 3",
        "from collections.abc import Generator\ndef call(env) -> Generator[Event, None, None]: yield env.timeout(1)",
        "digest = hashlib.blake2b(text)",
        "mask = tipped | targeted\nfor i in np.flatnonzero(mask): go(i)",
    ],
)
def test_the_rule_lets_pass(good: str) -> None:
    """What is reproducible is not disturbed."""
    assert violations(good) == []
