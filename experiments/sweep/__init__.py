"""Sweeps: many runs over a design of points, in one folder that can be resumed."""
