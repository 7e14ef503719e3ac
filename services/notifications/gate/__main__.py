"""Run the gate: `python -m services.notifications.gate`. It lets partners in to NATS by their access tokens."""

import sys

from services.notifications.gate.app import create
from shared.web.serve import run

if __name__ == "__main__":
    sys.exit(run(create, "gate"))
