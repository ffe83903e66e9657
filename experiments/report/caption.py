"""A figure that is looked at without its page: its title and its note are in the picture."""

from __future__ import annotations

from typing import Any

from experiments.report.page import Figure, Format, Spec
from experiments.report.wrapping import wrapped_within

_OF_THE_WHOLE = ("$schema", "autosize", "background", "config", "datasets", "description", "padding", "usermeta")
"""What a specification may say at its top alone."""
_TITLE_LETTER = 1.2
"""How much wider letters of the title are."""
_ASIDE_PX = 60
"""Labels and margins that a picture is wider by than what it is drawn for, at most as much as all of them have."""


def captioned(spec: Spec, figure: Figure, format_: Format) -> Spec:
    """Return the specification of a figure under its title and note; a title of its own stays below them.

    One with a title of its own becomes the only part of a column. Others do not: writers of PDF bear no deep nesting.
    """
    width_px = format_.width_px + _ASIDE_PX
    title: dict[str, Any] = {
        "text": wrapped_within(figure.title, width_px / _TITLE_LETTER), "anchor": "start", "frame": "bounds",
        "fontSize": 15, "fontWeight": "bold", "lineHeight": 19, "offset": 14, "limit": width_px,
    }  # fmt: skip
    if figure.note:
        # A word that is longer than a line is cut there, and does not make the picture wider.
        title |= {
            "subtitle": wrapped_within(figure.note, width_px), "subtitleFontSize": 12, "subtitleLineHeight": 16,
            "subtitlePadding": 5,
        }  # fmt: skip
    if "title" not in spec:
        return {**spec, "title": title}
    whole = {name: spec[name] for name in _OF_THE_WHOLE if name in spec}
    part = {name: value for name, value in spec.items() if name not in whole}
    return {**whole, "title": title, "vconcat": [part]}
