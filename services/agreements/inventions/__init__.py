"""Inventions: disclosed, described by elements, determined."""
