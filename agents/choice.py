"""How organisations value routes, learn and split lots: pure functions, one formula each.

Arrays have alternatives (routes, cells) in the last axis and lots or organisations before it. A utility of -inf marks
an alternative that is not available. Nothing here draws a number: noise and uniforms are arguments.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.special import betaincinv, comb

from sim.streams import Bools, Floats, Ints

RUIN_SHARE = 0.01
"""Share of its wealth that an organisation keeps whatever it loses: what is left in ruin (assumption)."""
_TIE = 1e-12
"""Saliences (between 0 and 1) that differ by less are equal: sums in another order must not flip a choice."""
_INDIFFERENT = 1e-9
"""A gain below this share of what is at stake is not worth another consignment."""
_LEAST_UNIFORM = 2.0**-54
_LARGEST_EXPONENT = 700.0


# ---- choice probabilities ------------------------------------------------------------------------------------------


def logit_shares(utility: Floats) -> Floats:
    """Return the multinomial logit probabilities exp(U) / sum exp(U).

    McFadden 1974, in Zarembka (ed.), Frontiers in Econometrics, pp. 105-142.

    Args:
        utility: in units of the noise, shape (..., alternatives); -inf where an alternative is not available.

    Returns:
        probabilities of the same shape; all 0 where nothing is available.
    """
    highest = utility.max(axis=-1, keepdims=True, initial=-np.inf)
    weight = np.exp(utility - np.where(highest > -np.inf, highest, 0.0))
    total = weight.sum(axis=-1, keepdims=True)
    shares: Floats = weight / np.where(total > 0, total, 1.0)
    return shares


def nested_logit_shares(utility: Floats, nest: Ints, dissimilarity: float) -> Floats:
    """Return the nested logit probabilities P(nest) P(alternative | nest).

    P(j | m) = exp(U_j / mu - IV_m) with the inclusive value IV_m = ln sum over the nest of exp(U / mu), and
    P(m) = exp(mu IV_m) / sum exp(mu IV); mu = 1 is the logit. McFadden 1978, Modelling the choice of residential
    location, in Karlqvist et al. (eds.), Spatial Interaction Theory and Planning Models, pp. 75-96.

    Args:
        utility: shape (..., alternatives); -inf where an alternative is not available.
        nest: number of the nest of each alternative from 0, shape (alternatives,) or that of ``utility``; any number
            where an alternative is not available.
        dissimilarity: mu, in (0, 1]; the correlation of noise within a nest is 1 - mu^2.

    Returns:
        probabilities of the same shape; all 0 where nothing is available.
    """
    rows = utility.reshape(-1, utility.shape[-1]) / dissimilarity
    nests = int(nest.max(initial=0)) + 1
    label = np.maximum(np.broadcast_to(nest, utility.shape), 0).reshape(rows.shape)
    cell = (label + nests * np.arange(rows.shape[0])[:, None]).ravel()
    highest = np.full(rows.shape[0] * nests, -np.inf)
    np.maximum.at(highest, cell, rows.ravel())
    is_open = highest > -np.inf
    highest[~is_open] = 0.0
    weight = np.exp(rows.ravel() - highest[cell])
    total = np.bincount(cell, weight, highest.size)
    inclusive = np.full(highest.size, -np.inf)
    np.log(total, out=inclusive, where=is_open)
    of_nest = logit_shares(dissimilarity * (inclusive + highest).reshape(-1, nests)).ravel()
    shares: Floats = of_nest[cell] * weight / np.where(is_open, total, 1.0)[cell]
    return shares.reshape(utility.shape)


def log_positive_stable(uniforms: Floats, dissimilarity: float | Floats) -> Floats:
    """Return ln S of a positive stable variable with E exp(-s S) = exp(-s^mu), in logs throughout.

    S = sin(mu t) sin((1 - mu) t)^((1 - mu) / mu) sin(t)^(-1 / mu) E^(-(1 - mu) / mu), t = pi u, E exponential: Kanter
    1975, doi:10.1214/aop/1176996309. S = 1 at mu = 1, exactly.

    Args:
        uniforms: u and the one that gives E, shape (..., 2).
        dissimilarity: mu, in (0, 1], one for all or of shape (...).

    Returns:
        ln S, shape (...).
    """
    u, mu = uniforms[..., 0], np.asarray(dissimilarity, np.float64)
    exponential = -np.log(np.minimum(uniforms[..., 1], 1.0 - _LEAST_UNIFORM * 2))
    rest, after = 1.0 - mu, 1.0 - u
    # sin(pi x) = sin(pi (1 - x)), and each 1 - x is written without cancellation.
    log_full = _log_sine(u, after)
    log_part = _log_sine(mu * u, after + rest * u)
    log_rest = _log_sine(rest * u, after + mu * u)
    log_s: Floats = log_part - log_full / mu + (rest / mu) * (log_rest - np.log(exponential))
    return log_s


def _log_sine(x: Floats, complement: Floats) -> Floats:
    """Return ln sin(pi x) for x in [0, 1] and 1 - x."""
    log_sine: Floats = np.log(np.sin(np.pi * np.maximum(np.minimum(x, complement), _LEAST_UNIFORM)))
    return log_sine


def nested_noise(gumbel: Floats, log_stable: Floats, dissimilarity: float | Floats) -> Floats:
    """Return the noise of alternatives mu (ln S_nest + G): argmax(U + noise) has the shares of the nested logit.

    For E exp(-s S) = exp(-s^mu) gives P(U + noise <= x in the nest) = exp(-exp(mu IV - x)), the generalised extreme
    value law of McFadden 1978; the decomposition is that of Cardell 1997, Econometric Theory 13:185-213. Each number
    belongs to a (lot, alternative) or a (lot, nest), so a change at one alternative moves only lots that gain or lose
    by it.

    Args:
        gumbel: standard Gumbel noise G of (lot, alternative).
        log_stable: ln S of (lot, nest of the alternative), of the shape of ``gumbel``.
        dissimilarity: mu, in (0, 1].
    """
    noise: Floats = dissimilarity * (log_stable + gumbel)
    return noise


def size_weight(
    log_size: Floats, log_nest_size: Floats, dissimilarity: float | Floats, exponent: float | Floats
) -> Floats:
    """Return the utility of the size of an alternative: exponent (mu ln M + (1 - mu) ln M_nest).

    An alternative that stands for M equally good elementary ones has mu ln M more utility than one of them (Ben-Akiva
    and Lerman 1985, Discrete Choice Analysis, chapter 9); that noise is shared within a nest takes (1 - mu) ln M_nest
    from a large nest, which is given back here. With exponent 1 and equal values shares are proportional to M at any
    mu.

    Args:
        log_size: ln of the size (at-risk boxes) of each alternative.
        log_nest_size: ln of the size of its nest, the sum over the alternatives of the nest.
        dissimilarity: mu, in (0, 1].
        exponent: 1 in proportion to size, 0 size does not count.
    """
    weight: Floats = exponent * (dissimilarity * log_size + (1.0 - dissimilarity) * log_nest_size)
    return weight


# ---- perceived risk ------------------------------------------------------------------------------------------------


def perceived_risk(losses: Floats, observations: Floats | float, a: float, b: float) -> Floats:
    """Return the mean of a Beta(a, b) belief after evidence: (losses + a) / (observations + a + b).

    Magliocca et al. 2019, doi:10.1073/pnas.1812459116 (13 months, a = 2, b = .5).
    """
    risk: Floats = (losses + a) / (observations + a + b)
    return risk


def age_weighted(counts_by_age: Floats, factor: float) -> Floats:
    """Return the sum of counts with weights factor^age, which fall with age.

    Args:
        counts_by_age: shape (..., ages), the newest first (age 0).
        factor: weight of a count relative to one that is one period younger, in (0, 1].
    """
    weighted: Floats = counts_by_age @ factor ** np.arange(counts_by_age.shape[-1])
    return weighted


def thompson_loss(
    uniforms: Floats, losses: Floats, observations: Floats, prior_mean: float | Floats, prior_strength: float
) -> Floats:
    """Return a draw from the Beta belief about loss, as its quantile: Thompson sampling.

    Thompson 1933, doi:10.1093/biomet/25.3-4.285. It rises with the uniform and with the losses.

    Args:
        uniforms: one for each belief, in (0, 1).
        losses, observations: discounted counts; losses beyond observations (traffic underestimated) leave the prior
            as the only evidence of safe passage.
        prior_mean: in (0, 1).
        prior_strength: observations that the prior is worth.

    Returns:
        believed probabilities of loss, in [0, 1].
    """
    passed = np.maximum(observations - losses, 0.0)
    loss: Floats = betaincinv(
        prior_strength * prior_mean + losses, prior_strength * (1.0 - prior_mean) + passed, uniforms
    )
    return loss


# ---- valuation by salience -----------------------------------------------------------------------------------------


def salience_value(
    gain: Floats,
    loss: Floats,
    loss_probability: Floats,
    delta: float | Floats,
    theta: float = 1.0,
    available: Bools | None = None,
) -> Floats:
    """Return the value of each route to a decision maker who looks at what stands out.

    Two states, delivered and lost. The salience of a state is |x - y| / (|x| + |y| + theta), x the payoff of the route
    and y the mean payoff of the other available routes in that state. The more salient state is weighted by delta,
    the other by delta^2; V = sum pi omega x, omega = weight / sum pi weight. Bordalo, Gennaioli and Shleifer 2012,
    doi:10.1093/qje/qjs018; against the mean of the others: Magliocca et al. 2019, doi:10.1073/pnas.1812459116.

    States of equal salience are weighted equally; a route without others is compared with itself, so that both
    states have salience 0: in both cases the value is the expected payoff. As values depend on all available routes,
    a change at one of them changes the values of the others: here that is what the theory says.

    Args:
        gain: payoff if delivered (EUR), shape (..., routes).
        loss: payoff if lost (EUR, negative for a cost).
        loss_probability: of each route.
        delta: in (0, 1]; 1 is expected value. A float, or of shape (..., 1).
        theta: EUR, above 0; payoffs below it hardly differ.
        available: which routes can be chosen; all by default.

    Returns:
        values (EUR), -inf where a route is not available.
    """
    shape = np.broadcast_shapes(gain.shape, loss.shape, loss_probability.shape)
    here = np.broadcast_to(True if available is None else available, shape)
    others = here.sum(axis=-1, keepdims=True) - 1
    delivered, lost = _salience(gain, here, others, theta), _salience(loss, here, others, theta)
    is_tie = np.abs(delivered - lost) <= _TIE
    # Relative to the weight delta of the more salient state.
    weight_delivered = np.where(is_tie | (delivered > lost), 1.0, delta)
    weight_lost = np.where(is_tie | (lost > delivered), 1.0, delta)
    pass_part, loss_part = (1.0 - loss_probability) * weight_delivered, loss_probability * weight_lost
    value = (pass_part * gain + loss_part * loss) / (pass_part + loss_part)
    values: Floats = np.where(here, value, -np.inf)
    return values


def _salience(payoff: Floats, here: Bools, others: Ints, theta: float) -> Floats:
    """Return the salience of each route's payoff in one state against the mean of the other available routes."""
    x = np.where(here, payoff, 0.0)
    y = np.where(others > 0, (x.sum(axis=-1, keepdims=True) - x) / np.maximum(others, 1), x)
    salience: Floats = np.abs(x - y) / (np.abs(x) + np.abs(y) + theta)
    return salience


# ---- learning by experience-weighted attraction --------------------------------------------------------------------


def ewa_step(
    attraction: Floats, experience: Floats, payoff: Floats, chosen: Ints, phi: float, delta: float, rho: float
) -> tuple[Floats, Floats]:
    """Return attractions and experience after one period of experience-weighted attraction learning.

    N' = rho N + 1; A'_j = (phi N A_j + (delta + (1 - delta) 1{j chosen}) payoff_j) / N'. Camerer and Ho 1999,
    doi:10.1111/1468-0262.00054. delta = 0 and rho = 0 is cumulative reinforcement, delta = 1 and rho = phi weighted
    fictitious play.

    Args:
        attraction: A, shape (organisations, cells).
        experience: N, shape (organisations,).
        payoff: of the period, shape (organisations, cells); of cells that were not chosen it is what they would have
            paid, which is how others' seizures teach.
        chosen: position of the cell that was chosen, counted from 0; -1 if none was. Shape (organisations,).
        phi: what is left of an old attraction.
        delta: weight of foregone payoffs, in [0, 1].
        rho: what is left of old experience, in [0, phi].

    Returns:
        (attraction, experience), new arrays.
    """
    is_chosen = np.arange(attraction.shape[-1]) == chosen[:, None]
    after: Floats = rho * experience + 1.0
    weight = np.where(is_chosen, 1.0, delta)
    updated: Floats = (phi * experience[:, None] * attraction + weight * payoff) / after[:, None]
    return updated, after


# ---- splitting a lot -----------------------------------------------------------------------------------------------


def loss_moments(
    mass_kg: Floats | float, loss_probability: Floats | float, consignments: Ints | int
) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of the kilograms lost of a lot in equal, independent consignments.

    S p and S sqrt(p (1 - p) / k): splitting leaves the mean and narrows the spread. All arguments broadcast.
    """
    p, k = np.asarray(loss_probability, np.float64), np.asarray(consignments)
    mean: Floats = mass_kg * p + 0.0 * k
    deviation: Floats = mass_kg * np.sqrt(p * (1.0 - p) / k)
    return mean, deviation


def lost_distribution(
    loss_probability: Floats | float, consignments: Ints, correlation: Floats | float = 0.0
) -> Floats:
    """Return the probabilities that 0, 1, 2, ... of k consignments are lost.

    With probability ``correlation`` all of them share one fate, else their fates are independent: a mixture of one
    Bernoulli and a binomial (assumption). Arguments broadcast to a shape (...).

    Returns:
        probabilities, shape (..., largest k + 1); the first is that all pass.
    """
    k = np.asarray(consignments)[..., None]
    p, together = np.asarray(loss_probability)[..., None], np.asarray(correlation)[..., None]
    most = int(k.max(initial=0))
    lost = np.arange(most + 1)
    alone = _ways(most)[k[..., 0]] * p**lost * (1.0 - p) ** np.maximum(k - lost, 0)
    one_fate = np.where(lost == 0, 1.0 - p, 0.0) + np.where(lost == k, p, 0.0)
    probability: Floats = (1.0 - together) * alone + together * one_fate
    return probability


@cache
def _ways(most: int) -> Floats:
    """Return the binomial coefficients up to ``most``: ways to lose j (column) of k (row)."""
    numbers = np.arange(most + 1)
    ways: Floats = comb(numbers[:, None], numbers)
    return ways


def certainty_equivalent(
    consignments: Ints,
    value_eur: Floats | float,
    cost_eur: Floats | float,
    wealth_eur: Floats | float,
    loss_probability: Floats | float,
    fixed_eur: Floats | float,
    risk_aversion: Floats | float,
    correlation: Floats | float,
) -> Floats:
    """Return the sure change of wealth that is worth as much as a lot in k equal consignments.

    Exact expected utility over the number of lost consignments, with constant relative risk aversion gamma, u(W) =
    W^(1 - gamma) / (1 - gamma), ln W at gamma = 1 (Pratt 1964, doi:10.2307/1913738). Final wealth W = wealth +
    delivered share x value - cost - k fixed, but never below `RUIN_SHARE` of wealth: who is ruined cannot lose more
    (assumption; near ruin it makes even the risk-averse gamble). All arguments broadcast.

    Args:
        consignments: k, at least 1.
        value_eur: what the whole lot brings if all of it is delivered.
        cost_eur: what it costs whatever happens, without the fixed cost.
        wealth_eur: above 0.
        loss_probability: of one consignment.
        fixed_eur: cost of each consignment.
        risk_aversion: gamma, 0 is risk neutral.
        correlation: probability that all consignments share one fate.

    Returns:
        EUR, of the broadcast shape.
    """
    k, wealth, power = np.asarray(consignments), np.asarray(wealth_eur), 1.0 - np.asarray(risk_aversion, np.float64)
    probability = lost_distribution(loss_probability, k, correlation)
    delivered = np.maximum(1.0 - np.arange(probability.shape[-1]) / k[..., None], 0.0)
    sure = wealth - cost_eur - k * fixed_eur
    final = sure[..., None] + delivered * np.asarray(value_eur)[..., None]
    log_final = np.log(np.maximum(final, RUIN_SHARE * wealth[..., None]))
    # The power mean in logs, centred at the geometric mean: exact near gamma = 1, and no power overflows.
    centre = (probability * log_final).sum(axis=-1)
    exponent = np.minimum(power[..., None] * (log_final - centre[..., None]), _LARGEST_EXPONENT)
    excess = np.log1p((probability * np.expm1(exponent)).sum(axis=-1))
    equivalent: Floats = np.exp(centre + excess / np.where(power == 0.0, 1.0, power)) - wealth
    return equivalent


def best_number_of_consignments(
    value_eur: Floats,
    cost_eur: Floats,
    wealth_eur: Floats,
    loss_probability: Floats,
    fixed_eur: Floats | float,
    risk_aversion: Floats,
    correlation: float,
    least: Ints,
    most: Ints | int,
    boxes: Ints | int = 0,
) -> Ints:
    """Return for each lot the number of equal consignments with the highest certainty equivalent.

    Of numbers that are worth the same the smallest, so that a risk-neutral organisation does not split. Splitting is a
    mean-preserving contraction (Rothschild and Stiglitz 1970, doi:10.1016/0022-0531(70)90038-4): without a fixed cost
    everybody else splits as far as allowed.

    A fixed cost gives a finite number, which rises with risk aversion and falls with the fixed cost as long as the
    worst case leaves enough (tested for a lot worth at most the wealth, cost up to 40 % and fixed cost up to 2 % of it,
    correlation and gamma up to .5 and 3). Beyond that it can turn: if everything is lost, more consignments only cost
    more, and that state rules a very risk-averse choice.

    Args:
        value_eur, cost_eur, wealth_eur, loss_probability, fixed_eur, risk_aversion: as in `certainty_equivalent`,
            shape (lots,).
        correlation: probability that all consignments of a lot share one fate.
        least: smallest number that can carry the lot, at least 1, shape (lots,).
        most: largest number that is considered; where it is below ``least``, ``least`` is taken.
        boxes: of the lot, whose fixed cost is part of ``cost_eur``: only consignments beyond them cost more.

    Returns:
        numbers of consignments, shape (lots,).
    """
    extra = np.arange(int((most - least).max(initial=0)) + 1)
    numbers = least[:, None] + extra
    beyond = np.maximum(numbers - np.broadcast_to(boxes, least.shape)[:, None], 0)
    fixed, together = np.broadcast_to(fixed_eur, least.shape)[:, None] * beyond / numbers, np.asarray(correlation)
    worth = certainty_equivalent(
        numbers, value_eur[:, None], cost_eur[:, None], wealth_eur[:, None], loss_probability[:, None], fixed,
        risk_aversion[:, None], together,
    )  # fmt: skip
    limit = np.maximum(least, most)[:, None]
    worth = np.where(numbers <= limit, worth, -np.inf)
    enough = worth.max(axis=-1) - _INDIFFERENT * (wealth_eur + value_eur)
    best: Ints = least + np.argmax(worth >= enough[:, None], axis=-1)
    return best
