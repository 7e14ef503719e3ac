"""Webhooks: a party's feed sent to the addresses that it names, signed, and again until it is taken."""
