"""What experience has made each place and method worth, for the rule ``ewa`` (experience-weighted attraction)."""

from __future__ import annotations

import numpy as np

from agents.choice import ewa_step
from scenarios.parameters import ChoiceParameters
from sim.streams import Floats, Ints


class Attractions:
    """Expected proceeds by (place, method) as organisations have learnt them, EUR/kg.

    Experience decays as attractions do (rho = phi), so that what is always chosen is worth the average of what it
    brought; what never is tends to delta times what news say it would have brought. That habit is the rule's, and it
    turns with what is chosen and with the news: nothing is irreversible.
    """

    def __init__(self, parameters: ChoiceParameters, start: Floats, organisations: int) -> None:
        """Start with ``start``, shape (places, methods), and one unit of experience."""
        self._parameters = parameters
        self.proceeds = np.tile(start, (organisations, 1, 1))
        self._experience = np.ones(organisations)

    def learn(self, organisation: Ints, place: Ints, method: Ints, received: Floats, foregone: Floats) -> None:
        """Take in outcomes one after the other: proceeds received, and what news say the others would have brought.

        Args:
            organisation, place, method, received: of each consignment that closed (EUR/kg, 0 if it was lost).
            foregone: proceeds to expect by the news as its organisation reads them, shape (outcomes, places, methods).
        """
        p, methods = self._parameters, foregone.shape[2]
        for i, (o, cell, pays) in enumerate(
            zip(organisation.tolist(), (place * methods + method).tolist(), received, strict=True)
        ):
            payoff = foregone[i].reshape(1, -1).copy()
            payoff[0, cell] = pays
            before = self.proceeds[o].reshape(1, -1)
            after, experience = ewa_step(
                before, self._experience[o : o + 1], payoff, np.array([cell]), p.ewa_phi, p.ewa_delta, p.ewa_phi
            )
            self.proceeds[o] = after.reshape(foregone.shape[1:])
            self._experience[o] = experience[0]
