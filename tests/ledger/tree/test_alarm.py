"""The text by which the ledger's key says what stopped it."""

from services.ledger.errors import LedgerHalted
from services.ledger.tree.alarm import alarm_text


def test_everything_that_is_told_of_a_halt_is_signed():
    """On one line below a heading of its own: the origin, the position, the kind, what was expected and what came."""
    halted = LedgerHalted(17, kind="StreamInterrupted", expected='version "2"\n', got="version 3")

    assert (
        "moiety ledger alarm v1\n"
        '["ledger.example/moiety",17,"StreamInterrupted","version \\"2\\"\N{REPLACEMENT CHARACTER}","version 3"]\n'
    ) == alarm_text("ledger.example/moiety", halted)
