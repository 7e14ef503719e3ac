"""What tells whether the ledger is what it was said to be; nothing here writes."""
