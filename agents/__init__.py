"""Who decides: trafficking organisations, customs, the Alliance; the model and its plan of the day."""
