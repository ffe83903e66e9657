"""The page of `waterbed size`: what EU money for equipment keeps from landing in the EU, and where it should go."""

from __future__ import annotations

from experiments.report.funding_answers import answers, notices
from experiments.report.funding_curve import curve_section, marginal_section
from experiments.report.funding_data import Funding
from experiments.report.funding_effects import effects_section
from experiments.report.funding_fit import fit_section
from experiments.report.funding_open import open_section
from experiments.report.funding_portfolio import portfolio_section
from experiments.report.funding_promised import promised_section
from experiments.report.funding_rules import rules_section
from experiments.report.funding_staff import staff_section
from experiments.report.funding_terms import assumptions_section, law_section, reading_section
from experiments.report.funding_together import together_section
from experiments.report.kinds import Body, Told

_SECTIONS = (
    reading_section, curve_section, marginal_section, portfolio_section, rules_section, together_section,
    staff_section, effects_section, promised_section, open_section, fit_section, law_section, assumptions_section,
)  # fmt: skip


def body(told: Told) -> Body:
    """Return question, answers and sections of a funding answer; what is missing is said to be so."""
    found = Funding(told)
    sections = [make(found) for make in _SECTIONS]
    return Body(
        question=told.texts("funding.question"),
        answers=answers(found),
        sections=tuple(section for section in sections if section is not None),
        notices=notices(found),
    )
