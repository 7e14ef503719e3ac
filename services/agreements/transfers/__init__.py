"""Transfers: shares that pass from one holder to another, as the terms allow."""
