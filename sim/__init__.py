"""What physically happens: clock, shipping, terminals, control lines, market; addressed randomness; recording."""
