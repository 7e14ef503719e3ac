"""Decides: parties, agreements, contributions and licences, appended to the log."""
