"""What the ledger answers, a room for each subject; each question is one query, whose authorisation is part of it."""
