"""Levers: one small class each, with a scope and the state variables it may write."""
