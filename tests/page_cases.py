"""Small results that pages are made of, one for each kind of results, and how pictures are taken out of a page."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
from contextlib import redirect_stdout
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.cli import main
from experiments.decompose import runs as decompose_runs
from experiments.funding import simulated
from experiments.sweep.layout import QUESTION
from tests import decompose_cases, funding_stand_ins
from tests.report_cases import SMALL

_TWO_ARMS = ("compare", *SMALL, "arms=[frozen,national_rule]")
RESULTS: dict[str, tuple[str, ...]] = {
    "comparison": (*_TWO_ARMS, "replications=2", "most_replications=2"),
    "one-replication": (*_TWO_ARMS, "replications=1", "most_replications=1"),
    "one-regime": ("compare", *SMALL, "arms=[frozen]", "contrasts=[]", "replications=2", "most_replications=2"),
    "dose": ("dose", *SMALL, "lever=criteria", "replications=2", "dose_points=2"),
    "ledger": ("ledger", *SMALL, "treated=NLRTM", "regime=national_rule", "replications=2"),
    "sweep": (
        "sweep",
        *SMALL,
        "design=grid",
        "n=4",
        "vary=[choice.temperature_eur_per_kg]",
        "regime=national_rule",
        "replications=2",
        "workers=1",
    ),
    "decomposition": ("decompose", *SMALL, "replications=4", "workers=1"),
    "funding": (
        "size",
        *(word for word in (*SMALL, *funding_stand_ins.FEW) if not word.startswith("funding.draws")),
        "workers=1",
        "funding.types=[mobile_xray,dog_team]",
        "funding.draws=8",
    ),
}
"""The command of each kind of results. Whoever makes a page for another kind adds a line."""
ROOMS = ("comparison", "ledger", "sweep", "funding")
"""Kinds whose pages have little in common: enough for what does not hang on the results."""
STAND_INS = {
    "decomposition": (decompose_runs, decompose_cases.fake_table),
    "funding": (simulated, funding_stand_ins.fake_table),
}
"""Commands of hundreds of runs, and what stands in for these."""


def make_results(kind: str, root: Path) -> Path:
    """Run the command of a kind of results and return the folder that it wrote; what it printed is beside its root."""
    command, *words = RESULTS[kind]
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as out:
        if kind in STAND_INS:
            module, fake_table = STAND_INS[kind]
            patch.setattr(module, "run_table", fake_table([]))
        assert main([command, "--quiet", *words, f"results={root / kind}"]) == 0
    (root / f"{kind}.txt").write_text(out.getvalue(), "utf-8")
    (folder,) = (root / kind).iterdir()
    return folder


EVIL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "</style></title><h1>another heading",
    "{{ 7 * 7 }} {% raw %}",
    "{world} {0} {treated!r} %s %(a)s",
    "fish & chips &lt;b&gt; &#x41;",
    "datum['value'] || alert(1)",
    "[bold red]markup[/] [link=file:x]",
    "javascript:alert(1)",
    "left \u202eright\u2066 \u200f",
    "\x1b[31mred\x07\x00",
    "W" * 300,
)
"""What names must not be taken for: markup, script, placeholders, expressions, orders to a terminal, or short."""


def poisoned(folder: Path, target: Path) -> Path:
    """Copy results with names of arms, world, good, scenario and regimes, and with a command, that try everything."""
    text = " ".join(EVIL)
    arms: dict[str, str] = {}
    if (folder / QUESTION).is_file():
        shutil.copytree(folder, target)
        facts = json.loads((target / QUESTION).read_text("utf-8"))
        facts["command"] += text
        for case in facts["cases"].values():
            _poison(case, text)
        (target / QUESTION).write_text(json.dumps(facts), "utf-8")
        return target

    def new(old: str) -> str:
        return " - ".join(arms[part] for part in old.split(" - ")) if set(old.split(" - ")) <= arms.keys() else old

    target.mkdir(parents=True)
    for path in sorted(folder.glob("*.parquet")):
        table = pq.read_table(path)
        facts = dict(table.schema.metadata)
        cases = json.loads(facts[b"waterbed.cases"])
        arms.update({arm: f"{arm} {text}" for arm in cases})
        for case in cases.values():
            _poison(case, text)
        facts[b"waterbed.cases"] = json.dumps({new(arm): case for arm, case in cases.items()}).encode()
        digests = json.loads(facts[b"waterbed.case_digests"])
        facts[b"waterbed.case_digests"] = json.dumps({new(arm): digest for arm, digest in digests.items()}).encode()
        facts[b"waterbed.command"] += text.encode()
        for i, field in enumerate(table.schema):
            if pa.types.is_dictionary(field.type) or pa.types.is_string(field.type):
                values = pa.array([None if v is None else new(v) for v in table[field.name].to_pylist()], pa.string())
                table = table.set_column(i, field, values.cast(field.type))
        pq.write_table(table.replace_schema_metadata(facts), target / path.name)
    return target


def _poison(case: dict[str, dict[str, object]], text: str) -> None:
    case["world"]["name"] = text
    case["good"] |= {"name": text, "about": text, "is_illustrative": True}
    case["scenario"] |= {"name": text, "about": text}
    case["regime"] |= {"name": text, "about": text}


class Reader(HTMLParser):
    """Reads the elements of a page, with their attributes, and its texts."""

    def __init__(self, page: str) -> None:
        """Read it."""
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of all elements of a name."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def pictures(self) -> list[str]:
        """The SVG of every picture: of each figure first the narrow one, then the wide one."""
        addresses = [
            attributes.get("srcset") or attributes.get("src", "")
            for tag, attributes in self.elements
            if tag in ("source", "img")
        ]
        head = "data:image/svg+xml;base64,"
        assert all(address.startswith(head) for address in addresses)
        return [base64.b64decode(address.removeprefix(head)).decode() for address in addresses]


def marks(svg: str) -> int:
    """Return how many shapes of data a picture has: of its marks, not of axes, legends and frames."""
    root = ElementTree.fromstring(svg)
    count = 0
    for group in root.iter():
        names = group.get("class", "").split()
        if "role-mark" in names and not {"mark-text", "mark-group"} & set(names):
            # A line is one path, whatever it goes through.
            count += sum(
                part.get("d", "M0,0") not in ("", "M0,0h0v0h0Z") for part in group if part.tag.endswith("path")
            )
            count += sum(len(part) for part in group if part.tag.endswith("}g"))
    return count


def words_of(svg: str) -> list[str]:
    """Return all texts of a picture, its text alternative included."""
    root = ElementTree.fromstring(svg)
    labels = [part.get(name, "") for part in root.iter() for name in ("aria-label", "aria-roledescription")]
    return [text for text in (*(t.strip() for t in root.itertext()), *labels) if text]


def nonsense(texts: list[str]) -> list[str]:
    """Return texts with what programs write when they have nothing to say."""
    anywhere = re.compile(r"\b(?:NaN|nan|Infinity)\b|\[object |\bundefined$")
    alone = re.compile(r"[-+]?(?:undefined|null|None|inf|True|False)(?: [^a-z].*| t/yr| %)?")
    return [text for text in texts if anywhere.search(text) or alone.fullmatch(text.strip())]
