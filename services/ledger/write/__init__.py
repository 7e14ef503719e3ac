"""The one way into the ledger: following what is published, entering it, signing it."""
