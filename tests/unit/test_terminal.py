"""The race at the terminal, branch by branch, with consignments made by hand; insiders, leaks, late tips."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.border_kernel import late_tips
from sim.codes import LUCK_WIDTH, NEVER, Control, Fate, Luck, Method, Step, Trigger
from sim.consignment import CONSIGNMENT
from sim.terminal_kernel import discharge, land_outside, resolve, warn_teams
from tests.model_cases import model_at, small_case

NOW = 10_000
CAUGHT, DOWNSTREAM = np.array([[0.2, 0.1, 0.15]]), 0.3
ONE_ROW = np.zeros(1, np.int64)


def consignment(**values: Any) -> Any:
    """Return a rip-on load that waits at the terminal: team at 500, release at 900, nobody selects it."""
    row = np.zeros(1, CONSIGNMENT)
    usual = {
        "method": Method.RIP_ON, "mass_g": 100_000, "boxes": 1, "discharge_min": 100, "extraction_min": 500,
        "release_min": 900, "secured_min": -1, "finish_min": -1, "closed_min": -1, "tip_min": NEVER,
        "fate": Fate.AWAITING_EXTRACTION, "control": Control.UNSELECTED, "trigger": Trigger.NONE,
    }  # fmt: skip
    for name, value in {**usual, **values}.items():
        row[name] = value
    return row


def luck(**values: float) -> Any:
    row = np.full((1, LUCK_WIDTH), 0.99)
    for name, value in values.items():
        row[0, Luck[name.upper()]] = value
    return row


def outcome(row: Any, now: int = NOW, **chances: float) -> tuple[Fate, int, Trigger, Step]:
    resolve(row, luck(**chances), ONE_ROW, now, CAUGHT, DOWNSTREAM)
    return Fate(row["fate"][0]), int(row["closed_min"][0]), Trigger(row["trigger"][0]), Step(row["step"][0])


SELECTED = {"control": Control.SELECTED, "trigger": Trigger.TARGETED}
WARNED = {**SELECTED, "has_insider": 1, "has_leaked": 1, "is_hurried": 1}
OPEN = (Fate.AWAITING_EXTRACTION, -1)


@pytest.mark.parametrize(
    ("values", "chances", "expected"),
    [
        # The team is first.
        ({}, {}, (Fate.DELIVERED, 500, Trigger.NONE, Step.NONE)),
        ({}, {"caught": 0.19}, (Fate.SEIZED_EXTRACTION, 500, Trigger.CHANCE, Step.ARREST)),
        ({}, {"caught": 0.2}, (Fate.DELIVERED, 500, Trigger.NONE, Step.NONE)),
        ({"extraction_min": 900}, {}, (Fate.DELIVERED, 900, Trigger.NONE, Step.NONE)),
        # Release is first: the importer may find what the team did not get.
        ({"extraction_min": 901}, {"downstream": 0.29}, (Fate.FOUND_DOWNSTREAM, 900, Trigger.CHANCE, Step.IMPORTER)),
        ({"extraction_min": 901}, {"downstream": 0.3}, (Fate.DELIVERED, 900, Trigger.NONE, Step.NONE)),
        # Hidden in the cargo it needs no team: it leaves with the box, and no importer finds it.
        ({"method": Method.IN_CARGO}, {"downstream": 0.0, "caught": 0.0}, (Fate.DELIVERED, 900, 0, 0)),
        # Customs are first and find it; before the search is done nothing is settled.
        ({**SELECTED, "secured_min": 400, "finish_min": 600, "is_found_if_controlled": 1}, {},
         (Fate.SEIZED_ENTRY, 600, Trigger.TARGETED, Step.SEARCH)),
        ({**SELECTED, "secured_min": 500, "finish_min": 600, "is_found_if_controlled": 1}, {},
         (Fate.SEIZED_ENTRY, 600, Trigger.TARGETED, Step.SEARCH)),
        ({**SELECTED, "secured_min": 400, "finish_min": -1, "is_found_if_controlled": 1}, {},
         (*OPEN, Trigger.TARGETED, Step.NONE)),
        # Customs are first and do not find it: the team goes on when they are done, or the box leaves.
        ({**SELECTED, "secured_min": 400, "finish_min": 600}, {}, (Fate.DELIVERED, 600, 0, 0)),
        ({**SELECTED, "secured_min": 400, "finish_min": 600}, {"caught": 0.1},
         (Fate.SEIZED_EXTRACTION, 600, Trigger.CHANCE, Step.ARREST)),
        ({**SELECTED, "secured_min": 400, "finish_min": 950}, {}, (Fate.DELIVERED, 950, 0, 0)),
        ({**SELECTED, "secured_min": 400, "finish_min": 600, "extraction_min": 2000}, {"downstream": 0.1},
         (Fate.FOUND_DOWNSTREAM, 900, Trigger.CHANCE, Step.IMPORTER)),
        # Selected, but the team is quicker than the retrieval: customs find an empty box.
        ({**SELECTED, "secured_min": 501, "finish_min": 600, "is_found_if_controlled": 1}, {},
         (Fate.DELIVERED, 500, 0, 0)),
        ({**SELECTED}, {"caught": 0.1}, (Fate.SEIZED_EXTRACTION, 500, Trigger.CHANCE, Step.ARREST)),
        # A selected box is not released before customs are done, however late that is.
        ({**SELECTED, "extraction_min": 20_000}, {}, (*OPEN, Trigger.TARGETED, Step.NONE)),
        ({**SELECTED, "method": Method.IN_CARGO}, {}, (*OPEN, Trigger.TARGETED, Step.NONE)),
        ({**SELECTED, "method": Method.IN_CARGO, "secured_min": 4000, "finish_min": 5000}, {},
         (Fate.DELIVERED, 5000, 0, 0)),
        ({**SELECTED, "method": Method.IN_CARGO, "secured_min": 4000, "finish_min": 5000, "is_found_if_controlled": 1},
         {}, (Fate.SEIZED_ENTRY, 5000, Trigger.TARGETED, Step.SEARCH)),
        # An insider lowers the risk; a warned team in a hurry runs a higher one.
        ({"has_insider": 1}, {"caught": 0.1}, (Fate.DELIVERED, 500, 0, 0)),
        ({"has_insider": 1}, {"caught": 0.09}, (Fate.SEIZED_EXTRACTION, 500, Trigger.CHANCE, Step.ARREST)),
        ({**WARNED}, {"caught": 0.15}, (Fate.DELIVERED, 500, 0, 0)),
        ({**WARNED}, {"caught": 0.149}, (Fate.SEIZED_EXTRACTION, 500, Trigger.CHANCE, Step.ARREST)),
        # A warned team that is too late stays away: a find without an arrest, or the load is lost to everybody.
        ({**WARNED, "secured_min": 400, "finish_min": 600, "is_found_if_controlled": 1}, {"caught": 0.0},
         (Fate.SEIZED_ENTRY, 600, Trigger.TARGETED, Step.SEARCH)),
        ({**WARNED, "secured_min": 400, "finish_min": 600}, {"caught": 0.0, "downstream": 0.0},
         (Fate.ABANDONED, 600, Trigger.NONE, Step.NONE)),
        ({**WARNED, "secured_min": 400}, {"caught": 0.0}, (*OPEN, Trigger.TARGETED, Step.NONE)),
    ],
)  # fmt: skip
def test_race(values: dict[str, Any], chances: dict[str, float], expected: tuple[Any, ...]) -> None:
    """Each branch of the three clocks gives the fate, minute, trigger and step that the design asks for."""
    assert outcome(consignment(**values), **chances) == expected


@pytest.mark.parametrize("minute", [500, 600, 900])
def test_nothing_happens_before_its_minute(minute: int) -> None:
    """An event at a minute belongs to the day that contains it, not to the one that ends with it."""
    values = {500: {}, 600: {**SELECTED, "secured_min": 400, "finish_min": 600, "is_found_if_controlled": 1},
              900: {"extraction_min": 2000}}[minute]  # fmt: skip
    row = consignment(**values)
    assert outcome(row, now=minute)[1] == -1
    assert outcome(row, now=minute + 1)[1] == minute


def test_resolving_in_steps_is_resolving_at_once() -> None:
    """Day by day or in one go, a consignment that was cleared ends alike."""
    values = {**SELECTED, "secured_min": 400, "finish_min": 1500}
    steps, once = consignment(**values), consignment(**values)
    for now in (450, 1000, 1501, 3000):
        resolve(steps, luck(), ONE_ROW, now, CAUGHT, DOWNSTREAM)
        if steps["closed_min"][0] >= 0:
            break
    assert outcome(once)[:2] == (Fate(steps["fate"][0]), steps["closed_min"][0]) == (Fate.DELIVERED, 1500)


def test_landing_outside_the_terminals() -> None:
    """Lost at sea with the loss probability at its time of arrival, otherwise delivered; container loads are left."""
    for u, fate, step in ((0.1, Fate.SEIZED_SEA, Step.ARREST), (0.2, Fate.DELIVERED, Step.NONE)):
        row = consignment(method=Method.OUTSIDE, ready_min=700, fate=Fate.IN_TRANSIT)
        land_outside(row, luck(outside=u), ONE_ROW, 700, 0.2)
        assert row["closed_min"][0] == -1
        land_outside(row, luck(outside=u), ONE_ROW, 701, 0.2)
        assert (row["fate"][0], row["closed_min"][0], row["step"][0]) == (fate, 700, step)
    box = consignment(ready_min=700, fate=Fate.IN_TRANSIT)
    land_outside(box, luck(outside=0.0), ONE_ROW, 10**6, 0.2)
    assert box["closed_min"][0] == -1


TIPS = np.array([0.2, 0.05, 7.0, 0.25, 21.0])


def discharged(
    u_tip: float, is_controlled: int = 1, shared: float = 0.0, method: int = Method.RIP_ON, has_foothold: int = 1,
    u_insider: float = 0.4, received: float = 0.0, added: float = 0.0,
) -> Any:  # fmt: skip
    row = consignment(ready_min=1000, discharge_min=-1, fate=Fate.IN_TRANSIT, method=method, has_foothold=has_foothold)
    times = np.vstack([np.full(4096, minutes) for minutes in (1, 1, 1, 1, 7000, 3000)])
    exchange = (np.array([shared]), np.array([received]), np.array([added]))
    landed = discharge(
        row, luck(tip=u_tip, tip_lead=np.exp(-1.0), unload=0.5, dwell=0.5, extraction_time=0.5,
                  insider=u_insider), ONE_ROW,
        np.array([900, 1000, 2000]), np.array([4, 4, 4]), np.array([4]), np.array([is_controlled]), TIPS, exchange,
        np.array([720.0, 0.6]), times, np.array([False, False, False, True, False]),
        (np.array([0.4]), np.array([[1200.0, 600.0]])),
    )  # fmt: skip
    assert landed.all()
    return row[0]


def test_discharge_by_hand() -> None:
    """The first call at or after readiness, half of 12 h of unloading, dwell by kind of box, the team's median."""
    row = discharged(0.9)
    assert (row["discharge_min"], row["release_min"], row["extraction_min"]) == (1360, 8360, 2560)
    assert (row["fate"], row["tip_min"]) == (Fate.AWAITING_EXTRACTION, NEVER)
    assert discharged(0.9, method=Method.COOLING_UNIT)["release_min"] == 4360


def test_insiders_cover_jobs_where_there_is_a_foothold() -> None:
    """Below the port's coverage a job has an insider and the faster clock, unless nobody has to reach the box."""
    covered = discharged(0.9, u_insider=0.39)
    assert (covered["has_insider"], covered["extraction_min"]) == (1, 1960)
    for row in (discharged(0.9, u_insider=0.4), discharged(0.9, u_insider=0.39, has_foothold=0)):
        assert (row["has_insider"], row["extraction_min"]) == (0, 2560)
    in_cargo = discharged(0.9, u_insider=0.0, method=Method.IN_CARGO)
    assert (in_cargo["has_insider"], in_cargo["extraction_min"]) == (0, NEVER)


@pytest.mark.parametrize(
    ("values", "u_leak", "known", "expected"),
    [
        # It goes when it can, from the discharge or the warning, and not later than it would have gone.
        ({"has_insider": 1}, 0.29, 50, (1, 1, 340)),
        ({"has_insider": 1}, 0.29, 200, (1, 1, 440)),
        ({"has_insider": 1}, 0.29, 260, (1, 0, 500)),
        # No leak: by luck, without an insider, without a selection.
        ({"has_insider": 1}, 0.3, 50, (0, 0, 500)),
        ({}, 0.0, 50, (0, 0, 500)),
        ({"has_insider": 1, "control": Control.UNSELECTED}, 0.0, 50, (0, 0, 500)),
        ({"has_insider": 1, "control": Control.CLEARED}, 0.0, 50, (0, 0, 500)),
        # A tip that states have exchanged leaks more often, once it is known.
        ({"has_insider": 1, "has_shared_tip": 1, "tip_min": 200}, 0.69, 200, (1, 1, 440)),
        ({"has_insider": 1, "has_shared_tip": 1, "tip_min": 200}, 0.7, 200, (0, 0, 500)),
        ({"has_insider": 1, "has_shared_tip": 1, "tip_min": 201}, 0.69, 200, (0, 0, 500)),
        ({"has_insider": 1, "tip_min": 200}, 0.69, 200, (0, 0, 500)),
    ],
)
def test_warnings(values: dict[str, Any], u_leak: float, known: int, expected: tuple[int, int, int]) -> None:
    """Only a covered job whose box has just been selected leaks, and the team then comes as soon as it can."""
    row = consignment(**{**SELECTED, **values})
    warn_teams(row, luck(leak=u_leak), ONE_ROW, np.array([known]), np.array([0.3, 0.4]), 240)
    assert (row["has_leaked"][0], row["is_hurried"][0], row["extraction_min"][0]) == expected


def test_tips_by_hand() -> None:
    """Own tips come a lead of 7 days before discharge, foreign ones 21 days after that; none without controls."""
    assert discharged(0.19)["tip_min"] == 1360 - 7 * 1440
    assert discharged(0.21)["tip_min"] == 1360 + 14 * 1440
    assert discharged(0.21, received=1.0)["tip_min"] == 1360 - 7 * 1440 + 360
    assert discharged(0.25)["tip_min"] == NEVER
    assert discharged(0.0, is_controlled=0)["tip_min"] == NEVER


@pytest.mark.parametrize(
    ("u_tip", "exchange", "known", "has_shared_tip"),
    [
        # Half of the own tips and the first half of the foreign ones are exchanged; the other half comes weeks late.
        (0.099, (0.5, 0.5, 0.0), 0, 1),
        (0.101, (0.5, 0.5, 0.0), 0, 0),
        (0.224, (0.5, 0.5, 0.0), 360, 1),
        (0.226, (0.5, 0.5, 0.0), 21 * 1440, 0),
        # What others give counts for foreign tips, what the state gives for its own.
        (0.204, (1.0, 0.1, 0.0), 360, 1),
        (0.206, (1.0, 0.1, 0.0), 21 * 1440, 0),
        (0.199, (1.0, 0.1, 0.0), 0, 1),
        (0.249, (0.0, 0.0, 0.0), 21 * 1440, 0),
        (0.249, (0.0, 1e-6, 0.0), 21 * 1440, 0),
        # Tips of companies and partner countries are further ones, as early as own ones, in either scope.
        (0.251, (1.0, 1.0, 0.1), 0, 0),
        (0.269, (0.0, 0.0, 0.1), 0, 0),
        (0.271, (0.0, 0.0, 0.1), None, 0),
    ],
)
def test_exchanged_tips_are_nested(
    u_tip: float, exchange: tuple[float, float, float], known: int | None, has_shared_tip: int
) -> None:
    """One uniform decides: more exchange makes late tips early and takes none away."""
    shared, received, added = exchange
    row = discharged(u_tip, shared=shared, received=received, added=added)
    assert row["tip_min"] == (NEVER if known is None else 1360 - 7 * 1440 + known)
    assert row["has_shared_tip"] == has_shared_tip


DAY = 1440


@pytest.mark.parametrize(
    ("values", "is_due"),
    [
        ({"tip_min": 300}, True),
        # Too late: the team, or release, was first.
        ({"tip_min": 500}, False),
        ({"tip_min": 450, "release_min": 450}, False),
        # Between selection and discharge: it is due at discharge, for nobody will ask again.
        ({"tip_min": 20}, True),
        ({"tip_min": -3000}, True),
        # Another day's.
        ({"tip_min": 1500, "extraction_min": 9000, "release_min": 9000}, False),
        ({"tip_min": 20, "discharge_min": 1500, "extraction_min": 9000, "release_min": 9000}, False),
        # Already searched for because of a tip, or never tipped; a box that was cleared is looked at again.
        ({"tip_min": 300, "control": Control.SELECTED, "trigger": Trigger.TIP}, False),
        ({}, False),
        ({"tip_min": 300, "control": Control.CLEARED, "secured_min": 110, "finish_min": 200}, True),
    ],
)
def test_late_tips(values: dict[str, Any], is_due: bool) -> None:
    """A tip sends a box to search while it is still there, once; search finds with its own probability."""
    row = consignment(**values)
    before = row.copy()
    due = late_tips(row, luck(search=0.5), ONE_ROW, 0, DAY, 0.9)
    assert due.tolist() == ([0] if is_due else [])
    if is_due:
        changed = (row["control"][0], row["trigger"][0], row["secured_min"][0], row["finish_min"][0])
        assert changed == (Control.SELECTED, Trigger.TIP, -1, -1)
        assert row["is_found_if_controlled"][0] == 1
        assert late_tips(row, luck(search=0.5), ONE_ROW, 0, DAY, 0.9).size == 0
    else:
        assert row.tobytes() == before.tobytes()


@pytest.mark.parametrize(("u_search", "is_found"), [(0.5, 1), (0.95, 0)])
def test_a_tip_on_a_box_in_the_line_has_it_searched_in_its_place(u_search: float, is_found: int) -> None:
    """It is not queued again, but searched whatever the image shows, and the find is the tip's."""
    row = consignment(**SELECTED, tip_min=300, secured_min=250)
    assert late_tips(row, luck(search=u_search), ONE_ROW, 0, DAY, 0.9).size == 0
    assert (row["trigger"][0], row["secured_min"][0]) == (Trigger.TIP, 250)
    assert row["is_found_if_controlled"][0] == is_found


def test_no_tip_is_lost_between_selection_and_discharge() -> None:
    """Law: in a run, whoever was tipped off before discharge was controlled, unless it had already been."""
    rows = model_at(small_case(), 300).physical.consignments
    tipped = rows[(rows["discharge_min"] >= 0) & (rows["tip_min"] <= rows["discharge_min"])]
    assert tipped.size > 50
    assert (tipped["control"] != Control.UNSELECTED).all()
