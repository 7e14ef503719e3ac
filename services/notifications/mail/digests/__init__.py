"""Digests: what may wait and does, gathered for each reader in one letter."""
