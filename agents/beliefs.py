"""What organisations believe about losses: own outcomes, hearsay, public news, and the posture of controls."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

import numpy as np
from scipy.special import expit, logit

from agents.cooperation import NOBODY
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


def generalised_prior(
    losses: Floats, observations: Floats, prior_mean: float, strength: float, weight: float
) -> Floats:
    """Return what is expected where there is no evidence: the prior, and in part the loss rate over all cells.

    Fear that is shared between places is what lets a control at one of them lower the flow at others: diffusion of
    benefits (Clarke and Weisburd 1994). The weight is an assumption with a third of its prior at zero.

    Args:
        losses, observations: shape (organisations, ...), all cells of an organisation.
        prior_mean, strength: of the Beta prior.
        weight: of the loss rate over all cells.
    """
    cells = tuple(range(1, losses.ndim))
    overall = beta_mean(losses.sum(axis=cells), observations.sum(axis=cells), prior_mean, strength)
    expected: Floats = (1 - weight) * prior_mean + weight * overall
    return expected


@dataclass(frozen=True, slots=True)
class Opinion:
    """What some organisations believe, one row an organisation, shape (rows, places, methods)."""

    losses: Floats
    """Own ones and those heard of."""
    observations: Floats
    expected: Floats
    """Prior mean, shape (rows, 1, 1)."""
    strength: float
    news: Floats
    posture: Floats
    """Shape (rows, places, 1)."""
    signal_weight: float

    def loss(self) -> Floats:
        """Return the believed probability of loss at entry."""
        own = beta_mean(self.losses, self.observations, self.expected, self.strength)
        return mixed_loss(own, self.news, self.posture, self.signal_weight)


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
    neighbours: Ints
    """Who tells each organisation of losses, shape (organisations, ties), `NOBODY` where none."""
    own_losses: Floats = field(init=False)
    own_outcomes: Floats = field(init=False)
    departure_losses: Floats = field(init=False)
    departure_outcomes: Floats = field(init=False)
    departure_programme: Floats = field(init=False)
    """What programmes that are seen add to controls before departure, by departure port."""
    news_finds: Floats = field(init=False)
    news_traffic: Floats = field(init=False)
    _unpublished: deque[tuple[int, Ints, Ints, Ints]] = field(init=False)
    _efforts: deque[tuple[int, Floats]] = field(init=False)
    _programmes: deque[tuple[int, Floats]] = field(init=False)
    _reference: float | None = field(init=False)

    def __post_init__(self) -> None:
        """Start without evidence."""
        organisations, places = self.traffic_error.shape
        self.own_losses = np.zeros((organisations, places, self.methods))
        self.own_outcomes = np.zeros_like(self.own_losses)
        self.departure_losses = np.zeros((organisations, self.departures))
        self.departure_outcomes = np.zeros_like(self.departure_losses)
        self.departure_programme = np.zeros(self.departures)
        self.news_finds = np.zeros((places, self.methods))
        self.news_traffic = np.zeros_like(self.news_finds)
        self._unpublished = deque()
        self._efforts = deque()
        self._programmes = deque()
        self._reference = None

    def inherit_ties(self, newcomers: list[int], predecessor: int) -> None:
        """Let newcomers hear those whom their predecessor heard, and be heard in turn by those who heard it."""
        if newcomers:
            self.neighbours[newcomers] = self.neighbours[predecessor]
            listener, tie = np.nonzero(self.neighbours == predecessor)
            self.neighbours[listener, tie] = np.array(newcomers)[np.arange(listener.size) % len(newcomers)]

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

    def observe_outcomes(
        self, day: int, organisation: Ints, place: Ints, method: Ints, is_lost: Ints, is_public: Ints
    ) -> None:
        """Learn own outcomes at entry now; what was found (``is_public``) becomes news after a lag."""
        np.add.at(self.own_losses, (organisation, place, method), is_lost)
        np.add.at(self.own_outcomes, (organisation, place, method), 1.0)
        self._unpublished.append((day, place, method, is_public))

    def observe_effort(self, day: int, effort_per_box: Floats, weight: Floats) -> None:
        """Note the visible control effort of each port (drug-tasked controls per at-risk box).

        What counts as usual is the mean of the first note by ``weight``, zero for a port that nobody knows.
        """
        if self._reference is None:
            # Exact sums, so that ports without weight change not even the last bit.
            total, effort = math.fsum(weight), math.fsum(weight * effort_per_box)
            self._reference = math.log(effort / total) if effort > 0 else 0.0
        least = math.exp(self._reference) * self.case.parameters.beliefs.posture_least_effort
        self._efforts.append((day, np.log(np.maximum(effort_per_box, least))))

    def observe_departure_controls(self, day: int, added: Floats) -> None:
        """Note what programmes add to controls before departure: scanners and units are seen, and announced.

        What is a lag old counts, like visible effort at entry.

        Args:
            day: today.
            added: probability of seizure above the usual one, by departure port.
        """
        self._programmes.append((day, added))
        known_until = day - self.case.parameters.beliefs.posture_lag_days
        while len(self._programmes) > 1 and self._programmes[1][0] <= known_until:
            self._programmes.popleft()
        if self._programmes[0][0] <= known_until:
            self.departure_programme = self._programmes[0][1]

    def publish(self, day: int) -> None:
        """Let outcomes older than the lag become public: finds, and the traffic they are divided by."""
        known_until = day - self.case.parameters.beliefs.news_lag_days
        while self._unpublished and self._unpublished[0][0] <= known_until:
            _, place, method, is_lost = self._unpublished.popleft()
            np.add.at(self.news_finds, (place, method), is_lost)
            np.add.at(self.news_traffic, (place, method), 1.0)

    def opinion(self, day: int, rows: Ints) -> Opinion:
        """Return what some organisations believe about losses at entry."""
        p = self.case.parameters.beliefs
        losses, observations = self._experience(rows)
        expected = generalised_prior(losses, observations, p.prior_mean, p.prior_strength_obs, p.generalisation)
        expected = expected[:, None, None]
        traffic = self.news_traffic[None] * self.traffic_error[rows][:, :, None]
        news = np.minimum(beta_mean(self.news_finds[None], traffic, expected, p.prior_strength_obs), 1.0)
        posture = self._posture(day, rows)[:, :, None]
        return Opinion(losses, observations, expected, p.prior_strength_obs, news, posture, p.signal_weight)

    def public_loss(self, rows: Ints) -> Floats:
        """Return the loss at entry that public news suggest to some organisations, shape (rows, places, methods)."""
        p = self.case.parameters.beliefs
        traffic = self.news_traffic[None] * self.traffic_error[rows][:, :, None]
        loss: Floats = np.minimum(beta_mean(self.news_finds[None], traffic, p.prior_mean, p.prior_strength_obs), 1.0)
        return loss

    def entry_loss(self, day: int, rows: Ints) -> Floats:
        """Return the believed loss at entry of some organisations, shape (rows, places, methods)."""
        return self.opinion(day, rows).loss() if self.case.switches.beliefs else self.unmoved_entry_loss(rows.size)

    def unmoved_entry_loss(self, rows: int) -> Floats:
        """Return the prior belief about entry, shape (rows, places, methods)."""
        return np.full((rows, *self.own_losses.shape[1:]), self.case.parameters.beliefs.prior_mean)

    def _experience(self, rows: Ints) -> tuple[Floats, Floats]:
        """Return losses and observations, own ones and, with less weight, those of cooperating organisations."""
        losses, observations = self.own_losses[rows], self.own_outcomes[rows]
        weight = self.case.parameters.beliefs.hearsay_weight
        if weight and self.neighbours.shape[1]:
            told = self.neighbours[rows]
            counts = np.where(told == NOBODY, 0.0, weight)[:, :, None, None]
            losses = losses + (counts * self.own_losses[told]).sum(axis=1)
            observations = observations + (counts * self.own_outcomes[told]).sum(axis=1)
        return losses, observations

    def _posture(self, day: int, rows: Ints) -> Floats:
        p = self.case.parameters.beliefs
        seen = np.full((rows.size, self.traffic_error.shape[1]), p.prior_mean)
        known_until = day - p.posture_lag_days
        while len(self._efforts) > 1 and self._efforts[1][0] <= known_until:
            self._efforts.popleft()
        if self._efforts and self._reference is not None and self._efforts[0][0] <= known_until:
            noise, effort = self.posture_noise[rows], self._efforts[0][1]
            seen[:, : noise.shape[1]] = posture_loss(effort, self._reference, noise, p.prior_mean, p.posture_elasticity)
        return seen

    def departure_loss(self, rows: Ints) -> Floats:
        """Return the believed loss at departure of some organisations, shape (rows, departure ports).

        Own losses move it, and the programmes that are seen, with a weight; there is neither hearsay nor news of it.
        """
        if not self.case.switches.beliefs:
            return self.unmoved_departure_loss(rows.size)
        weight = self.case.parameters.levers["partner_countries"]["visibility"]
        prior = self.case.parameters.departure.seizure_probability + weight * self.departure_programme
        strength = self.case.parameters.beliefs.prior_strength_obs
        return beta_mean(self.departure_losses[rows], self.departure_outcomes[rows], prior, strength)

    def unmoved_departure_loss(self, rows: int) -> Floats:
        """Return the prior belief about departure, shape (rows, departure ports)."""
        return np.full((rows, self.departures), self.case.parameters.departure.seizure_probability)
