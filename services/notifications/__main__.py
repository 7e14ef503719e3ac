"""Run the notifications service: `python -m services.notifications`."""

import sys

from services.notifications.app import create
from shared.web.serve import run

if __name__ == "__main__":
    sys.exit(run(create, "notifications"))
