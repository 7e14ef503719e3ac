"""Opportunities: what parties could do jointly, before it is a project or nothing."""
