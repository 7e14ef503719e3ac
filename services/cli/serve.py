"""`moiety serve`: one service in this process."""

import os
import runpy
import sys
from pathlib import Path
from typing import Final

import rich_click as click

PROCESSES: Final = {
    "agreements": "services.agreements",
    "relay": "services.agreements.relay",
    "ledger": "services.ledger",
    "notifications": "services.notifications",
    "feeds": "services.notifications.streams",
    "gate": "services.notifications.gate",
}


@click.command()
@click.argument("service", type=click.Choice(list(PROCESSES)))
def serve(service: str) -> None:
    """Run one service until it is told to stop; its settings are MOIETY_... in the environment."""
    from shared.embedded.child import LAUNCHER, follow_launcher
    from shared.embedded.departure import use_servers

    follow_launcher()
    if os.environ.get(LAUNCHER):  # under `moiety run`, whose servers wait for us when everything stops
        use_servers(Path(os.environ["MOIETY_HOME"]))
    # The same as `python -m`, which deployments without this program use.
    sys.argv = [PROCESSES[service]]
    runpy.run_module(PROCESSES[service], run_name="__main__", alter_sys=True)
