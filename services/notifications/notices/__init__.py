"""Proof of notice: what is in inboxes, and what was taken note of there, is said to agreements, which records it."""
