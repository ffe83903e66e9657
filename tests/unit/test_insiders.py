"""The labour market for corrupted access: its formulas by hand, and one port followed through the years."""

from __future__ import annotations

import dataclasses as dc

import numpy as np
import pytest
from scipy import stats

from scenarios.parameter_table import make_parameters
from scenarios.parameters import Parameters
from scenarios.reference_tables import load_insiders
from sim.insiders import (
    WEEKS_A_YEAR,
    Insiders,
    bribe_eur,
    job_price_eur,
    loss_at_reference,
    poisson_counts,
    recruits_per_year,
    report_weight,
    reports_per_approach,
    risk_of_job,
    served_coverage,
    wanted_coverage,
)
from sim.streams import Floats, Streams

JOBS_A_WEEK = 4
NOBODY = np.zeros(1, np.int64)


def array(*values: float) -> Floats:
    return np.array(values, np.float64)


def parameters(**values: float) -> Parameters:
    base = make_parameters()
    return dc.replace(base, insiders=dc.replace(base.insiders, **values))


def port(given: Parameters, jobs_a_week: float = JOBS_A_WEEK, seed: int = 1) -> Insiders:
    """Return the market of one port that expects this many jobs a week of organisations with a foothold."""
    loads = array(jobs_a_week * WEEKS_A_YEAR / 0.75 / given.insiders.foothold_share)
    return Insiders(given, np.array([3]), loads, Streams(seed, 0))


def pass_weeks(market: Insiders, weeks: int, caught: int = 0, security: float = 0.0, first: int = 0) -> None:
    for week in range(first, first + weeks):
        market.advance_week(7 * week + 6, np.array([JOBS_A_WEEK]), np.array([caught]), array(security))


def rest_of(given: Parameters, security: float = 0.0, weeks: int = 1500) -> Insiders:
    """Return a port after years at which nobody is arrested in fact, so that only the usual risk counts."""
    quiet = dc.replace(given, insiders=dc.replace(given.insiders, risk_prior_jobs=1e12, arrests_per_report=0.0))
    market = port(quiet)
    pass_weeks(market, weeks, security=security)
    return market


def test_price_by_hand() -> None:
    """(0.1 x 200,000 + 10,000) / 0.9, of which a fifth of the insiders, who are threatened, get half."""
    assert bribe_eur(array(0.1), 200_000, 10_000)[0] == pytest.approx(30_000 / 0.9)
    p = make_parameters().insiders
    assert (p.intimidation_share, p.intimidation_price_factor) == (0.2, 0.5)
    assert job_price_eur(array(0.1), p)[0] == pytest.approx(30_000)
    assert np.all(np.diff(bribe_eur(np.linspace(0, 0.9, 50), 200_000, 10_000)) > 0)


@pytest.mark.parametrize("caught_per_job", [0.05, 0.1, 0.2])
@pytest.mark.parametrize("intimidation_share", [0.0, 0.2, 0.7])
def test_before_evidence_coverage_is_at_its_reference(caught_per_job: float, intimidation_share: float) -> None:
    """Whatever the risk and the threats in the draw of the parameters, and the bill is the usual one."""
    market = port(parameters(caught_per_job=caught_per_job, intimidation_share=intimidation_share))
    assert market.price_eur == pytest.approx(market.reference_price_eur)
    assert market.wanted == pytest.approx(0.5)
    assert market.coverage == pytest.approx(0.5)
    assert market.cost_eur == pytest.approx(0.0, abs=1e-6)


def test_with_the_defaults_the_usual_price_is_within_what_was_published() -> None:
    """Offers to a person for a job at Antwerp (insiders.csv IN018)."""
    published = next(figure for figure in load_insiders() if figure.row_id == "IN018")
    assert published.value_low is not None
    assert published.value_high is not None
    assert published.value_low <= port(make_parameters()).reference_price_eur[0] <= published.value_high


def test_the_bill_by_hand() -> None:
    """Coverage times price, less the usual coverage times the usual price."""
    market = port(make_parameters())
    market.coverage, market.price_eur = array(0.4), array(50_000.0)
    assert market.cost_eur[0] == pytest.approx(0.4 * 50_000 - 0.5 * 30_000)


def test_risk_by_hand() -> None:
    """Arrests in jobs, against the usual risk in 50; never certainty."""
    assert risk_of_job(array(0), array(0), array(0.1), 50)[0] == pytest.approx(0.1)
    assert risk_of_job(array(10), array(50), array(0.1), 50)[0] == pytest.approx(0.15)
    assert risk_of_job(array(500), array(50), array(0.1), 50)[0] == 0.9


def test_wanted_coverage_by_hand() -> None:
    """At the reference it is the reference; it rises with security and falls with price."""
    assert wanted_coverage(0.3, array(0), array(1), 1, 1)[0] == pytest.approx(0.3)
    assert wanted_coverage(0.5, array(1), array(1), 1, 1)[0] == pytest.approx(1 / (1 + np.exp(-1)))
    assert wanted_coverage(0.5, array(0), array(2), 1, 1)[0] == pytest.approx(1 / 3)


def test_served_coverage_by_hand() -> None:
    """Ten insiders with two jobs a year serve a tenth of 200 jobs; where there is no job, all that is wanted."""
    assert served_coverage(array(0.5, 0.5, 0.5), array(10, 80, 0), array(200, 200, 0), 2).tolist() == [0.1, 0.5, 0.5]


def test_recruits_by_hand() -> None:
    """Losses of 0.4 a year of a stock that is needed, plus the shortfall at a rate; nobody is sent away."""
    assert recruits_per_year(array(50, 50, 50), array(50, 40, 80), array(0.4), 2).tolist() == [20, 40, 0]


def test_report_weight_by_hand() -> None:
    """Usual is one; threats leave more reports where trust is high and fewer where it is low."""
    assert report_weight(array(1), array(1), 0.2) == pytest.approx(1)
    assert report_weight(array(2), array(1), 0.7) == pytest.approx(2)
    for trust, sign in ((1.5, 1), (0.5, -1)):
        more, fewer = (report_weight(array(1), array(trust), share) for share in (0.6, 0.2))
        assert np.sign(more - fewer) == sign


def test_a_large_port_at_rest_has_its_reports() -> None:
    """40 a year from the approaches that replace the losses of a stock at rest."""
    p = make_parameters().insiders
    jobs_per_year = p.foothold_share * p.large_port_jobs_per_year
    stock = p.coverage_reference * jobs_per_year / p.jobs_per_insider_per_year
    approaches = stock * loss_at_reference(p) / p.acceptance
    assert approaches * reports_per_approach(p) == pytest.approx(40)


@pytest.mark.parametrize("mean", [0.0, 0.01, 0.8, 3.0, 40.0])
def test_poisson_counts_are_the_quantiles(mean: float) -> None:
    """The same as SciPy's inverse distribution function, for one count and for many at once."""
    uniforms = (np.arange(2000) + 0.5) / 2000
    counts = poisson_counts(uniforms, np.full(uniforms.size, mean))
    assert counts.tolist() == stats.poisson.ppf(uniforms, mean).astype(int).tolist()


def test_poisson_counts_end_for_the_largest_uniform() -> None:
    """A uniform next to one is answered, though the sum of all terms may stay below it by rounding."""
    last = np.nextafter(1.0, 0.0)
    assert (poisson_counts(array(last, last), array(0.3, 30.0)) < [40, 120]).all()


@pytest.mark.parametrize(("reference", "caught_per_job"), [(0.2, 0.05), (0.5, 0.1), (0.5, 0.2), (0.7, 0.1)])
def test_at_usual_security_coverage_rests_at_its_reference(reference: float, caught_per_job: float) -> None:
    """With the arrests that are expected, and jobs as usual, the stock stays what is needed."""
    given = parameters(
        coverage_reference=reference, caught_per_job=caught_per_job,
        insider_share_of_report_arrests=0.0, risk_prior_jobs=1e12,
    )  # fmt: skip
    market = port(given)
    before = market.stock.copy()
    p = given.insiders
    for week in range(500):
        # Fluid arrests at the usual risk, as losses in place of arrests by luck.
        expected = p.caught_per_job * p.jobs_per_insider_per_year * market.stock / WEEKS_A_YEAR
        market.stock = market.stock - expected
        market.advance_week(7 * week + 6, np.array([JOBS_A_WEEK]), NOBODY, array(0.0))
    assert market.stock == pytest.approx(before, rel=0.01)
    assert market.coverage == pytest.approx(reference, abs=0.005)


def test_security_raises_price_and_demand() -> None:
    """Harder terminals: each job costs more, and insiders are wanted for more of them (Roks et al. 2020)."""
    usual, harder = rest_of(make_parameters()), rest_of(make_parameters(), security=1.0)
    assert harder.price_eur > 1.2 * usual.price_eur
    assert harder.wanted > usual.wanted + 0.05
    assert harder.stock > 1.05 * usual.stock
    assert harder.coverage > usual.coverage + 0.05


def test_arrests_empty_the_stock_and_it_recovers() -> None:
    """A wave of arrests: fewer insiders, less coverage, a higher price; all come back when it is over."""
    market = port(make_parameters())
    pass_weeks(market, 100)
    stock, price, coverage = market.stock.copy(), market.price_eur.copy(), market.coverage.copy()
    pass_weeks(market, 52, caught=3, first=100)
    assert market.stock < 0.7 * stock
    assert market.price_eur > 1.2 * price
    assert market.coverage < 0.8 * coverage
    pass_weeks(market, 520, first=152)
    assert market.stock == pytest.approx(stock, rel=0.1)
    assert market.price_eur == pytest.approx(price, rel=0.1)
    assert market.coverage == pytest.approx(coverage, rel=0.1)


def test_the_stock_is_never_negative() -> None:
    """However many are caught, nobody is arrested who is not there."""
    market = port(make_parameters())
    pass_weeks(market, 60, caught=1000)
    assert market.stock >= 0
    assert market.coverage >= 0


def test_intimidation_is_cheaper_and_reported_where_staff_trust_the_hotline() -> None:
    """More threats: a lower price; more reports with high trust, fewer with low trust, as many with the usual."""
    reports: dict[tuple[float, float], float] = {}
    for trust in (0.5, 1.0, 2.0):
        for share in (0.1, 0.6):
            market = port(parameters(intimidation_share=share, trust=trust, demand_per_log_price=0.0), 400)
            market.jobs_per_year[:] = 400 * WEEKS_A_YEAR
            for week in range(100):
                market.advance_week(7 * week + 6, np.array([400]), np.array([20]), array(0.0))
            reports[trust, share] = market.counts[0, 1] / market.counts[0, 0]
    assert reports[2.0, 0.6] > 1.2 * reports[2.0, 0.1]
    assert reports[0.5, 0.6] < 0.9 * reports[0.5, 0.1]
    cheap, dear = port(parameters(intimidation_share=0.6)), port(parameters(intimidation_share=0.1))
    assert cheap.price_eur < 0.8 * dear.price_eur


def test_reports_are_poisson_and_thinned(seed: int) -> None:
    """Reports follow approaches, enquiries and arrests are shares of them, within 4.5 standard errors."""
    p = make_parameters().insiders
    market = port(make_parameters(), 400, seed)
    for week in range(200):
        market.advance_week(7 * week + 6, np.array([400]), np.array([25]), array(0.0))
    approaches, reports, enquiries, arrests = market.counts[0]
    expected = approaches * reports_per_approach(p)
    assert expected > 1000
    assert abs(reports - expected) < 4.5 * np.sqrt(expected)
    for count, share in ((enquiries, p.enquiries_per_report), (arrests, p.arrests_per_report)):
        assert abs(count - share * reports) < 4.5 * np.sqrt(reports * share * (1 - share))


def test_a_port_does_not_depend_on_others() -> None:
    """Two ports together are the two alone, to the bit."""
    both = Insiders(make_parameters(), np.array([3, 9]), array(200.0, 50.0), Streams(1, 0))
    alone = Insiders(make_parameters(), np.array([9]), array(50.0), Streams(1, 0))
    for week in range(30):
        both.advance_week(7 * week + 6, np.array([5, 1]), np.array([1, 0]), array(1.0, 0.5))
        alone.advance_week(7 * week + 6, np.array([1]), np.array([0]), array(0.5))
    for name in ("stock", "price_eur", "coverage", "counts"):
        assert getattr(both, name)[1].tolist() == getattr(alone, name)[0].tolist()
