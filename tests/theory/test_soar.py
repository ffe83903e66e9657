"""Findings of RAND's SOAR (Reuter, Crawford and Cave 1988, R-3594; N-2680) and diffusion of benefits, on the model."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from joblib import Parallel, delayed

from sim.streams import Floats, Stream, Streams
from tests.theory_cases import (
    ALIKE,
    SEED,
    YEAR,
    alike,
    dispatched_t,
    half_width,
    landed_t,
    lower,
    play,
    said,
    upper,
)

# ---- the curve: what lands against how many ports are strengthened --------------------------------------------------

Ports = tuple[str, ...]
FACTORS = (3.0, 8.0)
NO_PORT: Ports = ()
FEW_AND_MANY = [NO_PORT, *combinations(ALIKE, 1), *combinations(ALIKE, len(ALIKE) - 1), ALIKE]


def landed(settings: tuple[str, ...], ports: Ports, factor: float, replication: int) -> float:
    """Return tonnes landed with some ports strengthened."""
    return landed_t(play(settings, replication, dict.fromkeys(ports, factor)))


def curve(temperature: float, factors: tuple[float, ...], replications: int) -> dict[tuple[Ports, float], Floats]:
    """Return tonnes landed by ports strengthened and factor, an element a replication."""
    settings = (*alike(len(ALIKE)), f"parameters.choice.temperature_eur_per_kg={temperature}")
    arms = [(NO_PORT, 1.0), *((ports, factor) for factor in factors for ports in FEW_AND_MANY if ports)]
    jobs = [(settings, *arm, number) for number in range(replications) for arm in arms]
    tonnes = np.array(Parallel(n_jobs=2)(delayed(landed)(*job) for job in jobs)).reshape(replications, len(arms))
    found = {arm: tonnes[:, i] for i, arm in enumerate(arms)}
    return found | {(NO_PORT, factor): found[NO_PORT, 1.0] for factor in factors}


def slopes(found: dict[tuple[Ports, float], Floats], factor: float) -> tuple[Floats, Floats, Floats]:
    """Return tonnes less by the first, the mean and the last port strengthened, over all orders of the ports.

    In a mean over all orders each port is first, and last, equally often: unequal sizes do not bend the curve.
    """
    one, all_but_one = ([found[ports, factor] for ports in combinations(ALIKE, m)] for m in (1, len(ALIKE) - 1))
    none, everywhere = found[NO_PORT, factor], found[ALIKE, factor]
    first, last = none - np.mean(one, axis=0), np.mean(all_but_one, axis=0) - everywhere
    return first, (none - everywhere) / len(ALIKE), last


def tell(temperature: float, factor: float, first: Floats, mean: Floats, last: Floats) -> str:
    """Return what the curve is, as text."""
    return (
        f"\nSOAR curve, temperature {temperature:g} EUR/kg, capacity x {factor:g}: t less for the first port "
        f"{said(first)}, for one in the mean {said(mean)}, for the last {said(last)}; last - first {said(last - first)}"
    )


@pytest.mark.slow
@pytest.mark.parametrize("temperature", [1500.0, 2000.0])
def test_the_last_port_counts_more_than_the_first(temperature: float, capsys: pytest.CaptureFixture[str]) -> None:
    """T26: strengthening few of many ports does little, as loads go to the others; the last one has no others.

    A higher temperature straightens the curve: it is tested where organisations mind costs most.
    """
    found = curve(temperature, FACTORS, replications=3)
    for factor in FACTORS:
        first, mean, last = slopes(found, factor)
        with capsys.disabled():
            print(tell(temperature, factor, first, mean, last))
        assert lower(last - first) > 0
        assert upper(first - mean) < 0


# ---- randomisation: the same effort, at one port or rotated ---------------------------------------------------------

ROTATED = 3
MONTHS = 12
ROTATED_FACTOR = 8.0
SMALL = 0.2
"""Share of the gap with learning that counts as no gap; what is left is loads about the ends of months."""
NOTHING_LEARNT = (
    "switches.beliefs=false", "switches.size=false", "parameters.knowledge.explored_routes_per_month=0",
    "parameters.knowledge.foothold_arrest_loss=0", "parameters.insiders.arrested_if_team_is_caught=0",
)  # fmt: skip
"""No beliefs, and nothing else that a loss changes: neither capital for splitting, nor known routes, nor footholds."""


def rotation(replication: int, shift: int) -> tuple[int, ...]:
    """Return the port of each month: every three months each port once, in an order at random.

    Over the three shifts each port is strengthened in each month once, as it is over the three fixed placements.
    """
    blocks = np.arange(MONTHS // ROTATED)
    order = np.argsort(Streams(SEED, replication).uniforms(Stream.BOOTSTRAP, blocks, ROTATED), axis=1)
    return tuple(int(port) for port in (order.ravel() + shift) % ROTATED)


def placed(settings: tuple[str, ...], schedule: tuple[int, ...], replication: int) -> Floats:
    """Return tonnes landed, boxes selected against drugs, and tonnes dispatched to each port."""
    model = play(settings, replication, {}, schedule, ROTATED_FACTOR)
    boxes = model.physical.control_totals[:, 0].sum()
    return np.array([landed_t(model, 0), boxes, *dispatched_t(model, 0)])


def rotated_and_fixed(replications: int, *more: str) -> Floats:
    """Return what ``placed`` does, shape (replications, 2, ports, values); fixed placement first."""
    settings = (*alike(ROTATED), *more)
    jobs = [
        (settings, schedule, number)
        for number in range(replications)
        for schedule in (
            *((port,) * MONTHS for port in range(ROTATED)),
            *(rotation(number, shift) for shift in range(ROTATED)),
        )
    ]
    values = np.array(Parallel(n_jobs=2)(delayed(placed)(*job) for job in jobs))
    return values.reshape(replications, 2, ROTATED, -1)


@pytest.mark.slow
def test_rotation_at_random_beats_a_fixed_place_only_against_those_who_learn(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """T27: the same mean extra effort lands less where it moves each month; without learning it makes no difference."""
    learning = rotated_and_fixed(4)
    blind = rotated_and_fixed(4, *NOTHING_LEARNT)
    gap, no_gap = (-np.diff(arms[:, :, :, 0].mean(axis=2), axis=1)[:, 0] for arms in (learning, blind))
    with capsys.disabled():
        print(
            f"\nTonnes less that land by rotation: {said(gap)} of {learning[:, 0, :, 0].mean():.0f} with learning, "
            f"{said(no_gap)} without"
        )
    assert lower(gap) > 0
    # Who learns nothing goes where he would have gone, to the gram.
    assert (blind[:, :, :, 2:] == blind[:, :1, :1, 2:]).all()
    assert abs(no_gap.mean()) + half_width(no_gap) < SMALL * lower(gap)
    effort = blind[:, :, :, 1].mean(axis=(0, 2))
    assert effort[1] / effort[0] == pytest.approx(1, abs=0.01)


# ---- diffusion of benefits ------------------------------------------------------------------------------------------

SHARED_FEAR = (
    "world=three_ports", "parameters.beliefs.generalisation=0.75", "parameters.beliefs.hearsay_weight=1",
    "parameters.beliefs.cooperation_degree=10", "parameters.beliefs.signal_weight=0",
    "parameters.choice.temperature_eur_per_kg=8000", "parameters.supply.outside_netback_eur_per_kg=11000",
    "parameters.supply.reservation_scale_eur_per_kg=1000", "switches.price_feedback=false", *YEAR,
)  # fmt: skip
DIFFUSION_PAIRS = 10


def to_antwerp_and_elsewhere(factor: float, replication: int) -> tuple[float, float]:
    """Return tonnes dispatched to Antwerp, and to all other places, the coast included."""
    model = play(SHARED_FEAR, replication, {"BEANR": factor})
    tonnes = dispatched_t(model)
    antwerp = tonnes[model.world.entry.code.index("BEANR")]
    return antwerp, tonnes.sum() - antwerp


@pytest.mark.slow
def test_benefits_can_diffuse(capsys: pytest.CaptureFixture[str]) -> None:
    """Controls at one port can lower the flow to all others too: displacement is no share of 1 by construction.

    It takes organisations that fear everywhere what they hear of one port, that care little by which port they go, and
    that have somewhere else to sell at a price which does not rise with what is seized here.
    """
    jobs = [(factor, number) for number in range(DIFFUSION_PAIRS) for factor in (1.0, 12.0)]
    tonnes = np.array(Parallel(n_jobs=2)(delayed(to_antwerp_and_elsewhere)(*job) for job in jobs))
    change = np.diff(tonnes.reshape(DIFFUSION_PAIRS, 2, 2), axis=1)[:, 0]
    with capsys.disabled():
        print(f"\nTonnes more with Antwerp x 12: {said(change[:, 0])} there, {said(change[:, 1])} elsewhere")
    assert upper(change[:, 0]) < 0
    assert upper(change[:, 1]) < 0
