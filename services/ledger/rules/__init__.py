"""Who owns what, by the ledger's own reading of what was recorded: data and functions alone."""
