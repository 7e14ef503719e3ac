"""Run the gate: `python -m services.notifications.gate`. It lets partners in to NATS by their access tokens."""

import sys

from services.notifications.gate.app import create
from shared.errors import StartupError
from shared.settings import load
from shared.web.serve import serve


def main() -> int:
    """Let partners in until stopped; a gate that cannot start says why in one line."""
    try:
        settings = load("gate")
    except StartupError as error:
        sys.stderr.write(f"gate cannot start: {error}\n")
        return 1
    return serve(create, settings, service="gate")


if __name__ == "__main__":
    sys.exit(main())
