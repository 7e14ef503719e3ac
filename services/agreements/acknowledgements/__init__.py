"""What parties' systems answer to events about ownership: that they have it as it stands, or otherwise."""
