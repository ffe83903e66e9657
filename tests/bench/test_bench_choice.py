"""Time of the choice rules for a day's decisions: 5 lots, 150 routes each. Target: 200 microseconds a rule."""

from __future__ import annotations

import numpy as np
import pytest

from agents.choice import (
    best_number_of_consignments,
    log_positive_stable,
    logit_shares,
    nested_logit_shares,
    nested_noise,
    salience_value,
)
from agents.noise_kernel import gumbel_rows, pair_uniforms
from sim.streams import Stream, Streams

pytestmark = [pytest.mark.bench, pytest.mark.benchmark(group="choice of 5 lots among 150 routes")]

LOTS, ROUTES, NESTS = 5, 150, 8
STREAMS = Streams(1, 0)
ROUTE_KEY, NEST_KEY = STREAMS.key(Stream.ROUTE_CHOICE), STREAMS.key(Stream.ROUTE_NEST)
LOT = np.arange(LOTS) * 65536
ROUTE = np.tile(np.arange(ROUTES) * 8, (LOTS, 1))
NEST, EACH_NEST = np.tile(np.arange(ROUTES) % NESTS, (LOTS, 1)), np.tile(np.arange(NESTS), (LOTS, 1))
UTILITY = np.tile(np.linspace(-2, 2, ROUTES), (LOTS, 1))


def test_logit(benchmark):
    benchmark(lambda: (logit_shares(UTILITY), np.argmax(UTILITY + gumbel_rows(ROUTE_KEY, LOT, ROUTE), axis=1)))


def test_nested_logit(benchmark):
    def choose():
        stable = log_positive_stable(pair_uniforms(NEST_KEY, LOT, EACH_NEST), 0.5)
        noise = nested_noise(gumbel_rows(ROUTE_KEY, LOT, ROUTE), np.take_along_axis(stable, NEST, axis=1), 0.5)
        return nested_logit_shares(UTILITY, NEST, 0.5), np.argmax(UTILITY + noise, axis=1)

    benchmark(choose)


def test_salience(benchmark):
    benchmark(salience_value, np.exp(UTILITY) * 1e4, -np.exp(-UTILITY) * 1e3, np.full(UTILITY.shape, 0.3), 0.5)


def test_splitting(benchmark):
    one = np.ones(LOTS)
    arguments = (one * 3e7, one * 1e7, one * 5e7, one * 0.3, 5e4, one * 2, 0.2, np.ones(LOTS, np.int64), 8)
    benchmark(best_number_of_consignments, *arguments)
