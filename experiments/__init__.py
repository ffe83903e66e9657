"""What we do with runs: run, compare, store, show; the command line."""
