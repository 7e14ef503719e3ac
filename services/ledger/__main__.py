"""The ledger as a process: `python -m services.ledger`."""

import sys

from services.ledger.app import create
from shared.web.serve import run

if __name__ == "__main__":
    sys.exit(run(create, "ledger"))
