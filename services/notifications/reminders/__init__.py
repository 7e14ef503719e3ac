"""Reminders of what happens by itself: read from agreements' list of deadlines, and each given once."""
