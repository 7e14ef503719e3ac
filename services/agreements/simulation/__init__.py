"""Simulation: what the rules would answer, without recording anything."""
