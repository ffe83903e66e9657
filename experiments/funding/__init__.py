"""Sizing equipment funding: which portfolio a budget buys, what it keeps off the market, and by which rule."""
