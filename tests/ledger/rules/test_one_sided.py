"""The ledger asks by its own reading whether everybody has spoken whom a decision laid down by one side takes from."""

import contextlib
from datetime import date, timedelta
from typing import Any

import pytest

from services.ledger.check.replay import Replay
from services.ledger.errors import LedgerInconsistencyDetected
from shared.events.affiliation import AffiliationDeclared
from shared.events.dispute import (
    Decision,
    DisputeEscalated,
    DisputeOpened,
    DisputePositionFiled,
    DisputeResolutionDeclined,
    DisputeResolutionObjected,
    DisputeResolutionWithdrawn,
    DisputeResolved,
)
from shared.events.registry import Event
from shared.events.terms import DisputeTerms
from shared.log.envelope import NO_AGREEMENT, encode
from shared.ratio import format_shares
from tests.docs.made import made
from tests.ledger.story import HASH, PARTIES, SINCE, Story, contributions_of_the_5g_invention
from tests.told import refuses

BEFORE = {"ATRC": "37/72", "HUT": "35/72"}
MORE_FOR_HUT = {"ATRC": "1/7", "HUT": "6/7"}
LESS_FOR_HUT = {"ATRC": "6/7", "HUT": "1/7"}


@pytest.fixture
def story() -> Story:
    told = Story()
    told.agree(registrar="NLN")
    contributions_of_the_5g_invention(told)
    told.adopt(told.propose())
    return told


def affiliated(story: Story, parent: str, child: str) -> None:
    declared = made(AffiliationDeclared, parent=parent, child=child, accrual=False, period=SINCE)
    story.tell(declared, "all", agreement=NO_AGREEMENT)


def entered(story: Story) -> Replay:
    """Enter everything in a ledger in memory."""
    replay = Replay()
    for envelope in story.envelopes:
        replay.enter(encode(envelope))
    return replay


def held(replay: Replay) -> dict[str, str]:
    return format_shares(replay.holdings.timeline("INV-5G-1")[0].shares)


def opened(story: Story) -> DisputeOpened:
    return story.dispute({"HUT": "41/72", "ATRC": "31/72"}, adopted=BEFORE)


@pytest.mark.parametrize(
    ("outcome", "confirming"),
    [(MORE_FOR_HUT, ["ATRC"]), (MORE_FOR_HUT, ["NLN"]), (MORE_FOR_HUT, ["ATRC", "NLN"]), (LESS_FOR_HUT, [])],
)
def test_what_all_have_confirmed_who_lose_by_it_binds(story: Story, outcome: dict[str, str], confirming: list[str]):
    """Or the registrar in their place; and who gives away asks nobody."""
    dispute = opened(story)
    decision = story.lay_down_alone(dispute, outcome, "COURT", *confirming)
    story.adopt_outcome(dispute, outcome, decision=decision)

    assert outcome == held(entered(story))


def test_a_pending_outcome_changes_nothing_and_raises_an_alarm(story: Story):
    """Whoever holds something of it has to look."""
    story.lay_down_alone(opened(story), MORE_FOR_HUT, "COURT", awaited=("ATRC",))
    replay = entered(story)

    assert BEFORE == held(replay)
    [alarm] = [each for _, _, _, each in replay.alarms if each.alarm == "OneSidedOutcomeLaidDown"]
    assert ("HUT", "COURT") == (alarm.details["laid_down_by"], alarm.details["basis"])


@pytest.mark.parametrize("confirming", [[], ["EGU"]])
def test_what_somebody_who_loses_has_not_confirmed_is_noticed(story: Story, confirming: list[str]):
    """Whoever says that it binds, and whatever else it says."""
    dispute = opened(story)
    decision = story.lay_down_alone(dispute, MORE_FOR_HUT, "COURT", *confirming)
    story.adopt_outcome(dispute, MORE_FOR_HUT, decision=decision)

    with refuses(LedgerInconsistencyDetected, match="confirmations of ATRC"):
        entered(story)


@pytest.mark.parametrize(("parent", "child"), [("HUT", "NLN"), ("NLN", "ATRC")])
def test_a_registrar_that_is_somebodys_affiliate_confirms_nothing(story: Story, parent: str, child: str):
    """Terms that name it were signed when it was none."""
    dispute = opened(story)
    affiliated(story, parent, child)
    decision = story.lay_down_alone(dispute, MORE_FOR_HUT, "COURT", "NLN")
    story.adopt_outcome(dispute, MORE_FOR_HUT, decision=decision)

    with refuses(LedgerInconsistencyDetected, match="confirmations of ATRC"):
        entered(story)


def test_a_registrar_that_the_terms_do_not_name_confirms_nothing():
    """Whatever the outcome says of it."""
    story = Story()
    story.agree()
    contributions_of_the_5g_invention(story)
    story.adopt(story.propose())
    dispute = opened(story)
    decision = story.lay_down_alone(dispute, MORE_FOR_HUT, "COURT", "NLN", registrar="NLN")
    story.adopt_outcome(dispute, MORE_FOR_HUT, decision=decision)

    with refuses(LedgerInconsistencyDetected, match="confirmations of ATRC"):
        entered(story)


def test_one_hand_does_not_ask_the_other(story: Story):
    """Also where nothing accrues along the affiliation."""
    dispute = opened(story)
    affiliated(story, "HUT", "ATRC")
    decision = story.lay_down_alone(dispute, MORE_FOR_HUT, "EXPERT")
    story.adopt_outcome(dispute, MORE_FOR_HUT, decision=decision)

    assert MORE_FOR_HUT == held(entered(story))


@pytest.mark.parametrize(
    ("positions", "lacking"),
    [({}, ["ATRC"]), ({"ATRC": MORE_FOR_HUT}, []), ({"ATRC": LESS_FOR_HUT}, ["ATRC"])],
)
def test_of_what_nobody_holds_yet_each_loses_what_it_claims(positions: dict[str, dict[str, str]], lacking: list[str]):
    """Who has claimed nothing may claim it all."""
    story = Story()
    story.agree(registrar="NLN")
    contributions_of_the_5g_invention(story)
    dispute = story.dispute({"HUT": "1/1"}, adopted=None)
    for party, position in positions.items():
        filed = made(DisputePositionFiled, dispute=dispute.dispute, asset="INV-5G-1", party=party, position=position)
        story.tell(filed, dispute.dispute)
    story.adopt_outcome(dispute, MORE_FOR_HUT, decision=story.lay_down_alone(dispute, MORE_FOR_HUT, "COURT"))

    with pytest.raises(LedgerInconsistencyDetected) if lacking else contextlib.nullcontext():
        assert MORE_FOR_HUT == held(entered(story))


def resolved(story: Story, dispute: DisputeOpened, outcome: dict[str, str]) -> None:
    story.tell(made(DisputeResolved, dispute=dispute.dispute, asset=dispute.asset, outcome=outcome), dispute.dispute)


def claimed(story: Story, position: dict[str, str]) -> DisputeOpened:
    """Open a dispute, by HUT, that climbs the ladder of terms that say nothing of it: 180 days, and no clock."""
    about = {"agreement": story.agreement, "parties": PARTIES, "asset": "INV-5G-1", "dispute": "DSP"}
    said = {"opened_by": "HUT", "position": position, "adopted": BEFORE}
    on = {"opened_on": story.now.date(), "ladder": DisputeTerms().ladder}
    told = made(DisputeOpened, **about, **said, **on)
    story.tell(told, told.dispute)
    return told


REJECTING: dict[str, Any] = {"party": "ATRC", "claims_until": date(2024, 7, 9)}


@pytest.mark.parametrize(
    ("position", "confirming", "lacking"),
    [
        ({"HUT": "41/72", "ATRC": "31/72"}, [], ["HUT"]),
        ({"HUT": "41/72", "ATRC": "31/72"}, ["EGU"], ["HUT"]),
        ({"HUT": "41/72", "ATRC": "31/72"}, ["HUT"], []),
        ({"HUT": "41/72", "ATRC": "31/72"}, ["NLN"], []),
        (BEFORE, [], []),
        # Whoever opened it for somebody else's share.
        ({"EGU": "1/2", "ATRC": "1/2"}, [], ["HUT"]),
        ({"EGU": "1/2", "ATRC": "1/2"}, ["HUT"], []),
    ],
)
def test_a_claim_is_not_rejected_by_the_word_of_one_side(
    story: Story, position: dict[str, str], confirming: list[str], lacking: list[str]
):
    """Nothing is adopted by it; still it ends somebody's dispute, and the freeze."""
    dispute = claimed(story, position)
    story.lay_down_alone(dispute, BEFORE, "COURT", *confirming, **REJECTING)
    resolved(story, dispute, BEFORE)

    with pytest.raises(LedgerInconsistencyDetected) if lacking else contextlib.nullcontext():
        entered(story)


def test_nor_is_less_given_than_was_claimed(story: Story):
    """What is adopted asks for the same."""
    dispute = claimed(story, MORE_FOR_HUT)
    more = {"HUT": "41/72", "ATRC": "31/72"}
    decision = story.lay_down_alone(dispute, more, "COURT", **REJECTING)
    story.adopt_outcome(dispute, more, decision=decision)

    with refuses(LedgerInconsistencyDetected, match="confirmations of HUT"):
        entered(story)


@pytest.mark.parametrize("said", [{**REJECTING, "claims_until": None}, {**REJECTING, "party": "HUT"}])
def test_who_lays_it_down_itself_is_not_asked_and_what_was_laid_down_before_stays(story: Story, said: dict[str, Any]):
    """An outcome that names no day was laid down before a claim counted by itself."""
    dispute = claimed(story, MORE_FOR_HUT)
    story.lay_down_alone(dispute, BEFORE, "COURT", **said)
    resolved(story, dispute, BEFORE)

    entered(story)


def test_one_hand_rejects_what_the_other_claims(story: Story):
    """As where it would hold less."""
    dispute = claimed(story, MORE_FOR_HUT)
    affiliated(story, "HUT", "ATRC")
    story.lay_down_alone(dispute, BEFORE, "COURT", **REJECTING)
    resolved(story, dispute, BEFORE)

    entered(story)


@pytest.mark.parametrize(("days", "lacking"), [(209, ["HUT"]), (210, [])])
def test_a_claim_counts_by_itself_until_the_ladders_days_are_over(story: Story, days: int, lacking: list[str]):
    """By the ledger's own count from the opening, whatever day the outcome names."""
    dispute = claimed(story, MORE_FOR_HUT)
    story.on(str(dispute.opened_on + timedelta(days=days)))
    story.lay_down_alone(dispute, BEFORE, "COURT", **REJECTING)
    resolved(story, dispute, BEFORE)

    with pytest.raises(LedgerInconsistencyDetected) if lacking else contextlib.nullcontext():
        entered(story)


@pytest.mark.parametrize(
    "changed",
    [
        {"decision": None},
        {"decision": Decision(basis="COURT", laid_down_by="ATRC", confirmed_by=("HUT",))},
        {"decision": Decision(basis="EXPERT", laid_down_by="HUT", confirmed_by=("ATRC",))},
        {"decision": Decision(basis="COURT", laid_down_by="HUT", confirmed_by=("ATRC", "EGU"))},
        {"decision": Decision(basis="COURT", laid_down_by="HUT", confirmed_by=("ATRC",), registrar="ATRC")},
        {"inputs_hash": HASH},
    ],
)
def test_what_is_told_of_it_is_what_happened(story: Story, changed: dict[str, Any]):
    """On which basis and by which document, laid down and confirmed by whom."""
    dispute = opened(story)
    decision = story.lay_down_alone(dispute, MORE_FOR_HUT, "COURT", "ATRC")
    story.adopt_outcome(dispute, MORE_FOR_HUT, **{"decision": decision, **changed})

    with refuses(LedgerInconsistencyDetected):
        entered(story)


@pytest.mark.parametrize(
    "ended",
    [
        [made(DisputeResolutionDeclined, resolution_hash=HASH, party="NLN")],
        [made(DisputeResolutionWithdrawn, resolution_hash=HASH, party="HUT")],
        [made(DisputeResolutionObjected, resolution_hash=HASH, party="ATRC"), made(DisputeEscalated, rung=1)],
    ],
)
def test_what_is_an_outcome_no_more_binds_nobody(story: Story, ended: list[Event]):
    """Nor does a confirmation that comes too late bring it back."""
    dispute = opened(story)
    decision = story.lay_down_alone(dispute, MORE_FOR_HUT, "COURT", "ATRC", then=ended)
    story.adopt_outcome(dispute, MORE_FOR_HUT, decision=decision)

    with refuses(LedgerInconsistencyDetected, match="an outcome that stands"):
        entered(story)


def test_a_settlement_needs_all_parties_and_whoever_loses(story: Story):
    """The registrar speaks for none of them."""
    dispute = opened(story)
    decision = story.lay_down_alone(dispute, LESS_FOR_HUT, "SETTLEMENT", "NLN")
    story.adopt_outcome(dispute, LESS_FOR_HUT, decision=decision)

    with refuses(LedgerInconsistencyDetected, match="confirmations of ATRC"):
        entered(story)
