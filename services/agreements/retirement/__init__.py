"""Giving inventions up."""
