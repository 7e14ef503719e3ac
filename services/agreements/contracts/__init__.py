"""Contracts: agreements and their terms, from draft to active."""
