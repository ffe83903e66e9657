"""T32: joint choice of targets against national choice, flows as they are, and what is left when they answer.

Giommoni, Berlusconi and Aziani 2021, European Journal on Criminal Policy and Research 27:545-572: on a network of
trafficking that does not adapt, targets chosen together cut more flow than as many chosen country by country, and those
by betweenness more than those by quantity. Held here on the surrogate that authorities use, and on small networks.
"""

from __future__ import annotations

import dataclasses as dc
import itertools

import networkx as nx
import numpy as np

from agents.best_response import Standing, best_places, fixed_point, joint
from agents.surrogate import NO_FOLLOWERS, Surrogate
from sim.streams import Stream, Streams
from tests.unit.test_best_response import Toy, toy

CASES = 40


def kept_off(case: Toy, believed: Surrogate, places: list[list[int]]) -> float:
    """Return how much less lands than without the units, as a share of all flow."""

    def landed(own: list[list[int]]) -> float:
        return case._replace(surrogate=believed).value(own, case.everyone)

    nowhere = [[-1] * len(own) for own in places]
    return (landed(nowhere) - landed(places)) / float(believed.flow.sum() + believed.coast_flow.sum())


def choices(case: Toy, believed: Surrogate) -> tuple[list[list[int]], list[list[int]]]:
    """Return the places that states choose each alone, and together."""
    alone = fixed_point(believed, case.states, case.fixed, case.places).places
    together = joint(case.states, case.everyone)
    now = [place for own in case.places for place in own]
    return alone, together.split(best_places(believed, together, case.fixed, now))


def test_joint_choice_beats_national_choice_while_flows_stay(seed: int, record_property) -> None:
    """With static flows joint choice keeps more off in every case; of that gain little survives when followers answer.

    Printed: the gain with static flows, what is left of it when followers answer the same plans, and the gain of joint
    over national plans that both foresee the answer, which is as large as the first.
    """
    static_gain, blind_gain, foreseen_gain = [], [], []
    for number in range(CASES):
        case = toy(seed, number)
        static = dc.replace(case.surrogate, followers=NO_FOLLOWERS)
        alone, together = choices(case, static)
        static_gain.append(kept_off(case, static, together) - kept_off(case, static, alone))
        blind_gain.append(kept_off(case, case.surrogate, together) - kept_off(case, case.surrogate, alone))
        alone, together = choices(case, case.surrogate)
        foreseen_gain.append(kept_off(case, case.surrogate, together) - kept_off(case, case.surrogate, alone))
    means = {
        name: float(np.mean(gain))
        for name, gain in (("static", static_gain), ("blind", blind_gain), ("foreseen", foreseen_gain))
    }
    for name, mean in means.items():
        record_property(name, mean)
    print(f"joint less national, share of all flow kept off: {means}")
    assert min(static_gain) > -1e-9
    assert np.count_nonzero(np.array(static_gain) > 1e-6) > 0.9 * CASES
    assert min(foreseen_gain) > -1e-9
    assert means["blind"] < 0.7 * means["static"]
    assert means["foreseen"] > means["blind"]


def test_static_choice_alone_is_each_state_at_its_best() -> None:
    """With static flows no state's choice matters to another: the fixed point needs one round, and one to see it."""
    for number in range(CASES):
        case = toy(9, number)
        static = dc.replace(case.surrogate, followers=NO_FOLLOWERS)
        assert fixed_point(static, case.states, case.fixed, case.places).rounds <= 2
        empty = Standing(case.fixed.scans, case.fixed.units)
        own = best_places(static, case.states[0], empty, case.places[0])
        assert own == fixed_point(static, case.states, case.fixed, case.places).places[0]


def network(seed: int, number: int) -> nx.DiGraph:
    """Return three origins, eight countries of transit in two layers and four of destination, with flows by edge."""
    draw = Streams(seed, number).generator(Stream.PRIOR_DRAW)
    layers = [range(3), range(3, 7), range(7, 11), range(11, 15)]
    graph = nx.DiGraph()
    for first, second in itertools.pairwise(layers):
        for source in first:
            for target in draw.choice(list(second), 2, replace=False).tolist():
                graph.add_edge(source, target, kg=float(np.exp(draw.normal(5, 1))))
    return graph


def paths(graph: nx.DiGraph) -> int:
    """Return the ways from an origin to a destination."""
    return sum(
        1 for source in range(3) for target in range(11, 15) if target in graph and source in graph
        for _ in nx.all_simple_paths(graph, source, target)
    )  # fmt: skip


def left(graph: nx.DiGraph, cut: list[tuple[int, int]]) -> int:
    """Return the ways that are left when edges are cut."""
    rest = graph.copy()
    rest.remove_edges_from(cut)
    return paths(rest)


def test_joint_targets_by_betweenness_cut_more_paths_than_national_ones_by_quantity(seed: int) -> None:
    """Of as many edges: each country of transit cuts its largest inflow, or all choose the most central together."""
    fewer = []
    for number in range(CASES):
        graph = network(seed, number)
        inflow = {node: list(graph.in_edges(node, data="kg")) for node in range(3, 11) if graph.in_degree(node)}
        national = [max(edges, key=lambda edge: edge[2])[:2] for edges in inflow.values()][: len(inflow) // 2]
        joint_cut: list[tuple[int, int]] = []
        rest = graph.copy()
        for _ in national:
            central = nx.edge_betweenness_centrality_subset(rest, list(range(3)), list(range(11, 15)))
            joint_cut.append(max(sorted(central), key=lambda edge: central[edge]))
            rest.remove_edge(*joint_cut[-1])
        fewer.append(left(graph, national) - left(graph, joint_cut))
    assert np.mean(fewer) > 0
    assert np.mean(np.array(fewer) >= 0) > 0.8
