"""The labour market for corrupted access, port by port: who can be had at which price, and what staff report.

Only sums: stocks of insiders as fluids, and counts of reports. Nobody is an individual here.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

from scenarios.parameters import InsidersParameters, Parameters
from sim.clock import WEEK_DAYS, YEAR_DAYS
from sim.codes import CONTAINER_METHODS, NEEDS_EXTRACTION
from sim.standards import Standards, usual_standards
from sim.streams import Floats, Ints, Stream, Streams

WEEKS_A_YEAR = YEAR_DAYS / WEEK_DAYS
ENQUIRIES = 2
"""Column of the counts of insiders."""
_MOST_RISK = 0.9


def bribe_eur(caught_probability: Floats, loss_eur: float, moral_cost_eur: float | Floats) -> Floats:
    """Return the least bribe for a job: (P x loss if caught + moral cost) / (1 - P), paid only if not caught."""
    bribe: Floats = (caught_probability * loss_eur + moral_cost_eur) / (1 - caught_probability)
    return bribe


def vetting_cost_eur(vetting_per_year: Floats, p: InsidersParameters) -> Floats:
    """Return the wage that an insider expects to lose, in a job, to vetting beyond the usual rate.

    Assumption: the usual rate is part of the moral cost; who is vetted out loses the wage, without a sentence.
    """
    cost: Floats = (vetting_per_year - p.vetting_per_year) / p.jobs_per_insider_per_year * p.wage_loss_eur
    return cost


def job_price_eur(risk: Floats, p: InsidersParameters, vetting_eur: float | Floats = 0.0) -> Floats:
    """Return the mean price of a job over bribed and intimidated insiders, who get less (assumption).

    Args:
        risk: of arrest that staff see in a job.
        p: the parameters.
        vetting_eur: expected loss by vetting in a job, beyond the usual one.
    """
    bribe = bribe_eur(risk, p.wage_loss_eur + p.sentence_cost_eur, p.moral_cost_eur + vetting_eur)
    price: Floats = bribe * (1 - p.intimidation_share * (1 - p.intimidation_price_factor))
    return price


def risk_of_job(arrests: Floats, jobs: Floats, usual: Floats, strength: float) -> Floats:
    """Return the risk that staff see in a job: a Beta mean of arrests over jobs, shrunk to the usual risk."""
    risk: Floats = np.minimum((strength * usual + arrests) / (strength + jobs), _MOST_RISK)
    return risk


def wanted_coverage(
    reference: float, security: Floats, price_ratio: Floats, per_level: float, per_log_price: float
) -> Floats:
    """Return the share of jobs for which organisations want an insider.

    logit = logit(reference) + per_level x security - per_log_price x ln(price / reference price): insiders become
    "increasingly indispensable" as physical security rises (Roks, Bisschop and Staring 2020
    doi:10.1007/s12117-020-09394-8); the form and the sizes are assumptions.
    """
    wanted: Floats = expit(logit(reference) + per_level * security - per_log_price * np.log(price_ratio))
    return wanted


def served_coverage(wanted: Floats, stock: Floats, jobs_per_year: Floats, jobs_per_insider: float) -> Floats:
    """Return the share of jobs that an insider covers: what is wanted, or what the stock can serve if that is less."""
    most = np.divide(stock * jobs_per_insider, jobs_per_year, out=np.ones_like(stock), where=jobs_per_year > 0)
    served: Floats = np.minimum(wanted, most)
    return served


def recruits_per_year(need: Floats, stock: Floats, loss_per_year: Floats, recruitment_per_year: float) -> Floats:
    """Return recruits a year: the shortfall is made good at a rate, and expected losses are replaced.

    With losses as expected the stock rests at ``need`` exactly.
    """
    recruits: Floats = np.maximum(0.0, recruitment_per_year * (need - stock) + loss_per_year * need)
    return recruits


def report_weight(awareness: Floats, trust: Floats, intimidation_share: float) -> Floats:
    """Return reports per approach relative to usual: bribe offers follow awareness x trust, threats trust once more.

    Assumption: who is threatened reports only where the hotline is trusted, so that more intimidation leaves more
    reports where trust is above the usual, and fewer where it is below.
    """
    weight: Floats = awareness * trust * (1 - intimidation_share + intimidation_share * trust)
    return weight


def poisson_counts(uniforms: Floats, means: Floats) -> Ints:
    """Return Poisson counts by inversion of uniforms: monotone in the uniform and in the mean."""
    # Closer to one, the sum of all terms might stay below by rounding.
    reached = np.minimum(uniforms, 1 - 1e-12)
    counts = np.zeros(uniforms.shape, np.int64)
    term = np.exp(-means)
    below = term.copy()
    number = 0
    while (is_more := reached > below).any():
        number += 1
        counts += is_more
        term *= means / number
        below += term
    return counts


def loss_at_reference(p: InsidersParameters) -> float:
    """Return the share of insiders lost in a year at usual security: turnover, vetting and arrests."""
    return p.turnover_per_year + p.vetting_per_year + p.caught_per_job * p.jobs_per_insider_per_year


def reports_per_approach(p: InsidersParameters) -> float:
    """Return the reports that an approach leaves at usual awareness and trust.

    Such that a large port has its reports when its stock of insiders is at rest.
    """
    jobs_per_year = p.foothold_share * p.large_port_jobs_per_year
    stock = p.coverage_reference * jobs_per_year / p.jobs_per_insider_per_year
    return p.reports_large_port_per_year * p.acceptance / (stock * loss_at_reference(p))


class Insiders:
    """Stock, price and coverage of insiders at each entry port; advanced once a week.

    Its jobs are those of organisations with a foothold at the port: nobody else can use an insider there.
    """

    def __init__(self, parameters: Parameters, port_id: Ints, loads_per_year: Floats, streams: Streams) -> None:
        """Start at rest, for a first guess of the jobs at each port that is forgotten as jobs come in.

        Args:
            parameters: of the case.
            port_id: global id of each port, by which the luck of reports is addressed.
            loads_per_year: guess of loads a year at each port; three of four methods need a team, and most teams are
                of organisations with a foothold.
            streams: of the replication.
        """
        self.parameters = p = parameters.insiders
        self._port_id, self._streams = port_id, streams
        ports = port_id.size
        self.standards: Standards = usual_standards(p, ports)
        """What protects staff at each port; whoever changes them does so between two weeks."""
        self.jobs_per_year: Floats = loads_per_year * NEEDS_EXTRACTION[:CONTAINER_METHODS].mean() * p.foothold_share
        self.reference_price_eur: Floats = job_price_eur(np.full(ports, p.caught_per_job), p)
        """Price at usual security, before evidence: coverage is at its reference there."""
        self._arrests_seen: Floats = np.zeros(ports)
        self._jobs_seen: Floats = np.zeros(ports)
        self._value(np.zeros(ports))
        self.stock: Floats = self._need()
        self.coverage: Floats = self._served()
        self.counts = np.zeros((ports, 4))
        """Since the start, by port: approaches to staff, reports, enquiries, arrests that these led to."""

    def advance_week(self, day: int, jobs: Ints, caught: Ints, security: Floats) -> None:
        """Let a week pass at every port.

        Args:
            day: last day of the week.
            jobs: consignments discharged in it that need a team, of organisations with a foothold.
            caught: teams with an insider that were caught in it.
            security: level of terminal security.
        """
        p = self.parameters
        served = self.coverage * jobs
        fade = 0.5 ** (WEEK_DAYS / p.demand_half_life_days)
        self.jobs_per_year = fade * self.jobs_per_year + (1 - fade) * WEEKS_A_YEAR * jobs
        recruits = recruits_per_year(self._need(), self.stock, self._loss_per_year(), p.recruitment_per_year)
        approaches = recruits / WEEKS_A_YEAR / p.acceptance
        arrests_reported = self._report(day, approaches)
        leaving = self.stock * (p.turnover_per_year + self.standards.vetting_per_year) / WEEKS_A_YEAR
        staying = self.stock + recruits / WEEKS_A_YEAR - leaving
        arrested = p.arrested_if_team_is_caught * caught + p.insider_share_of_report_arrests * arrests_reported
        arrested = np.minimum(arrested, staying)
        self.stock = staying - arrested
        fade = 0.5 ** (WEEK_DAYS / p.risk_half_life_days)
        self._arrests_seen = fade * self._arrests_seen + arrested
        self._jobs_seen = fade * self._jobs_seen + served
        self._value(security)
        self.coverage = self._served()

    @property
    def cost_eur(self) -> Floats:
        """Return the expected bill for insiders of a job (a consignment), above the usual one, by port."""
        p = self.parameters
        above: Floats = self.coverage * self.price_eur - p.coverage_reference * self.reference_price_eur
        return above

    def _value(self, security: Floats) -> None:
        """Set the risk of a job, its price and the coverage that is wanted at that price.

        Jobs for which an insider is no use any more are done without (assumption).
        """
        p, standards = self.parameters, self.standards
        usual = np.minimum(p.caught_per_job * p.security_risk_factor**security, _MOST_RISK)
        self.risk: Floats = risk_of_job(self._arrests_seen, self._jobs_seen, usual, p.risk_prior_jobs)
        self.price_eur: Floats = job_price_eur(self.risk, p, vetting_cost_eur(standards.vetting_per_year, p))
        wanted = wanted_coverage(
            p.coverage_reference, security, self.price_eur / self.reference_price_eur,
            p.demand_per_security_level, p.demand_per_log_price,
        )  # fmt: skip
        self.wanted: Floats = wanted * (1 - standards.closed_share)

    def _need(self) -> Floats:
        need: Floats = self.wanted * self.jobs_per_year / self.parameters.jobs_per_insider_per_year
        return need

    def _served(self) -> Floats:
        return served_coverage(self.wanted, self.stock, self.jobs_per_year, self.parameters.jobs_per_insider_per_year)

    def _loss_per_year(self) -> Floats:
        p = self.parameters
        vetting = self.standards.vetting_per_year
        loss: Floats = p.turnover_per_year + vetting + self.risk * p.jobs_per_insider_per_year
        return loss

    def _report(self, day: int, approaches: Floats) -> Ints:
        """Count the week's approaches, reports, enquiries and the arrests they led to; return these."""
        p = self.parameters
        weight = report_weight(self.standards.awareness, self.standards.trust, p.intimidation_share)
        per_approach = reports_per_approach(p) * weight
        # Thinned Poisson counts are independent Poisson counts: with an arrest, only an enquiry, and neither.
        arrest = p.arrests_per_report
        only_enquiry = max(p.enquiries_per_report - arrest, 0.0)
        shares = np.array([arrest, only_enquiry, 1 - arrest - only_enquiry])
        luck = self._streams.uniforms(Stream.REPORT, self._port_id, shares.size, epoch=day)
        with_arrest, with_enquiry, without = poisson_counts(luck, (approaches * per_approach)[:, None] * shares).T
        enquiries = with_arrest + with_enquiry
        self.counts += np.column_stack([approaches, enquiries + without, enquiries, with_arrest])
        arrests: Ints = with_arrest
        return arrests
