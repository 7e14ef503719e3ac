"""Parties: the organisations an operator has entered."""
