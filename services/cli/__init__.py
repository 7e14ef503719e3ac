"""The program `moiety`: runs, inspects and verifies."""
