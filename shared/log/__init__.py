"""The log: events, how they are written down, and the one way a command becomes facts."""
