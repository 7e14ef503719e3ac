"""Run the agreements service: `python -m services.agreements`."""

import sys

from services.agreements.app import create
from shared.errors import StartupError
from shared.settings import load
from shared.web.serve import serve


def main() -> int:
    """Serve until stopped; a service that cannot start says why in one line."""
    try:
        settings = load("agreements")
    except StartupError as error:
        sys.stderr.write(f"agreements cannot start: {error}\n")
        return 1
    return serve(create, settings, service="agreements")


if __name__ == "__main__":
    sys.exit(main())
