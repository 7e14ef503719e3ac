"""Participants: people in projects, and the instruments that say whose their inventions are."""
