"""HTTP as every service speaks it: problems, callers, preconditions, pages, health and metrics."""
