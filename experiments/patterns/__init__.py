"""The patterns of the published record, and whether the model and its twin without reactions show them."""
