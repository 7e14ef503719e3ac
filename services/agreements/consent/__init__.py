"""Consent (R16): what holders have a say in, whatever the act: who is asked, what is missing, how long it waits."""
