"""A partner's program on a stack of its own, in a directory that is gone afterwards."""

import signal
import sys
from collections.abc import Iterator, Sequence

from services.cli.partner.program import Program
from services.cli.partner.staging import PARTY, Staging
from services.cli.partner.trials import Pushed, Trial, Verdict
from shared.testing import Stack, temporary_home

# A webhook that was away is tried again within the patience of whoever watches.
_SETTINGS = {"MOIETY_WEBHOOK_RETRIES_SECONDS": " ".join(["1"] * 5 + ["5"] * 15)}


def tried(command: Sequence[str], *, webhook: Pushed | None, bus: bool, patience_seconds: float) -> Iterator[Verdict]:
    """Yield what came of each promise."""
    # So that being told to stop also stops the stack and removes its directory.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    with temporary_home() as home, Stack(home, log_level="WARNING", settings=_SETTINGS) as stack:
        program = Program(home, PARTY, command, home.directory / "program", bus=bus)
        try:
            yield from Trial(Staging(stack, program), program, patience_seconds=patience_seconds, webhook=webhook).run()
        finally:
            program.stop()
