"""Proves: enters every published event in a Merkle tree and derives who owns what, when."""
