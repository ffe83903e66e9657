"""What organisations believe about losses: own outcomes, public news, and the posture of controls."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

import numpy as np
from scipy.special import expit, logit

from scenarios.case import Case
from sim.streams import Floats, Ints


def beta_mean(losses: Floats, observations: Floats, prior_mean: float | Floats, strength: float) -> Floats:
    """Return the mean of a Beta belief: (strength x prior + losses) / (strength + observations)."""
    mean: Floats = (strength * prior_mean + losses) / (strength + observations)
    return mean


def posture_loss(log_effort: Floats, reference: float, noise: Floats, prior_mean: float, elasticity: float) -> Floats:
    """Return the loss that visible control effort suggests, shape (organisations, ports).

    logit p = logit(prior) + elasticity (ln effort - reference + noise): assumption, monotone in effort and bounded.
    """
    loss: Floats = expit(logit(prior_mean) + elasticity * (log_effort - reference + noise))
    return loss


def mixed_loss(own: Floats, news: Floats, posture: Floats, signal_weight: float) -> Floats:
    """Return the belief: own outcomes, and news and posture in equal parts at ``signal_weight`` (assumption)."""
    loss: Floats = (1 - signal_weight) * own + signal_weight * 0.5 * (news + posture)
    return loss


@dataclass(slots=True)
class Beliefs:
    """Beliefs of all organisations, in arrays; no belief is irreversible, for all evidence fades."""

    case: Case
    traffic_error: Floats
    """Factor of each organisation on the traffic it believes in, shape (organisations, places)."""
    posture_noise: Floats
    """Shape (organisations, ports)."""
    departures: int
    methods: int
    own_losses: Floats = field(init=False)
    own_outcomes: Floats = field(init=False)
    departure_losses: Floats = field(init=False)
    departure_outcomes: Floats = field(init=False)
    news_finds: Floats = field(init=False)
    news_traffic: Floats = field(init=False)
    _unpublished: deque[tuple[int, Ints, Ints, Ints]] = field(init=False)
    _efforts: deque[tuple[int, Floats]] = field(init=False)
    _reference: float | None = field(init=False)

    def __post_init__(self) -> None:
        """Start without evidence."""
        organisations, places = self.traffic_error.shape
        self.own_losses = np.zeros((organisations, places, self.methods))
        self.own_outcomes = np.zeros_like(self.own_losses)
        self.departure_losses = np.zeros((organisations, self.departures))
        self.departure_outcomes = np.zeros_like(self.departure_losses)
        self.news_finds = np.zeros((places, self.methods))
        self.news_traffic = np.zeros_like(self.news_finds)
        self._unpublished = deque()
        self._efforts = deque()
        self._reference = None

    def fade(self, days: int) -> None:
        """Let all evidence age."""
        factor = 0.5 ** (days / self.case.parameters.beliefs.half_life_days)
        for evidence in (
            self.own_losses, self.own_outcomes, self.departure_losses, self.departure_outcomes,
            self.news_finds, self.news_traffic,
        ):  # fmt: skip
            np.multiply(evidence, factor, out=evidence)

    def observe_departures(self, organisation: Ints, departure: Ints, is_lost: Ints) -> None:
        """Learn what became of consignments at departure."""
        np.add.at(self.departure_losses, (organisation, departure), is_lost)
        np.add.at(self.departure_outcomes, (organisation, departure), 1.0)

    def observe_outcomes(self, day: int, organisation: Ints, place: Ints, method: Ints, is_lost: Ints) -> None:
        """Learn own outcomes at entry now; they become news after a lag."""
        np.add.at(self.own_losses, (organisation, place, method), is_lost)
        np.add.at(self.own_outcomes, (organisation, place, method), 1.0)
        self._unpublished.append((day, place, method, is_lost))

    def observe_effort(self, day: int, effort_per_box: Floats, weight: Floats) -> None:
        """Note the visible control effort of each port (drug-tasked controls per at-risk box).

        What counts as usual is the mean of the first note by ``weight``, zero for a port that nobody knows.
        """
        if self._reference is None:
            # Exact sums, so that ports without weight change not even the last bit.
            total = math.fsum(weight)
            self._reference = math.log(math.fsum(weight * effort_per_box) / total) if total > 0 else 0.0
        least = math.exp(self._reference) * self.case.parameters.beliefs.posture_least_effort
        self._efforts.append((day, np.log(np.maximum(effort_per_box, least))))

    def publish(self, day: int) -> None:
        """Let outcomes older than the lag become public: finds, and the traffic they are divided by."""
        known_until = day - self.case.parameters.beliefs.news_lag_days
        while self._unpublished and self._unpublished[0][0] <= known_until:
            _, place, method, is_lost = self._unpublished.popleft()
            np.add.at(self.news_finds, (place, method), is_lost)
            np.add.at(self.news_traffic, (place, method), 1.0)

    def entry_loss(self, day: int) -> Floats:
        """Return the believed loss at entry, shape (organisations, places, methods)."""
        p = self.case.parameters.beliefs
        if not self.case.switches.beliefs:
            return np.full_like(self.own_losses, p.prior_mean)
        own = beta_mean(self.own_losses, self.own_outcomes, p.prior_mean, p.prior_strength_obs)
        traffic = self.news_traffic[None] * self.traffic_error[:, :, None]
        news = beta_mean(self.news_finds[None], traffic, p.prior_mean, p.prior_strength_obs)
        return mixed_loss(own, np.minimum(news, 1.0), self._posture(day)[:, :, None], p.signal_weight)

    def _posture(self, day: int) -> Floats:
        p = self.case.parameters.beliefs
        seen = np.full(self.traffic_error.shape, p.prior_mean)
        known_until = day - p.posture_lag_days
        while len(self._efforts) > 1 and self._efforts[1][0] <= known_until:
            self._efforts.popleft()
        if self._efforts and self._reference is not None:
            ports = self.posture_noise.shape[1]
            effort = self._efforts[0][1]
            seen[:, :ports] = posture_loss(
                effort, self._reference, self.posture_noise, p.prior_mean, p.posture_elasticity
            )
        return seen

    def departure_loss(self) -> Floats:
        """Return the believed loss at departure, shape (organisations, departure ports)."""
        prior = self.case.parameters.departure.seizure_probability
        if not self.case.switches.beliefs:
            return np.full_like(self.departure_losses, prior)
        strength = self.case.parameters.beliefs.prior_strength_obs
        return beta_mean(self.departure_losses, self.departure_outcomes, prior, strength)
