"""Run what fills the streams of the parties: `python -m services.notifications.streams`."""

import sys

from services.notifications.streams.app import create
from shared.web.serve import run

if __name__ == "__main__":
    sys.exit(run(create, "feeds"))
