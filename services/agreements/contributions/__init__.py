"""Contributions: what people did, attested by every party of the project."""
