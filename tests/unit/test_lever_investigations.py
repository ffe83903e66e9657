"""Investigations: traces, files, staff and outcomes of cases, and what arrests do to organisations."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.case_tables import outcome
from agents.cases import CaseFiles, Investigation, arrest_probability, files_to_open, teams
from agents.controls import Arrest
from agents.disruption import Blow, interruption_days
from agents.model import WaterbedModel
from agents.run_tables import RunTables
from scenarios.case import Case
from sim.codes import Fate
from sim.forensics import Traces, joined, link_probability, reported_jobs
from sim.streams import Floats
from tests.model_cases import NO_FEEDBACK, Tables, assert_same, model_at, small_case, with_levers, with_parameters

FOREVER = 1e12
BUSY = {
    "duration_days": 60.0, "joint_extra_days": 30.0, "posts_per_port": 20.0, "posts_per_case": 4.0,
    "threshold_traces": 1.5, "half_chance_traces": 0.5, "arrested_share": 0.5,
}  # fmt: skip
"""Cases that are opened early, get staff at once and mostly end with arrests: effects within a year."""


def busy_case(scope: str, *overrides: str, **values: float) -> Case:
    """Return a small case in which many investigations are made."""
    case = with_levers(small_case("regime=frozen", *overrides), investigations=scope)
    return with_parameters(case, "investigations", **{**BUSY, **values})


@lru_cache(maxsize=24)
def busy_tables(scope: str, replication: int, *overrides: str) -> Tables:
    """Return the tables of such a case, or of the same case without the lever."""
    model = WaterbedModel(busy_case(scope, *overrides), 1, replication)
    model.run_to_end()
    return RunTables(model, "any").tables()


# ---- traces --------------------------------------------------------------------------------------------------------


def test_what_is_traced_by_hand() -> None:
    """Loads without a team by one probability, caught teams by another, and nothing that customs did not come upon."""
    linked = link_probability(np.arange(len(Fate)), 0.1, 0.4)
    found = {Fate.SEIZED_HUB: 0.1, Fate.SEIZED_ENTRY: 0.1, Fate.FOUND_DOWNSTREAM: 0.1, Fate.SEIZED_EXTRACTION: 0.4}
    assert linked.tolist() == [found.get(fate, 0.0) for fate in Fate]


def test_each_enquiry_is_about_another_job_of_its_port() -> None:
    """The first in order at each port, never more than there are."""
    port, order = np.array([2, 0, 2, 0, 2]), np.array([0.5, 0.9, 0.1, 0.2, 0.3])
    assert reported_jobs(port, order, np.array([1, 7, 2])).tolist() == [2, 3, 4]
    assert reported_jobs(port, order, np.array([9, 9, 9])).tolist() == [0, 1, 2, 3, 4]
    assert reported_jobs(port, order, np.zeros(3, np.int64)).size == 0
    both = joined(Traces(np.array([1]), np.array([5])), Traces(np.array([0]), np.array([7])))
    assert (both.port.tolist(), both.organisation.tolist()) == ([1, 0], [5, 7])


def test_as_many_traces_as_linked_and_at_the_place_of_the_find() -> None:
    """With certain links every find, arrest and reported job is a trace at its port; with none there is none."""
    for link in (0.0, 1.0):
        values = dict.fromkeys(("link_find", "link_arrest", "link_report"), link)
        model = WaterbedModel(with_parameters(small_case("regime=frozen"), "investigations", **values), 1, 0)
        expected, traces = [], []
        for day in range(300):
            model.step()
            closed = model.physical.consignments[model.mailbox.closed]
            is_found = np.isin(
                closed["fate"],
                (Fate.SEIZED_ENTRY, Fate.SEIZED_EXTRACTION, Fate.FOUND_DOWNSTREAM),
            )
            seen = sorted(zip(closed["place"][is_found], closed["organisation"][is_found], strict=True))
            got = model.mailbox.traces
            if day % 7 != 6:
                assert sorted(zip(got.port, got.organisation, strict=True)) == (seen if link else [])
            expected.append(len(seen))
            traces.append(got.port.size)
        enquiries = model.physical.insiders.counts[:, 2].sum()
        if link:
            assert sum(expected) < sum(traces) <= sum(expected) + enquiries
            assert sum(traces) - sum(expected) > 0.5 * enquiries, "most enquiries are about a job of the week"
        else:
            assert sum(traces) == 0


# ---- files and staff -----------------------------------------------------------------------------------------------


def test_evidence_ages_and_suffices_by_hand() -> None:
    """Four traces are two after a half-life; three of four half-chance traces give 3 / 7; the strongest file first."""
    files = CaseFiles(2, half_life_days=10)
    files.observe(np.array([0, 0, 0, 0, 1]), np.array([3, 3, 3, 3, 0]))
    files.fade(10)
    assert files.evidence.tolist() == [[0, 0, 0, 2], [0.5, 0, 0, 0]]
    assert arrest_probability(3.0, 4.0) == pytest.approx(3 / 7)
    assert arrest_probability(0.0, 4.0) == 0.0
    evidence = np.array([3.0, 5.0, 2.9, 9.0, 3.0])
    assert files_to_open(evidence, np.array([0, 0, 0, 1, 0], np.bool_), 3.0).tolist() == [1, 0, 4]


def waiting(evidence: float, begun_day: int = -1) -> Investigation:
    """Return a case with some evidence, begun on a day or not yet."""
    return Investigation(0, 0, False, 0, evidence, evidence, 100.0, begun_day=begun_day)


@pytest.mark.parametrize(
    ("posts", "shares"),
    [(0.0, [0, 0, 0, 0]), (4.0, [0, 0.5, 0, 0]), (12.0, [0, 1, 0.5, 0]), (18.0, [0.25, 1, 1, 0]), (99.0, [1, 1, 1, 1])],
)
def test_staff_goes_to_what_has_begun_and_then_to_the_strongest(posts: float, shares: list[float]) -> None:
    """Teams of eight: begun on day 5, then on day 9, then the waiting ones by evidence; the rest goes to the next."""
    cases = [waiting(7.0), waiting(1.0, begun_day=5), waiting(9.0, begun_day=9), waiting(3.0)]
    assert teams(cases, posts, 8.0) == shares


def test_half_a_team_takes_twice_as_long() -> None:
    """A case of 28 days is done in four weeks with a team, in eight with half of one, and never with nobody."""
    for posts, weeks in ((8.0, 4), (4.0, 8), (0.0, None)):
        files = CaseFiles(1, FOREVER)
        files.observe(np.zeros(3, np.int64), np.zeros(3, np.int64))
        files.open_cases([0], 3.0, 0, work_days=28)
        concluded = None
        for week in range(1, 20):
            files.work([0], posts, 8.0, week * 7, 7)
            if files.conclude([0], week * 7) and concluded is None:
                concluded = week
        assert concluded == weeks


STATES, FILES, THRESHOLD = 4, 6, 3.0
Finds = Sequence[tuple[int, int]]
traces_strategy = st.lists(
    st.tuples(st.integers(0, STATES - 1), st.integers(0, FILES - 1)), min_size=0, max_size=150
)  # fmt: skip


def investigate(found: Finds, areas: list[list[int]], posts: float = 1e9) -> CaseFiles:
    """Return the files after one trace a week, with staff for everything, and a year of work after the last one."""
    files = CaseFiles(STATES, FOREVER)
    for week in range(len(found) + 52):
        if week < len(found):
            files.observe(np.array([found[week][0]]), np.array([found[week][1]]))
        for members in areas:
            files.work(members, posts * len(members), 8.0, 7 * week, 7)
            files.conclude(members, 7 * week)
            files.open_cases(members, THRESHOLD, 7 * week, work_days=70)
    return files


@given(found=traces_strategy, is_joint=st.booleans())
@settings(deadline=None, max_examples=60)
def test_a_trace_feeds_a_case_once(found: Finds, is_joint: bool) -> None:
    """Law: without ageing, traces in files and in cases are those observed, no more and no less."""
    files = investigate(found, [list(range(STATES))] if is_joint else [[s] for s in range(STATES)])
    in_cases = sum(case.evidence for case in files.concluded + files.pending)
    assert in_cases + files.evidence.sum() == pytest.approx(len(found))
    assert all(case.evidence_opened >= THRESHOLD for case in files.concluded + files.pending)


def hope(files: CaseFiles) -> Floats:
    """Return the probability that an organisation sees no arrest, by file, over all its cases."""
    spared = np.ones(FILES)
    for case in files.concluded:
        spared[case.file] *= 1 - arrest_probability(case.evidence, 3.0)
    return spared


@given(found=traces_strategy)
@settings(deadline=None, max_examples=60)
def test_pooled_files_make_no_difference_to_organisations_of_one_state(found: Finds) -> None:
    """Law: if each organisation works in one state, the same cases are opened on the same days and end the same."""
    at_home = [(file % STATES, file) for _, file in found]
    joint, apart = investigate(at_home, [list(range(STATES))]), investigate(at_home, [[s] for s in range(STATES)])
    plain = [
        sorted((c.file, c.opened_day, c.concluded_day, c.evidence) for c in files.concluded) for files in (joint, apart)
    ]
    assert plain[0] == plain[1]


def test_pooled_files_reach_organisations_that_work_in_several_states() -> None:
    """Two traces in each of four states: no state has enough, together they have more than twice what it takes."""
    found = [(state, 0) for state in range(STATES) for _ in range(2)]
    assert not investigate(found, [[s] for s in range(STATES)]).concluded
    assert len(investigate(found, [list(range(STATES))]).concluded) >= 1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_on_average_pooled_files_spare_fewer(seed: int) -> None:
    """Traces spread evenly over states: an organisation's chance to be spared is lower, by five standard errors."""
    rng = np.random.Generator(np.random.Philox(seed))
    differences = []
    for _ in range(60):
        found = list(zip(rng.integers(STATES, size=60).tolist(), rng.integers(FILES, size=60).tolist(), strict=True))
        joint = hope(investigate(found, [list(range(STATES))])).mean()
        differences.append(hope(investigate(found, [[s] for s in range(STATES)])).mean() - joint)
    assert np.mean(differences) > 5 * np.std(differences, ddof=1) / np.sqrt(len(differences))


# ---- what arrests do -----------------------------------------------------------------------------------------------


def test_interruption_by_hand() -> None:
    """A tenth of the members are replaced in a tenth of the time; all of it where an organisation is built up anew."""
    assert interruption_days(0.1, False, 180.0) == 18
    assert interruption_days(0.1, True, 180.0) == 180
    assert interruption_days(0.0, False, 180.0) == 0


DAY = 90


def struck(case: Case, share: float, days: int, seized: float = 0.0) -> tuple[WaterbedModel, int]:
    """Return the model some days after the largest organisation was struck, and which it is."""
    model = model_at(case, DAY)
    largest = int(np.bincount(model.traffickers.first_holder).argmax())
    model.traffickers.suffer([Arrest(largest, share, seized)], model.day)
    for _ in range(days):
        model.step()
    return model, largest


def dispatch_days(model: WaterbedModel, organisation: int) -> Any:
    """Return the days on which an organisation dispatched after it was struck, from then on."""
    c = model.physical.consignments
    days = c["dispatch_day"][c["organisation"] == organisation]
    return days[days >= DAY] - DAY


def test_who_is_dismantled_is_replaced_and_ships_no_more() -> None:
    """With all members arrested others serve its slots, and what these deliver goes on."""
    model, o = struck(small_case("regime=frozen"), 1.0, 150)
    blow = model.traffickers.disruption.blows[0]
    assert (blow.is_dismantled, blow.idle_days) == (True, 0)
    assert dispatch_days(model, o).size == 0
    slots = np.flatnonzero(model.traffickers.first_holder == o)
    assert not (model.traffickers.succession.holder == o).any()
    assert not model.traffickers.organisations[o].slots
    c = model.physical.consignments
    of_slots = np.isin(model.lots["slot"][c["lead_lot"]], slots) & (c["dispatch_day"] >= DAY)
    assert of_slots.sum() > 10
    assert (c["organisation"][of_slots] != o).all()


def test_without_successors_it_recovers_in_its_place() -> None:
    """With perpetrator displacement off the same organisation ships again after its recovery, and not a day before."""
    case = with_parameters(small_case("regime=frozen", "switches.perpetrator=false"), "disruption", recovery_days=60.0)
    model, o = struck(case, 1.0, 150)
    assert (model.traffickers.succession.holder == model.traffickers.first_holder).all()
    days = dispatch_days(model, o)
    assert days.size > 5
    assert 60 <= days.min() < 60 + 14
    # What waited too long went elsewhere; nothing is lost from the books.
    slots = np.flatnonzero(model.traffickers.first_holder == o)
    assert (model.lots["fate_unshipped"][np.isin(model.lots["slot"], slots)] == Fate.DIVERTED).any()


def test_arrests_take_money_and_footholds_with_the_share_of_members() -> None:
    """A seized share of working capital is gone; footholds go all with all members, none with none."""
    case = small_case("regime=frozen")
    for share, left in ((0.0, True), (1.0, False)):
        model, o = struck(case, share, 0, seized=0.25)
        untouched = model_at(case, DAY).traffickers
        capital = model.traffickers.capital
        assert untouched.capital.eur[o] - capital.eur[o] == pytest.approx(0.25 * capital.start_eur[o])
        held = model.traffickers.knowledge.foothold_day[o] == untouched.knowledge.foothold_day[o]
        assert held.all() == left
        others = np.arange(capital.eur.size) != o
        assert np.array_equal(capital.eur[others], untouched.capital.eur[others])


def test_who_loses_all_its_money_is_replaced_too() -> None:
    """Seizing more than an organisation has ends it, whatever becomes of its members."""
    model, o = struck(small_case("regime=frozen"), 0.0, 60, seized=1.5)
    assert model.traffickers.disruption.blows[0].is_dismantled
    assert not model.traffickers.organisations[o].slots


def state(model: WaterbedModel, o: int) -> list[Any]:
    """Return all that arrests can take from an organisation."""
    t = model.traffickers
    return [
        float(t.capital.eur[o]), bool(t.capital.is_dismantled[o]), t.knowledge.foothold_day[o].tolist(),
        int(t.disruption.idle_until[o]),
    ]  # fmt: skip


def test_who_is_dismantled_is_not_dismantled_again() -> None:
    """A second blow on the same evening, or one after others have taken over, comes too late and takes nothing."""
    model, o = struck(small_case("regime=frozen"), 1.0, 0, seized=0.25)
    left = state(model, o)
    model.traffickers.suffer([Arrest(o, 1.0, 0.25)], model.day)
    assert state(model, o) == left
    while (model.traffickers.succession.holder == o).any():
        model.step()
    left = state(model, o)
    model.traffickers.suffer([Arrest(o, 1.0, 0.25)], model.day)
    assert state(model, o) == left
    first, *later = model.traffickers.disruption.blows
    assert (first.is_gone, first.is_dismantled) == (False, True)
    assert later == [Blow(b.day, o, 0.0, False, 0.0, 0, is_gone=True) for b in later]
    assert len(later) == 2


def test_who_is_bankrupt_is_gone_and_who_took_over_is_not() -> None:
    """Nothing is left to seize, not even of what is paid late; the heirs, newcomers too, can be struck as before."""
    model = model_at(small_case("regime=frozen"), DAY)
    t = model.traffickers
    o = int(np.bincount(t.first_holder).argmax())
    t.capital.eur[o] = -1e12
    t.suffer([Arrest(o, 0.5, 0.25)], model.day)
    assert t.capital.eur[o] == -1e12
    assert not t.capital.is_dismantled[o]
    while (t.succession.holder == o).any():
        model.step()
    t.capital.eur[o] = 1.0
    t.suffer([Arrest(o, 0.5, 0.25)], model.day)
    assert t.capital.eur[o] == 1.0
    assert [(blow.is_gone, blow.is_dismantled) for blow in t.disruption.blows] == [(True, False)] * 2
    starters = model.case.parameters.organisations.count
    heirs = set(t.succession.holder[t.first_holder == o].tolist())
    assert max(heirs) >= starters > min(heirs), "newcomers, and others that were there before"
    for heir in (max(heirs), min(heirs)):
        before = float(t.capital.eur[heir])
        t.suffer([Arrest(heir, 1.0, 0.25)], model.day)
        blow = t.disruption.blows[-1]
        assert (blow.is_gone, blow.is_dismantled, blow.arrested_share) == (False, True, 1.0)
        assert t.capital.eur[heir] == pytest.approx(before - 0.25 * t.capital.start_eur[heir])


def test_without_successors_nobody_is_gone() -> None:
    """Who has less than nothing goes on in its place, and loses what arrests take."""
    model = model_at(small_case("regime=frozen", "switches.perpetrator=false"), DAY)
    t = model.traffickers
    o = int(np.bincount(t.first_holder).argmax())
    t.capital.eur[o] = -1.0
    t.suffer([Arrest(o, 0.5, 0.25)], model.day)
    (blow,) = t.disruption.blows
    assert (blow.is_gone, blow.is_dismantled, blow.arrested_share) == (False, False, 0.5)
    assert t.capital.eur[o] == pytest.approx(-1.0 - 0.25 * t.capital.start_eur[o])


def test_outcomes_by_hand() -> None:
    """Recovered from the first day on which it ships again."""
    case = dc.replace(waiting(3.0), concluded_day=9, has_arrests=True)
    blow = Blow(10, 0, 0.1, is_dismantled=False, seized_eur=1.0, idle_days=18)
    assert outcome(waiting(3.0), None, 99) == "pending"
    assert outcome(dc.replace(case, has_arrests=False), None, 99) == "none"
    assert outcome(case, None, 9) == outcome(case, blow, 27) == "arrests"
    assert outcome(case, blow, 28) == "recovered"
    assert outcome(case, dc.replace(blow, is_dismantled=True, idle_days=0), 99) == "dismantled"
    assert outcome(case, dc.replace(blow, is_gone=True, arrested_share=0.0, idle_days=0), 99) == "gone"


# ---- the lever in the model ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["national", "alliance"])
def test_without_strength_it_is_absent_and_with_hardly_any_nothing_happens(scope: str) -> None:
    """Law: zero strength is no lever, to the bit; a trillionth opens cases, and no organisation is touched."""
    absent = busy_tables("off", 0)
    model = WaterbedModel(busy_case(scope, strength=0.0), 1, 0)
    model.run_to_end()
    assert_same(absent, RunTables(model, "any").tables())
    model = WaterbedModel(busy_case(scope, strength=1e-12), 1, 0)
    model.run_to_end()
    tables = RunTables(model, "any").tables()
    assert {row["outcome"] for row in tables["cases"].to_pylist()} >= {"none"}
    for name in ("consignments", "parcels", "lots", "port_month"):
        assert tables[name].equals(absent[name]), name


@pytest.mark.slow
@pytest.mark.parametrize("scope", ["national", "alliance"])
def test_organisations_that_are_interrupted_ship_less(scope: str) -> None:
    """Paired over six replications, without any reaction: less is dispatched, by three standard errors."""
    change = []
    for replication in range(6):
        sums = [
            busy_tables(used, replication, *NO_FEEDBACK)["runs"]["dispatched_g"][0].as_py() for used in (scope, "off")
        ]
        change.append(sums[0] - sums[1])
    assert np.mean(change) < -3 * np.std(change, ddof=1) / np.sqrt(len(change))


def test_every_lot_has_a_fate_with_investigations_too() -> None:
    """Law: parcels sum to the lots that came, lot by lot; a case ends at most once, and in order of its dates."""
    tables = busy_tables("alliance", 0)
    grams: dict[int, int] = {}
    for lot, mass in zip(*(tables["parcels"][name].to_pylist() for name in ("lot", "mass_g")), strict=True):
        grams[lot] = grams.get(lot, 0) + mass
    assert grams == dict(zip(*(tables["lots"][name].to_pylist() for name in ("lot", "mass_g")), strict=True))
    cases = tables["cases"].to_pylist()
    assert {row["outcome"] for row in cases} >= {"none", "dismantled", "recovered", "pending"}
    for row in cases:
        assert row["is_joint"]
        assert row["evidence"] >= BUSY["threshold_traces"]
        assert (row["concluded"] == 0) == (row["outcome"] == "pending")
        assert row["concluded"] == 0 or row["opened"] <= row["begun"] <= row["concluded"]
        assert np.isnan(row["recovery_days"]) == (row["outcome"] in ("none", "dismantled", "pending", "gone"))
        assert (row["arrested_share"] > 0) == (row["outcome"] in ("arrests", "recovered", "dismantled"))
        assert (row["seized_eur"] > 0) == (row["arrested_share"] > 0)


def test_national_cases_are_of_one_state_and_several_may_work_on_one_organisation() -> None:
    """Files of states are apart: no case is joint, and some organisation is the subject of two states at once."""
    cases = busy_tables("national", 0)["cases"].to_pylist()
    assert not any(row["is_joint"] for row in cases)
    states: dict[int, set[str]] = {}
    for row in cases:
        states.setdefault(row["organisation"], set()).add(row["country"])
    assert max(len(countries) for countries in states.values()) > 1


def test_nobody_is_dismantled_twice() -> None:
    """Law: an organisation comes to an end once; cases of several states on one of them also come too late."""
    cases = [row for replication in (0, 1) for row in busy_tables("national", replication)["cases"].to_pylist()]
    ended = [(row["replication"], row["organisation"]) for row in cases if row["outcome"] == "dismantled"]
    assert len(ended) == len(set(ended)) > 5
    gone = [row for row in cases if row["outcome"] == "gone"]
    assert gone
    assert all((row["arrested_share"], row["seized_eur"]) == (0, 0) for row in gone)


def test_joint_money_is_followed_further() -> None:
    """What a case with arrests seizes is its share of working capital, more of it in a joint case."""
    values = busy_case("alliance").parameters.levers["investigations"]
    for scope, name in (("national", "national_seized_share"), ("alliance", "joint_seized_share")):
        model = WaterbedModel(busy_case(scope), 1, 0)
        model.run_to_end()
        blows = [blow for blow in model.traffickers.disruption.blows if not blow.is_gone]
        assert blows
        start = model.traffickers.capital.start_eur
        assert [b.seized_eur for b in blows] == pytest.approx([values[name] * start[b.organisation] for b in blows])
    assert values["joint_seized_share"] > values["national_seized_share"]


@pytest.mark.parametrize("short", [{"posts_per_port": 0.0}, {"programme_eur_per_year": 1e12}])
def test_cases_wait_without_staff_or_running_cost(short: dict[str, float]) -> None:
    """Cases are opened, and nobody works on them: no posts, or next to nothing of the price paid."""
    model = WaterbedModel(busy_case("national", **short), 1, 0)
    model.run_to_end()
    cases = RunTables(model, "any").tables()["cases"].to_pylist()
    assert len(cases) > 5
    assert {row["outcome"] for row in cases} == {"pending"}


def traces_and_finds(case: Case, replication: int) -> tuple[int, int, int]:
    """Return traces of finds and arrests, finds at the line, and arrests, of a year."""
    model, traces, fates = WaterbedModel(case, 1, replication), 0, np.zeros(len(Fate), np.int64)
    while model.day < model.window_end_day:
        model.step()
        if model.day > model.start_day:
            traces += model.mailbox.traces.port.size
            fates += np.bincount(model.physical.consignments["fate"][model.mailbox.closed], minlength=len(Fate))
    return traces, int(fates[Fate.SEIZED_ENTRY]), int(fates[Fate.SEIZED_EXTRACTION])


@pytest.mark.slow
def test_seizures_without_arrests_can_starve_investigations() -> None:
    """Negative effect: where a load without its team says little, ten times the control leaves fewer traces.

    It does if a find is traced less often than teams are caught times how often these are traced (risk_targeting.csv
    RT041 expects it of scanning everything on arrival); with the defaults the two are about equal.
    """
    case = with_parameters(
        small_case("regime=frozen", *NO_FEEDBACK), "investigations", link_find=0.02, link_arrest=0.8, link_report=0.0
    )
    scale = dict.fromkeys(model_at(case, 1).world.entry.code, 10.0)
    strong = dc.replace(case, scenario=dc.replace(case.scenario, capacity_scale=scale))
    pairs = np.array([[traces_and_finds(c, replication) for c in (strong, case)] for replication in range(4)])
    change = pairs[:, 0] - pairs[:, 1]
    error = change.std(axis=0, ddof=1) / 2
    assert change[:, 0].mean() < -3 * error[0], "traces"
    assert change[:, 1].mean() > 3 * error[1], "finds"
    assert change[:, 2].mean() < -3 * error[2], "arrests"
    extraction = case.parameters.extraction
    values = small_case().parameters.levers["investigations"]
    assert values["link_find"] == pytest.approx(extraction.caught_probability * values["link_arrest"], abs=0.05)
