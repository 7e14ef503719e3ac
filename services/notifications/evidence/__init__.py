"""A file that proves an alert and its event to whoever has the ledger's key, and asks nobody."""
