"""Ownership: the account of an asset, and what follows from it."""
