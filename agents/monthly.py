"""States noted at the end of each month; what can be counted from consignments later is not noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.streams import Floats, Ints

if TYPE_CHECKING:
    from agents.model import WaterbedModel


class Monthly:
    """Control totals, capacity, insiders, price and sinks at the end of each month."""

    def __init__(self, model: WaterbedModel) -> None:
        """Note nothing yet."""
        self._model = model
        self.month: list[int] = []
        self.controls: list[Ints] = []
        """By month, shape (ports, 4): drug-tasked, all, searched clean boxes, minutes of delay."""
        self.trade: list[Ints] = []
        """By month, shape (ports, goods, 4): clean boxes, searched ones, minutes of delay, days of demurrage."""
        self.scans_per_year: list[Floats] = []
        self.price: list[float] = []
        self.sinks: list[tuple[int, int, int, int, int]] = []
        """By month: landed, consumed, re-exported, seized inland, stock (g, since the start)."""
        self.insiders: list[Floats] = []
        """By month, shape (ports, 8): approaches, reports, enquiries, arrests; stock, price, coverage, jobs a year."""
        self.security_level_days: list[Floats] = []
        """By month, days times the level of terminal security by port."""
        self._security_before: Floats = np.zeros_like(model.physical.security_level_days)
        self._insiders_before = np.zeros_like(model.physical.insiders.counts)
        self._before = np.zeros_like(model.physical.control_totals)
        self._trade_before = np.zeros_like(model.physical.trade_totals)

    def note(self) -> None:
        """Note the month that ends today."""
        model = self._model
        date = model.clock.date(model.day)
        self.month.append(date.year * 100 + date.month)
        totals = model.physical.control_totals.copy()
        self.controls.append(totals - self._before)
        self._before = totals
        trade = model.physical.trade_totals.copy()
        self.trade.append(trade - self._trade_before)
        self._trade_before = trade
        self.scans_per_year.append(model.physical.scans_per_year.copy())
        self.price.append(model.market.price)
        s = model.market.sinks
        self.sinks.append((s.landed_g(), s.consumed_g, s.reexported_g, s.seized_inland_g, s.stock_g))
        self._note_insiders()
        level_days = model.physical.security_level_days.copy()
        self.security_level_days.append(level_days - self._security_before)
        self._security_before = level_days

    def _note_insiders(self) -> None:
        insiders = self._model.physical.insiders
        counts = insiders.counts.copy()
        state = (insiders.stock, insiders.price_eur, insiders.coverage, insiders.jobs_per_year)
        self.insiders.append(np.column_stack([counts - self._insiders_before, *state]))
        self._insiders_before = counts
