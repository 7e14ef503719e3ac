"""`moiety serve`: one service in this process."""

import runpy
import sys
from typing import Final

import rich_click as click

PROCESSES: Final = {
    "agreements": "services.agreements",
    "relay": "services.agreements.relay",
    "ledger": "services.ledger",
    "notifications": "services.notifications",
}


@click.command()
@click.argument("service", type=click.Choice(list(PROCESSES)))
def serve(service: str) -> None:
    """Run one service until it is told to stop; its settings are MOIETY_... in the environment."""
    from shared.embedded.child import follow_launcher

    follow_launcher()
    # The same as `python -m`, which deployments without this program use.
    sys.argv = [PROCESSES[service]]
    runpy.run_module(PROCESSES[service], run_name="__main__", alter_sys=True)
