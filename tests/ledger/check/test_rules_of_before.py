"""What was recorded before postings said by whose word goes on verifying, and it is told what could not be checked."""

from datetime import date

from services.ledger.check.offline import ownership_in_words
from services.ledger.check.replay import Replay
from services.ledger.errors import LedgerInconsistencyDetected
from shared.events.terms import ConsentRule
from shared.events.transfer import Amount
from shared.known import AsKnown
from tests.ledger.false_words import determined_of, executed, given_up, later, proposed_to_be_given_up, to_pass
from tests.ledger.story import EVERYBODY, FREE, HASH, Story
from tests.ledger.taken_apart import Bundle, check
from tests.told import refuses

NOTICE = ConsentRule(rule="NOTICE", days=5)


def verified(story: Story) -> Replay:
    replay: Replay = check(Bundle([message.body for message in story.messages]))
    return replay


def test_what_all_consented_to_needs_no_remark():
    """Also where the posting does not say so."""
    assert [] == verified(executed(to_pass("ATRC"), conveyance=None)).remarks
    assert [] == verified(executed(to_pass("ATRC"))).remarks


def sold_out(**said: object) -> Story:
    """Let ATRC sell all it has from a day on, and HUT pass something on from then, with the buyer's consent alone."""
    story = determined_of(assign=EVERYBODY)
    story.propose_transfer("ATRC", "EGU", "2025-01-01", "SALE", Amount(of_holding="1/1"), rule=EVERYBODY)
    story.consent("SALE", "HUT")
    story.execute("SALE")
    story.propose_transfer("HUT", "EGU", "2025-02-01", rule=EVERYBODY)
    story.consent("XFR", "EGU")
    return executed(story, **said)


def test_by_the_rules_of_before_tomorrows_holders_were_asked():
    """It is told, by its position; what is recorded by this release goes by today's."""
    story = sold_out(conveyance=None)

    assert [
        (story.position, "XFR was executed by the rules of before: by the shares of its own day, not of that day")
    ] == (verified(story).remarks)
    with refuses(LedgerInconsistencyDetected, match="consents of ATRC"):
        verified(sold_out())


def test_by_the_rules_of_before_a_day_far_ahead_ended_a_notice():
    """The notice had to be over on the transfer's day alone."""
    soon = determined_of(assign=NOTICE)
    soon.propose_transfer("HUT", "EGU", "2024-07-20", rule=NOTICE)
    soon.execute("XFR", conveyance=None)
    with refuses(LedgerInconsistencyDetected, match="consents of ATRC"):
        verified(soon)
    ahead = determined_of(assign=NOTICE)
    ahead.propose_transfer("HUT", "EGU", "2025-01-01", rule=NOTICE)
    ahead.execute("XFR", conveyance=None)
    assert [ahead.position] == [position for position, _ in verified(ahead).remarks]


def test_no_rule_of_before_was_another_than_the_terms():
    """Whatever a posting says or does not say."""
    with refuses(LedgerInconsistencyDetected, match="UNANIMOUS"):
        verified(executed(to_pass(rule=FREE, terms=EVERYBODY), conveyance=None))


def test_by_the_rules_of_before_todays_holders_gave_up_what_others_were_to_hold():
    """It is told who was not asked."""
    story = determined_of(assign=EVERYBODY)
    story.propose_transfer("ATRC", "EGU", "2025-01-01", rule=EVERYBODY)
    story.consent("XFR", "HUT")
    story.execute("XFR")
    story.propose_retirement("ATRC")
    given_up(story, "ATRC")

    [(position, remark)] = verified(story).remarks
    assert story.position == position
    assert "consents of EGU from 2025-01-01" in remark


def test_a_notice_to_give_up_runs_out():
    """Nobody has to say anything where the terms ask for a notice."""
    told = proposed_to_be_given_up(rule=NOTICE, terms={"abandon": NOTICE})

    assert [] == verified(given_up(later(told, 5))).remarks
    with refuses(LedgerInconsistencyDetected, match="consents of ATRC"):
        verified(given_up(proposed_to_be_given_up(rule=NOTICE, terms={"abandon": NOTICE})))


def test_the_reason_for_what_passed_names_proposal_instrument_and_consents():
    """Of what was recorded before, too: it is read from the transfer's own entries."""
    story = executed(to_pass("ATRC"), conveyance=None)
    lines = ownership_in_words(verified(story), "INV-5G-1", date(2025, 1, 1), AsKnown())
    proposed = next(at for at, each in enumerate(story.envelopes, 1) if each.data is story.transfers["XFR"])

    begins = lines.index(f"because of position {story.position}: transferred by XFR")
    assert [
        f"  proposed at position {proposed}: {story.transfers['XFR'].transfer_hash}",
        f"  instrument {HASH}",
        "  consents of ATRC and HUT, rule UNANIMOUS",
    ] == lines[begins + 1 : begins + 4]
