"""Projects: the frames in which foreground arises."""
