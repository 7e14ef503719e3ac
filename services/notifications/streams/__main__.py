"""Run what fills the streams of the parties: `python -m services.notifications.streams`."""

import sys

from services.notifications.streams.app import create
from shared.errors import StartupError
from shared.settings import load
from shared.web.serve import serve


def main() -> int:
    """Fill them until stopped; a process that cannot start says why in one line."""
    try:
        settings = load("feeds")
    except StartupError as error:
        sys.stderr.write(f"feeds cannot start: {error}\n")
        return 1
    return serve(create, settings, service="feeds")


if __name__ == "__main__":
    sys.exit(main())
