"""What is asked: reference data, typed parameters, a case, and the world it describes."""
