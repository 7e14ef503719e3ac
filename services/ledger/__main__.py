"""The ledger as a process: `python -m services.ledger`."""

import sys

from services.ledger.app import create
from shared.errors import StartupError
from shared.settings import load
from shared.web.serve import serve


def main() -> int:
    """Serve until told to stop and return the exit code."""
    try:
        settings = load("ledger")
    except StartupError as error:
        sys.stderr.write(f"ledger cannot start: {error}\n")
        return 1
    return serve(create, settings, service="ledger")


if __name__ == "__main__":
    sys.exit(main())
