"""What concerns each party, in order and without a gap: the feed that its systems follow."""
