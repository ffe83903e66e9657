"""Sweeps: many points of a design, each run with the same replications, in one folder that can be resumed."""
