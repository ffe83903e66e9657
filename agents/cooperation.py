"""Who cooperates with whom: the graph along which organisations hear of each other's losses."""

from __future__ import annotations

import networkx as nx
import numpy as np

from sim.streams import Ints, Key

NOBODY = -1


def cooperation(kind: str, organisations: int, degree: int, rewiring: float, key: Key) -> Ints:
    """Return the organisations that each one cooperates with, shape (organisations, most ties), `NOBODY` where none.

    Args:
        kind: ``small_world`` (Watts and Strogatz 1998 doi:10.1038/30918), ``scale_free`` (Barabasi and Albert 1999
            doi:10.1126/science.286.5439.509), ``random`` (Erdos and Renyi 1959), or ``none``.
        organisations: how many.
        degree: mean number of ties of one.
        rewiring: share of ties of the small world that are rewired.
        key: address of the graph's luck.
    """
    ties = min(degree, organisations - 1)
    if kind == "none" or ties < 1:
        return np.full((organisations, 0), NOBODY)
    seed = int(key[0] & np.uint64(0x7FFFFFFF))
    if kind == "small_world":
        graph = nx.watts_strogatz_graph(organisations, ties, rewiring, seed=seed)
    elif kind == "scale_free":
        graph = nx.barabasi_albert_graph(organisations, max(1, ties // 2), seed=seed)
    else:
        graph = nx.gnp_random_graph(organisations, ties / (organisations - 1), seed=seed)
    neighbours = np.full((organisations, max((d for _, d in graph.degree), default=0)), NOBODY)
    for node in graph:
        told = sorted(graph[node])
        neighbours[node, : len(told)] = told
    return neighbours
