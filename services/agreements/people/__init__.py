"""People: their personal data, which only their home party reads and which can be erased."""
