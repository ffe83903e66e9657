"""What a sweep says: which factors matter, how much is luck, where cases of interest lie, and regret."""
