"""What is told is checked against its entries first, and whatever the rules themselves made passes that check."""

from datetime import timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from services.ledger.check.balance import Grounds, HoldingRow, check_balance
from services.ledger.check.replay import Replay
from services.ledger.errors import LedgerInconsistencyDetected
from services.ledger.read.periods import StoredCause, StoredHolding, periods_of
from shared.log.chain import leaf_hash
from shared.ratio import format_shares
from tests.ledger.story import CONCEIVED, Story

ASSET = "INV-5G-1"
HOLDERS = ("HUT", "ATRC", "EGU")
DAYS = st.integers(0, 2).map(lambda days: CONCEIVED + timedelta(days=days))
VECTORS = (
    st.lists(st.integers(0, 4), min_size=3, max_size=3)
    .filter(any)
    .map(lambda parts: {who: Fraction(part, sum(parts)) for who, part in zip(HOLDERS, parts, strict=True) if part})
)
DETERMINED = st.tuples(st.just("determine"), VECTORS, st.none() | DAYS)
TRANSFERRED = st.tuples(
    st.just("transfer"), st.permutations(HOLDERS), DAYS, st.sampled_from(["of_holding", "of_whole"]), st.integers(1, 4)
)
RESCINDED = st.tuples(st.just("rescind"), st.integers(0, 7))


def happens(story, step, number):
    """Tell one step; shares are laid down by a court, so that they may be any."""
    match step:
        case ("determine", shares, counts_from):
            dispute = story.dispute({"HUT": "1/1"}, adopted=None)
            outcome = format_shares(shares)
            story.lay_down(dispute, outcome, "COURT")
            prospective = {"mode": "PROSPECTIVE", "effective_on": counts_from} if counts_from else {}
            story.adopt_outcome(dispute, outcome, **prospective)
        case ("transfer", (source, to, _), day, kind, part):
            story.transfer(source, to, day.isoformat(), f"XFR-{number}", **{kind: f"1/{part}"})
        case ("rescind", which) if (name := f"XFR-{which}") in story.transfers:
            story.rescind(name, story.transfers[name].effective_on.isoformat())
            del story.transfers[name]


def stored(row: HoldingRow) -> StoredHolding:
    return StoredHolding(row.holder, row.share, row.effective_from, row.effective_to, row.caused_by)


class Books:
    """A ledger in memory: what the rules make of a story, and what is stored of it."""

    def __init__(self) -> None:
        self.replay, self.grounds = Replay(), Grounds()
        self.causes: dict[int, StoredCause] = {}

    def follow(self, story):
        for message in story.messages[self.replay.moment.position :]:
            envelope = self.replay.enter(message.body)
            self.grounds.read(*self.replay.moment, envelope.data)
            derived = self.replay.derivations.get(message.position)
            reasons = derived[1].texts()[0] if derived else None
            self.causes[message.position] = StoredCause(message.body, leaf_hash(message.body), reasons)

    def told(self, rows, position):
        """Return the holders of each period as known at a position, as they are told to whoever asks."""
        known = [row for row in rows if row.known_from <= position < (row.known_to or position + 1)]
        ordered = sorted(known, key=lambda row: (row.effective_from, row.holder))
        return [(each.start, each.holders) for each in periods_of(ASSET, [stored(row) for row in ordered], self.causes)]


@settings(max_examples=60)
@given(st.lists(DETERMINED | TRANSFERRED | TRANSFERRED | RESCINDED, max_size=8))
def test_nothing_honest_is_taken_for_damaged(steps):
    """Whatever happens on few days, as known at every position it adds up and is what its entries decided."""
    story, books = Story(), Books()
    story.agree()
    story.disclose(E1="1/1")
    for number, step in enumerate(steps):
        happens(story, step, number)
        try:
            books.follow(story)
        except LedgerInconsistencyDetected as conflict:
            if "lacks" in str(conflict):
                return  # a transfer out of reach, which no service would record
            raise

    holdings = books.replay.holdings
    rows = [HoldingRow._make(known.record()) for known in holdings.every()]
    check_balance(rows, books.grounds)
    for position in sorted({row.known_from for row in rows}):
        timeline = [(each.start, format_shares(each.shares)) for each in holdings.timeline_at(ASSET, position)]
        assert timeline == books.told(rows, position)
