"""The person named in a contribution confirms it: their own word, beside what parties attest."""

from typing import Any

from services.agreements.commands import Representative
from services.agreements.contributions.decisions import correct_contribution, withdraw_contribution
from services.agreements.contributions.errors import (
    ContentHashMismatch,
    ContributionIsWithdrawn,
    ContributionNotFound,
)
from services.agreements.contributions.voices import (
    VOICE,
    ConfirmAsContributor,
    Voice,
    Word,
    confirm_as_contributor,
    word_on,
)
from shared.events.contribution import ContributorConfirmed
from tests.agreements.controls import (
    OTHER_DIGEST,
    circumstances,
    confirmed,
    contribution,
    correcting,
    recorded,
    said,
    withdrawing,
)
from tests.told import refuses

RECORDED = contribution(recorded())
STUDENT = Representative("HUT-SE", "HUT")


def confirming(**changed: Any) -> ConfirmAsContributor:
    fields = {"by": STUDENT, "content_hash": RECORDED.content_hash, "shown_hash": OTHER_DIGEST, **changed}
    return ConfirmAsContributor(**said(fields))


def heard() -> Voice:
    voice = VOICE.fold(None, confirm_as_contributor(None, RECORDED, confirming()))
    assert voice is not None
    return voice


def test_the_person_named_confirms_exactly_what_was_shown():
    """Under their pseudonym, of this content, with the hash of the page."""
    (event,) = confirm_as_contributor(None, RECORDED, confirming())

    assert isinstance(event, ContributorConfirmed)
    assert ("HUT-SE", RECORDED.content_hash, OTHER_DIGEST) == (event.contributor, event.content_hash, event.shown_hash)
    assert Word.CONFIRMED == heard().status


def test_what_the_parties_have_confirmed_the_person_confirms_as_well():
    """One is not the other."""
    attested = contribution(confirmed())

    (event,) = confirm_as_contributor(None, attested, confirming())
    assert isinstance(event, ContributorConfirmed)


def test_confirming_again_changes_nothing():
    """It is said of this content."""
    assert () == confirm_as_contributor(heard(), RECORDED, confirming())


def test_nobody_else_confirms_it_for_them():
    """Not even their party's representative, to whom it does not exist by this way."""
    with refuses(ContributionNotFound):
        confirm_as_contributor(None, RECORDED, confirming(by=Representative("HUT-REP", "HUT")))


def test_only_what_stands_is_confirmed():
    """By its hash, and not once it is withdrawn."""
    with refuses(ContentHashMismatch):
        confirm_as_contributor(None, RECORDED, confirming(content_hash=OTHER_DIGEST))
    gone = contribution((*recorded(), *withdraw_contribution(RECORDED, withdrawing())))
    with refuses(ContributionIsWithdrawn):
        confirm_as_contributor(None, gone, confirming())


def test_a_correction_asks_anew():
    """Nothing was said of what stands now, and the answer to what stood before is kept."""
    corrected = contribution((*recorded(), *correct_contribution(RECORDED, circumstances(), correcting(points="3/1"))))

    assert word_on(heard(), corrected) is None
    assert word_on(heard(), RECORDED) is not None
    (event,) = confirm_as_contributor(heard(), corrected, confirming(content_hash=corrected.content_hash))
    assert isinstance(event, ContributorConfirmed)
    assert corrected.content_hash == event.content_hash


def test_who_is_named_by_a_correction_is_asked_and_who_was_before_is_not():
    """The content names the person."""
    corrected = contribution(
        (*recorded(), *correct_contribution(RECORDED, circumstances(), correcting(contributor="HUT-PhD")))
    )
    command = confirming(content_hash=corrected.content_hash)

    with refuses(ContributionNotFound):
        confirm_as_contributor(None, corrected, command)
    (event,) = confirm_as_contributor(
        None, corrected, confirming(content_hash=corrected.content_hash, by=Representative("HUT-PhD", "HUT"))
    )
    assert isinstance(event, ContributorConfirmed)
    assert "HUT-PhD" == event.contributor
