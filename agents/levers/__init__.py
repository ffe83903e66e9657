"""Levers: one small class each; a new file in this folder is a new lever."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache

from agents.levers.base import Lever


@lru_cache(maxsize=1)
def lever_classes() -> dict[str, type[Lever]]:
    """Return the class of every lever by name, in order of their names."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        for thing in vars(importlib.import_module(f"{__name__}.{module.name}")).values():
            if isinstance(thing, type) and issubclass(thing, Lever) and thing is not Lever:
                found[thing.name] = thing
    return dict(sorted(found.items()))
