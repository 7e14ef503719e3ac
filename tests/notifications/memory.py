"""Write `tests/notifications/remembered.json` anew: `python -m tests.notifications.memory`.

It holds what is remembered of every golden event. Whoever changes that changes what a new release takes the rows of an
old one for: with it belongs a migration that empties the table and has everything learned again, as 0003 says.
"""

from pathlib import Path

import msgspec

from shared.log.envelope import decode
from tests.notifications.controls import told

REMEMBERED = Path(__file__).parent / "remembered.json"
_GOLDEN = Path(__file__).parents[1] / "events" / "golden"


def remembered() -> str:
    """Return what the file must read."""
    # All at one position, so that a new event leaves what is remembered of the others as it is.
    _, states = told([(1, decode(path.read_bytes())) for path in sorted(_GOLDEN.glob("*.json"))])
    return msgspec.json.format(msgspec.json.encode(states, order="sorted"), indent=2).decode() + "\n"


if __name__ == "__main__":
    REMEMBERED.write_text(remembered(), encoding="utf-8")
