"""What an experiment needs beside its case: seed, arms, replications, workers, folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from experiments.funding.funding_options import FundingOptions
from experiments.sweep.cluster_options import ClusterOptions
from scenarios.case import Case
from scenarios.errors import InputError, unknown_name
from scenarios.load_case import compose, make_case
from scenarios.plain_conf import explain_value
from scenarios.regimes import is_regime, load_regime, regime_names

_NAMES = (
    "seed", "replication", "arms", "contrasts", "replications", "most_replications", "precision", "treated",
    "capacity_factor", "show", "draws", "draw_replications", "rules", "workers", "results", "lever_groups",
    "interactions", "dose_lever", "dose_points", "design", "n", "vary", "table", "tables", "executor", "scheduler",
    "chunk_seconds", "run_seconds", "worker_memory_mb", "cluster",
    "budget", "quick", "catalogue", "funding",
)  # fmt: skip

_RANGES = {
    "seed": (0, 2**63 - 1), "replication": (0, 2**31 - 1), "replications": (1, 10_000),
    "most_replications": (1, 10_000), "workers": (0, 1024), "capacity_factor": (0, 100), "draws": (8, 100_000),
    "draw_replications": (2, 1000), "dose_points": (2, 100), "n": (1, 10_000_000),
    "chunk_seconds": (1, 86_400), "run_seconds": (1, 864_000), "worker_memory_mb": (0, 16_777_216),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of an experiment."""

    seed: int
    replication: int
    arms: tuple[str, ...]
    contrasts: tuple[tuple[str, str], ...]
    replications: int
    most_replications: int
    precision: float
    treated: str
    capacity_factor: float
    show: Literal["ranges", "ports"]
    draws: int
    draw_replications: int
    rules: tuple[str, ...]
    workers: int
    results: Path
    lever_groups: dict[str, tuple[str, ...]]
    interactions: tuple[tuple[str, str], ...]
    dose_lever: str
    dose_points: int
    design: str
    n: int
    vary: tuple[str, ...]
    table: str
    tables: tuple[str, ...]
    executor: Literal["serial", "processes", "dask"]
    scheduler: str
    chunk_seconds: float
    run_seconds: float
    worker_memory_mb: int
    cluster: ClusterOptions
    budget: tuple[float, ...]
    quick: bool
    catalogue: str
    funding: FundingOptions

    def worker_count(self) -> int:
        """Return the processes to use: as asked, or all cores."""
        return self.workers or os.cpu_count() or 1


def load(overrides: list[str]) -> tuple[Case, Settings]:
    """Return the case and the settings that the overrides describe.

    Raises:
        InputError: an unknown name or a value that is not allowed.
    """
    config = compose(overrides)
    case, settings = make_case(config), _settings(config)
    # Asking for more replications than the usual most means that many, whatever the precision.
    if settings.replications > settings.most_replications:
        if any(override.startswith("most_replications=") for override in overrides):
            raise InputError(
                f"most_replications: {settings.most_replications} is not allowed; allowed: replications "
                f"({settings.replications}) or more."
            )
        settings = _settings({**config, "most_replications": settings.replications})
    return case, settings


def _settings(config: Mapping[str, Any]) -> Settings:
    try:
        settings: Settings = TypeAdapter(Settings).validate_python({name: config[name] for name in _NAMES})
    except ValidationError as error:
        raise explain_value(error) from None
    for name, (least, most) in _RANGES.items():
        if not least <= getattr(settings, name) <= most:
            raise InputError(f"{name}: {getattr(settings, name)} is not allowed; allowed: {least} to {most}.")
    if not settings.precision > 0:
        raise InputError(f"precision: {settings.precision:g} is not allowed; allowed: more than 0.")
    if not settings.arms or len(set(settings.arms)) < len(settings.arms):
        raise InputError(f"arms: {', '.join(settings.arms) or 'none'} is not allowed; allowed: each arm once.")
    return settings


def make_arms(case: Case, settings: Settings) -> dict[str, Case]:
    """Return the case of each arm: the same question under another regime.

    Raises:
        InputError: an arm, or one side of a contrast, that is not a regime.
    """
    for pair in settings.contrasts:
        for arm in pair:
            if not is_regime(arm):
                raise unknown_name("contrasts", arm, regime_names())
    arms = {}
    for arm in settings.arms:
        if not is_regime(arm):
            raise unknown_name("arms", arm, regime_names())
        arms[arm] = case_with(case, arm)
    return arms


def case_with(case: Case, regime: str) -> Case:
    """Return the case under another regime."""
    fields = {name: getattr(case, name) for name in case.__dataclass_fields__}
    return Case(**{**fields, "regime": load_regime(regime)})


def chosen_contrasts(settings: Settings) -> list[tuple[str, str]]:
    """Return the contrasts whose two arms both run; without any, each later arm against the first."""
    both = [pair for pair in settings.contrasts if set(pair) <= set(settings.arms)]
    return both or [(arm, settings.arms[0]) for arm in settings.arms[1:]]
