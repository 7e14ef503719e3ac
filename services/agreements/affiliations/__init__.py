"""Affiliations: which organisation is under which other's control, and when."""
