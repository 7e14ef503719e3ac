"""What holdings must satisfy is found out by itself, and not by asking the rules that made them."""

import io
from datetime import date, timedelta

import pytest

from services.ledger.check.balance import Grounds, HoldingRow, check_balance
from services.ledger.check.replay import Replay
from services.ledger.check.verify import verify
from services.ledger.errors import TamperDetected
from services.ledger.rules.holdings import Holdings
from tests.ledger.story import VISITED, sample
from tests.ledger.taken_apart import SIGNER, Bundle
from tests.told import refuses

DAY = timedelta(days=1)


def kept(messages):
    """Return the rows that the rules make of messages, and what the messages say that rows must agree with."""
    replay, grounds = Replay(), Grounds()
    for message in messages:
        envelope = replay.enter(message.body)
        grounds.read(*replay.moment, envelope.data)
    return [HoldingRow._make(known.record()) for known in replay.holdings.every()], grounds


STORY = sample()
ROWS, GROUNDS = kept(STORY.messages)
# Two transfers ago somebody held this, from a first day up to another, and it is not known any more.
PAST = next(
    row for row in ROWS if row.asset == VISITED and row.effective_to and row.known_to and len(row.caused_by) > 1
)
NOW = next(row for row in ROWS if row[:2] == (VISITED, "HUT") and (row.effective_to, row.known_to) == (None, None))
OTHER = "INV-5G-1"


def found(rows, grounds=GROUNDS):
    with pytest.raises(TamperDetected) as detected:
        check_balance(rows, grounds)
    assert detected.value.at == "holding"
    return str(detected.value)


def changed(row, **fields):
    return [row._replace(**fields) if each is row else each for each in ROWS]


def test_what_the_rules_make_of_the_sample_is_whole():
    """Determinations, a deed, transfers and a rescission leave nothing open."""
    assert len({row.asset for row in ROWS}) == 2
    check_balance(ROWS, GROUNDS)


@pytest.mark.parametrize(
    ("row", "fields", "finding"),
    [
        (NOW, {"share": "0/1"}, "a share above 0/1"),
        (NOW, {"share": "2/6"}, "a share"),
        (NOW, {"share": "1/7"}, "sum to 1/1, got"),
        (NOW, {"holder": "ATRC"}, "each holder of"),
        (NOW, {"effective_from": NOW.effective_from - DAY}, "a period of"),
        (NOW, {"effective_from": NOW.effective_from + DAY}, "sum to 1/1, got"),
        (NOW, {"effective_to": NOW.effective_from}, "after its first day"),
        (NOW, {"effective_to": date(2030, 1, 1)}, "one end and the same causes"),
        (PAST, {"effective_to": None}, "one end and the same causes"),
        (PAST, {"known_to": None, "recorded_to": None}, "one end and the same causes"),
        (PAST, {"known_to": PAST.known_from}, "an end of what is known"),
        (PAST, {"known_to": PAST.known_to + 1}, "between entries about it"),
        (PAST, {"known_from": PAST.caused_by[-1] - 1}, "each once and none after"),
        (PAST, {"recorded_to": None}, "the time of position"),
        (PAST, {"recorded_to": PAST.recorded_from}, "the time of position"),
        (PAST, {"recorded_from": PAST.recorded_from + DAY}, "the time of position"),
        (NOW, {"known_to": None, "recorded_to": NOW.recorded_from}, "the time of position"),
        (NOW, {"caused_by": ()}, "each once and none after"),
        (NOW, {"caused_by": NOW.caused_by + NOW.caused_by[:1]}, "each once and none after"),
        (NOW, {"caused_by": (len(STORY.messages) + 1,)}, "each once and none after"),
        (NOW, {"caused_by": (1,)}, "that decided about it"),
        (NOW, {"caused_by": (GROUNDS.disclosed[OTHER].position,)}, "that decided about it"),
        (NOW, {"caused_by": NOW.caused_by[:1]}, "one end and the same causes"),
        (NOW, {"asset": OTHER}, "that decided about it"),
        (NOW, {"asset": "INV-NONE"}, "never disclosed"),
    ],
)
def test_each_rule_names_what_breaks_it(row, fields, finding):
    """A row that is not as it must be is found by the rule that it breaks."""
    assert finding in found(changed(row, **fields))


def test_a_cause_that_gives_no_shares_is_none():
    """A rescission takes a transfer away; nothing is held because of it."""
    rescinded = next(position for position, each in GROUNDS.decided.items() if not each.gives)
    last = max(row.known_from for row in ROWS if row.asset == VISITED)
    assert rescinded == last
    row = next(row for row in ROWS if row.known_from == last)

    assert "that decided about it" in found(changed(row, caused_by=(*row.caused_by, rescinded)))


def test_no_row_can_be_missing_or_twice():
    """Leave out any row, or have it twice under another holder: some day, as known at some position, is no whole."""
    for row in ROWS:
        found([each for each in ROWS if each is not row])
        found([*ROWS, row])
        found([*ROWS, row._replace(holder="EGU")])


def test_no_boundary_can_be_moved():
    """Move the first or the last day of all who hold something together: a day is missing, or is there twice."""
    for row in ROWS:
        together = [each for each in ROWS if each[:1] + each[3:] == row[:1] + row[3:]]
        others = [each for each in ROWS if each not in together]
        found([*others, *(each._replace(effective_from=each.effective_from + DAY) for each in together)])
        found([*others, *(each._replace(effective_from=each.effective_from - DAY) for each in together)])
        ends = row.effective_to + DAY if row.effective_to else date(2030, 1, 1)
        found([*others, *(each._replace(effective_to=ends) for each in together)])


def test_an_asset_without_holdings_is_found():
    """From its disclosure on somebody holds it, if nobody in particular."""
    assert f"holdings of {VISITED}" in found([row for row in ROWS if row.asset != VISITED])
    assert f"holdings of {VISITED}" in found([row for row in ROWS if row.asset != VISITED or row.known_to is None])


class Careless(Holdings):
    """Books that forget a holder."""

    def every(self):
        return [known for known in super().every() if known.row.holder != "HUT"]


def test_verify_finds_what_the_rules_themselves_get_wrong():
    """Whoever verifies runs the same rules, so a mistake in them would be found by nothing else."""
    replay = Replay()
    replay.holdings = Careless()

    with refuses(TamperDetected, match="sum to 1/1"):
        verify(io.BytesIO(bytes(Bundle([each.body for each in STORY.messages]))), SIGNER.verifier, replay=replay)
