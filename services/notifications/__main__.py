"""Run the notifications service: `python -m services.notifications`."""

import sys

from services.notifications.app import create
from shared.errors import StartupError
from shared.settings import load
from shared.web.serve import serve


def main() -> int:
    """Serve until stopped; a service that cannot start says why in one line."""
    try:
        settings = load("notifications")
    except StartupError as error:
        sys.stderr.write(f"notifications cannot start: {error}\n")
        return 1
    return serve(create, settings, service="notifications")


if __name__ == "__main__":
    sys.exit(main())
