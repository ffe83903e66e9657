"""The words of the page: all that the code asks for are there, and translations fit the English ones."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from experiments.report import texts as texts_module
from experiments.report.asked import parse_asked
from experiments.report.command import make_page
from experiments.report.html import html
from experiments.report.texts import COMPLETE, Texts, entries, languages
from scenarios.errors import InputError
from tests.page_cases import RESULTS, Reader

ANY = r"[\w *,.-]+"
PACKAGE = Path(texts_module.__file__).parent
OTHERS = [language for language in languages() if language != COMPLETE]
Asked = tuple[str, str, frozenset[str] | None]
"""Where words are asked for, a regular expression of the key, and what goes into placeholders, None if unknown."""


def placeholders(text: str) -> set[str]:
    """Return the names of the placeholders of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def patterns(node: ast.expr, assigned: dict[str, list[ast.expr]]) -> Iterator[str]:
    """Yield a regular expression for each key that an expression may have."""
    match node:
        case ast.Constant(value=str(key)):
            yield re.escape(key)
        case ast.JoinedStr(values=parts):
            yield "".join(re.escape(str(p.value)) if isinstance(p, ast.Constant) else ANY for p in parts)
        case ast.IfExp(body=one, orelse=other):
            yield from patterns(one, assigned)
            yield from patterns(other, assigned)
        case ast.Name(id=name):
            others = {other: values for other, values in assigned.items() if other != name}
            for value in assigned.get(name, []):
                yield from patterns(value, others)


def asked_in(tree: ast.Module, place: str) -> Iterator[Asked]:
    """Yield what a file asks ``texts`` or ``told.texts`` for."""
    for statement in tree.body:
        # A name means the same within a function, nested ones included.
        for part in statement.body if isinstance(statement, ast.ClassDef) else [statement]:
            assigned: dict[str, list[ast.expr]] = {}
            for node in ast.walk(part):
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    assigned.setdefault(node.targets[0].id, []).append(node.value)
            for node in ast.walk(part):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "texts":
                    names = [keyword.arg for keyword in node.keywords]
                    given = None if None in names else frozenset(name for name in names if name)
                    for pattern in patterns(node.args[0], assigned):
                        yield f"{place}:{node.lineno}", pattern, given


@cache
def asked() -> tuple[Asked, ...]:
    """Return everything that the package and its template ask for."""
    found = [
        each
        for path in sorted(PACKAGE.glob("**/*.py"))
        for each in asked_in(ast.parse(path.read_text("utf-8")), path.name)
    ]
    template = (PACKAGE / "data" / "page.html.j2").read_text("utf-8")
    found += [("page.html.j2", re.escape(key), None) for key in re.findall(r'texts\("([^"]+)"', template)]
    return tuple(found)


def test_all_words_that_are_asked_for_are_there() -> None:
    assert len(asked()) > 30
    keys = entries(COMPLETE)
    missing = [(place, pattern) for place, pattern, _ in asked() if not any(re.fullmatch(pattern, key) for key in keys)]
    assert missing == []


def test_placeholders_are_filled_in() -> None:
    keys = entries(COMPLETE)
    wrong = [
        (place, pattern, sorted(placeholders(keys[key]) - given))
        for place, pattern, given in asked()
        if given is not None
        for key in [pattern.replace("\\", "")]
        if key in keys and placeholders(keys[key]) - given
    ]
    assert wrong == []


def test_no_words_are_left_over() -> None:
    """Every entry is named in the code: whole, as the part after the dot, or by a text that is put together."""
    named = {pattern for _, pattern, _ in asked()}
    for path in PACKAGE.glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant | ast.JoinedStr):
                named |= {pattern for pattern in patterns(node, {}) if re.search(r"\w", pattern.replace(ANY, ""))}
    whole = re.compile("|".join(f"(?:{pattern})" for pattern in sorted(named)))
    unused = [key for key in entries(COMPLETE) if not any(map(whole.fullmatch, (key, key.partition(".")[2])))]
    assert unused == []


def test_what_is_missing_is_seen() -> None:
    """The reader of the code can fail."""
    code = """
def f():
    key = "a.one" if x else "a.two"
    texts(key, n=1)
def g():
    key = "b.one"
    told.texts(f"{x}.three", **more)
class C:
    def h(self):
        return texts("a.four")
"""
    assert list(asked_in(ast.parse(code), "f")) == [
        ("f:4", r"a\.one", frozenset({"n"})),
        ("f:4", r"a\.two", frozenset({"n"})),
        ("f:7", rf"{ANY}\.three", None),
        ("f:10", r"a\.four", frozenset()),
    ]


@pytest.mark.parametrize("language", languages())
def test_words_are_words(language: str) -> None:
    for key, text in entries(language).items():
        # Some entries are named like values of a table, with their spaces.
        assert re.fullmatch(r"[a-z0-9_]+\.[\w *,.-]+", key), key
        assert text, key
        # Names only: no attributes, items or formats, which would look into what is filled in.
        assert all(re.fullmatch("[a-z][a-z0-9_]*", name) for name in placeholders(text)), key
        assert not re.search(r"<\w|&\w+;", text), f"{key}: HTML would be shown as it is written"


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_fits_the_english_words(language: str) -> None:
    english = entries(COMPLETE)
    for key, text in entries(language).items():
        assert key in english, f"{language}: {key} is nowhere in {COMPLETE}"
        assert placeholders(text) == placeholders(english[key]), f"{language}: {key}"


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("kind", RESULTS)
def test_every_heading_is_translated(kind: str, language: str, small_results: Callable[[str], Path]) -> None:
    pages = []
    for each in (COMPLETE, language):
        page, texts = make_page(parse_asked([str(small_results(kind)), f"language={each}"]))
        pages.append(page)
        text = html(page, texts)
        assert Reader(text).all("html") == [{"lang": each}]
        assert f'<h2 id="contents-title">{entries(each)["page.contents"]}</h2>' in text
    english, other = pages
    assert [section.key for section in english.sections] == [section.key for section in other.sections]
    assert [a.key for a, b in zip(english.sections, other.sections, strict=True) if a.title == b.title] == []


def test_a_language_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match=r"language: 'eo' is not known.*Allowed: de, en, fr"):
        Texts("eo")


def test_what_is_filled_in_is_not_read_again() -> None:
    texts = Texts(COMPLETE)
    assert "{supply} {0}" in texts("page.subtitle", world="{supply} {0}", good="g", span="s", supply="u")
    assert not texts.has("page.nothing")
