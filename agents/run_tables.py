"""The tables of a finished run, from the arrays of the model; each is declared in sim.tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from agents.case_tables import case_columns
from agents.report_tables import report_columns
from agents.spending_tables import account_columns, spending_columns
from agents.trade_tables import trade_columns, trade_cost_eur
from sim.clock import DAY_MIN
from sim.codes import FIRST_OPEN_FATE, LANDED, SEIZED_AT_ENTRY, Fate, Method, Step, Trigger
from sim.consignment import CONSIGNMENTS_PER_LOT, Records
from sim.recorder import make_table
from sim.streams import Bools, Ints
from sim.tables import RUN_TABLES

if TYPE_CHECKING:
    from agents.model import WaterbedModel

_FATES = tuple(fate.name.lower() for fate in Fate)
_METHODS = tuple(method.name.lower() for method in Method)
_TRIGGERS = tuple(trigger.name.lower() for trigger in Trigger)
_STEPS = tuple(step.name.lower() for step in Step)

Columns = dict[str, Any]


class RunTables:
    """Counts a finished run into its tables."""

    def __init__(self, model: WaterbedModel, arm: str) -> None:
        """Take the model as it stands at its end."""
        self.model, self.arm = model, arm
        self.lots: Records = model.lots
        self.consignments: Records = model.physical.consignments
        world = model.world
        coast_range = tuple(world.coasts.name)
        self.place_range = world.entry.port_range + coast_range
        self.ranges = tuple(sorted({*self.place_range}))
        months = [model.clock.date(day) for day in range(model.day)]
        self.month_of_day = np.array([d.year * 100 + d.month for d in months], np.int32)
        self.parcels = self._all_parcels()
        c = self.consignments
        hub = world.lanes.hub[np.maximum(c["lane"], 0)]
        self.record_place: Ints = np.where(c["fate"] == Fate.SEIZED_HUB, hub, c["place"])
        """Place whose record counts what was found: the hub, or the place of entry."""

    def _all_parcels(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Return lot row, consignment row (-1 if unshipped), grams and fate of every parcel, ordered by lot."""
        shipped = self.model.traffickers.parcels.rows
        is_unshipped = np.ones(self.lots.size, np.bool_)
        is_unshipped[shipped["lot"]] = False
        rest = np.flatnonzero(is_unshipped)
        fate_shipped = self.consignments["fate"][shipped["consignment"]]
        lot = np.concatenate([shipped["lot"], rest])
        consignment = np.concatenate([shipped["consignment"], np.full(rest.size, -1)])
        mass = np.concatenate([shipped["mass_g"], self.lots["mass_g"][rest]])
        fate = np.concatenate([fate_shipped, self.lots["fate_unshipped"][rest]])
        order = np.lexsort((consignment, lot))
        return lot[order], consignment[order], mass[order], fate[order]

    @property
    def is_in_cohort(self) -> Bools:
        """Return which lots arrived in the analysis window."""
        arrival = self.lots["arrival_day"]
        cohort: Bools = (arrival >= self.model.start_day) & (arrival < self.model.window_end_day)
        return cohort

    def tables(self) -> dict[str, pa.Table]:
        """Return all tables of the run."""
        model = self.model
        made: dict[str, Callable[[], tuple[Columns, dict[str, tuple[str, ...]]]]] = {
            "runs": self._runs,
            "lots": self._lots,
            "parcels": self._parcels,
            "consignments": self._consignments,
            "port_month": self._port_month,
            "line_month": self._line_month,
            "trade_month": lambda: trade_columns(self),
            "organisation_month": self._organisation_month,
            "market_month": self._market_month,
            "accounts": lambda: account_columns(model),
            "control_month": lambda: spending_columns(model, self.month_of_day),
            "reports": lambda: report_columns(self),
            "cases": lambda: case_columns(self),
        }
        return {name: self._table(name, *columns()) for name, columns in made.items()}

    def _table(self, name: str, columns: Columns, names: dict[str, tuple[str, ...]]) -> pa.Table:
        size = len(next(iter(columns.values())))
        both = {"arm": np.zeros(size, np.int32), "replication": np.full(size, self.model.replication, np.int32)}
        return make_table(RUN_TABLES[name], {**both, **columns}, {"arm": (self.arm,), **names})

    def _consignment_id(self, rows: Ints) -> Ints:
        c = self.consignments
        known: Ints = self.lots["id"][c["lead_lot"][rows]] * CONSIGNMENTS_PER_LOT + c["ordinal"][rows]
        return known

    def _runs(self) -> tuple[Columns, dict[str, tuple[str, ...]]]:
        model = self.model
        lot, consignment, mass, fate = self.parcels
        cohort = self.is_in_cohort[lot]

        def sum_g(*fates: Fate, where: Bools | None = None) -> list[int]:
            chosen = cohort & np.isin(fate, fates)
            return [int(mass[chosen if where is None else chosen & where].sum())]

        place = np.where(consignment >= 0, self.record_place[consignment], -1)
        ports = len(model.world.entry.code)
        at_eu_port = (place >= 0) & (place < ports)
        at_eu_port[at_eu_port] = model.world.entry.is_eu[place[at_eu_port]]
        window = self._window_months()
        delay_min = np.array(model.monthly.controls)[window][:, :, 3].sum()
        open_fates = [f for f in Fate if f >= FIRST_OPEN_FATE]
        return {
            "seed": [model.seed],
            "case_digest": [model.case.digest()],
            "days": np.array([model.day], np.int32),
            "supply_g": [int(mass[cohort].sum())],
            "not_offered_g": sum_g(Fate.NOT_OFFERED),
            "diverted_g": sum_g(Fate.DIVERTED),
            "dispatched_g": [int(mass[cohort & (consignment >= 0)].sum())],
            "seized_departure_g": sum_g(Fate.SEIZED_DEPARTURE),
            "seized_entry_g": sum_g(*SEIZED_AT_ENTRY),
            "seized_eu_ports_g": sum_g(*SEIZED_AT_ENTRY, where=at_eu_port),
            "abandoned_g": sum_g(Fate.ABANDONED),
            "seized_hub_g": sum_g(Fate.SEIZED_HUB),
            "landed_g": sum_g(*LANDED),
            "seized_inland_g": sum_g(Fate.SEIZED_INLAND),
            "open_g": sum_g(*open_fates),
            "trade_delay_days": [float(delay_min) / DAY_MIN],
            "trade_cost_eur": [trade_cost_eur(self, window)],
            "price_eur_per_kg": [float(np.mean(np.array(model.monthly.price)[window]))],
            "days_at_price_bound": np.array([self._days_at_price_bound()], np.int32),
        }, {}

    def _days_at_price_bound(self) -> int:
        model = self.model
        return sum(model.start_day <= day < model.window_end_day for day in model.market.days_at_bound)

    def _window_months(self) -> Ints:
        model = self.model
        month = np.array(model.monthly.month)
        first = int(self.month_of_day[model.start_day])
        last = int(self.month_of_day[model.window_end_day - 1])
        return np.flatnonzero((month >= first) & (month <= last))

    def _lots(self) -> tuple[Columns, dict[str, tuple[str, ...]]]:
        lots = self.lots[self.lots["arrival_day"] < self.model.day]
        return {
            "lot": lots["id"],
            "arrival_day": lots["arrival_day"].astype(np.int32),
            "mass_g": lots["mass_g"],
            "reservation_eur_per_kg": lots["reservation_eur_per_kg"],
            "home": lots["home"],
            "is_in_cohort": self.is_in_cohort[: lots.size],
        }, {"home": self.model.world.home.name}

    def _parcels(self) -> tuple[Columns, dict[str, tuple[str, ...]]]:
        lot, consignment, mass, fate = self.parcels
        has_come = self.lots["arrival_day"][lot] < self.model.day
        lot, consignment, mass, fate = (column[has_come] for column in (lot, consignment, mass, fate))
        known = np.full(lot.size, -1, np.int64)
        known[consignment >= 0] = self._consignment_id(consignment[consignment >= 0])
        return {"lot": self.lots["id"][lot], "consignment": known, "mass_g": mass, "fate": fate}, {"fate": _FATES}

    def _consignments(self) -> tuple[Columns, dict[str, tuple[str, ...]]]:
        c, world = self.consignments, self.model.world
        return {
            "consignment": self._consignment_id(np.arange(c.size)),
            "organisation": c["organisation"].astype(np.int32),
            "departure": c["departure"],
            "place": c["place"],
            "port_range": self.range_index()[c["place"]],
            "method": c["method"],
            "mass_g": c["mass_g"],
            "dispatch_day": c["dispatch_day"].astype(np.int32),
            "discharge_min": c["discharge_min"],
            "closed_min": c["closed_min"],
            "fate": c["fate"],
            "trigger": c["trigger"],
            "step": c["step"],
            "record_place": self.record_place,
            "inland_min": c["inland_min"],
        }, {
            "departure": world.departure.code, "place": world.place_code, "port_range": self.ranges,
            "record_place": world.place_code, "method": _METHODS, "fate": _FATES, "trigger": _TRIGGERS, "step": _STEPS,
        }  # fmt: skip

    def range_index(self) -> Ints:
        """Return the index of the port range of each place."""
        return np.array([self.ranges.index(name) for name in self.place_range], np.int64)

    def monthly_sums(self, key: Ints, keys: int, day: Ints, chosen: Bools, mass: Ints | None) -> Ints:
        """Return sums of mass (or counts) by month and key, shape (months, keys)."""
        months = np.array(self.model.monthly.month)
        chosen = chosen & (day >= 0) & (day < self.model.day)
        month = np.searchsorted(months, self.month_of_day[day[chosen]])
        sums = np.zeros((months.size + 1, keys), np.int64)
        np.add.at(sums, (month, key[chosen]), 1 if mass is None else mass[chosen])
        return sums[: months.size]

    def _port_month(self) -> tuple[Columns, dict[str, tuple[str, ...]]]:
        c, places = self.consignments, len(self.place_range)
        everything = np.ones(c.size, np.bool_)
        closed = np.where(c["closed_min"] >= 0, c["closed_min"] // 1440, -1)
        is_seized, is_landed = np.isin(c["fate"], SEIZED_AT_ENTRY), np.isin(c["fate"], LANDED)
        sums = {
            "dispatched_g": self.monthly_sums(c["place"], places, c["dispatch_day"], everything, c["mass_g"]),
            "dispatched_consignments": self.monthly_sums(c["place"], places, c["dispatch_day"], everything, None),
            "seized_g": self.monthly_sums(self.record_place, places, closed, is_seized, c["mass_g"]),
            "finds": self.monthly_sums(self.record_place, places, closed, is_seized, None),
            "landed_g": self.monthly_sums(c["place"], places, closed, is_landed, c["mass_g"]),
        }
        return self.by_place(places) | {name: table.ravel() for name, table in sums.items()}, {
            "place": self.model.world.place_code, "port_range": self.ranges,
        }  # fmt: skip

    def by_place(self, places: int) -> Columns:
        """Return the columns month, place and port range of a table with a row for each month and place."""
        months = np.array(self.model.monthly.month, np.int32)
        place = np.tile(np.arange(places), months.size)
        return {"month": np.repeat(months, places), "place": place, "port_range": self.range_index()[place]}

    def _line_month(self) -> tuple[Columns, dict[str, tuple[str, ...]]]:
        ports = len(self.model.world.entry.code)
        controls = np.array(self.model.monthly.controls).reshape(-1, 4)
        return self.by_place(ports) | {
            "scans_per_year": np.array(self.model.monthly.scans_per_year).ravel(),
            "drug_tasked_boxes": controls[:, 0],
            "controlled_boxes": controls[:, 1],
            "searched_boxes": controls[:, 2],
            "delay_min": controls[:, 3],
        }, {"place": self.model.world.place_code, "port_range": self.ranges}

    def _organisation_month(self) -> tuple[Columns, dict[str, tuple[str, ...]]]:
        c, count = self.consignments, len(self.model.traffickers.organisations)
        closed = np.where(c["closed_min"] >= 0, c["closed_min"] // 1440, -1)
        everything = np.ones(c.size, np.bool_)
        is_lost = np.isin(c["fate"], (Fate.SEIZED_DEPARTURE, *SEIZED_AT_ENTRY))
        dispatched = self.monthly_sums(c["organisation"], count, c["dispatch_day"], everything, c["mass_g"])
        landed = self.monthly_sums(c["organisation"], count, closed, np.isin(c["fate"], LANDED), c["mass_g"])
        seized = self.monthly_sums(c["organisation"], count, closed, is_lost, c["mass_g"])
        month, organisation = np.nonzero(dispatched + landed + seized)
        return {
            "month": np.array(self.model.monthly.month, np.int32)[month],
            "organisation": organisation.astype(np.int32),
            "dispatched_g": dispatched[month, organisation],
            "landed_g": landed[month, organisation],
            "seized_g": seized[month, organisation],
        }, {}

    def _market_month(self) -> tuple[Columns, dict[str, tuple[str, ...]]]:
        monthly = self.model.monthly
        sinks = np.array(monthly.sinks, np.int64).reshape(-1, 5)
        return {
            "month": np.array(monthly.month, np.int32),
            "price_eur_per_kg": np.array(monthly.price),
            "landed_g": sinks[:, 0],
            "consumed_g": sinks[:, 1],
            "reexported_g": sinks[:, 2],
            "seized_inland_g": sinks[:, 3],
            "stock_g": sinks[:, 4],
        }, {}
