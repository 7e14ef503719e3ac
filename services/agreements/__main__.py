"""Run the agreements service: `python -m services.agreements`."""

import sys

from services.agreements.app import create
from shared.web.serve import run

if __name__ == "__main__":
    sys.exit(run(create, "agreements"))
