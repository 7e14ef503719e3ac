"""Alerts of what the ledger noticed: read from its feed of alarms, and each given once."""
