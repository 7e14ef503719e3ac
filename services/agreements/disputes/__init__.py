"""Disputes: claims of other shares, and how they end."""
