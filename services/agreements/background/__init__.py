"""Background: what parties bring in, whether the others agree that it is theirs, and who may use it."""
