"""waterbed report: one page that people look at, made from a results folder."""
