"""Declaring background, agreeing to it, contesting it."""

import pytest

from services.agreements.background.decisions import (
    agree_to_background,
    contest_background,
    declare_background,
)
from services.agreements.background.errors import (
    BackgroundDeclaredAlready,
    BackgroundNotFound,
    OwnBackground,
    ReferenceEmpty,
)
from services.agreements.background.model import BACKGROUND, BackgroundStatus, item_id
from services.agreements.contracts.errors import AgreementNotFound
from shared.events.background import BackgroundAgreed, BackgroundContested, BackgroundDeclared
from tests.agreements import prospects as given
from tests.agreements.controls import ATRC, EGU, HUT, OTHER_DIGEST, active, agreement, signed
from tests.agreements.prospects import ITEM, agreeing, background_declared, contesting, declared, declaring, item
from tests.told import refuses


def test_a_party_declares_what_it_brings_in():
    """What, whose, with what evidence; the id follows from what it is."""
    (event,) = declared()

    assert isinstance(event, BackgroundDeclared)
    assert (ITEM, "HUT", ("HUT", "ATRC")) == (event.item, event.owner_party, event.parties)


@pytest.mark.parametrize("spelling", ["CN114567890A", "cn-114567890-a", " CN 114 567 890 A"])
def test_one_patent_is_one_item_however_it_is_written(spelling: str):
    """Blanks and hyphens do not make another patent of it; another agreement does, since nothing shows there."""
    assert ITEM == item_id("MOU", spelling)
    assert ITEM != item_id("OTHER", spelling)


def test_a_reference_that_names_nothing_is_refused():
    """Otherwise all that say nothing would be the same."""
    with refuses(ReferenceEmpty):
        declared(ref="--")


def test_what_two_parties_declare_is_contested():
    """The second declaration is a claim on the first, with its own evidence."""
    claim = declaring(by=ATRC, evidence_hash=OTHER_DIGEST)
    (event,) = declare_background(item(declared()), active(), claim)

    assert isinstance(event, BackgroundContested)
    assert (True, OTHER_DIGEST) == (event.claims, event.evidence_hash)
    after = item((*declared(), event))
    assert (BackgroundStatus.CONTESTED, "HUT") == (after.status, after.owner_party)
    assert () == declare_background(after, active(), claim)


def test_it_is_agreed_when_all_others_agree():
    """Of three parties the owner needs the other two."""
    three = agreement(signed(HUT, ATRC, EGU, parties=("HUT", "ATRC", "EGU")))
    events = declare_background(None, three, declaring())
    for party, status in ((ATRC, BackgroundStatus.DECLARED), (EGU, BackgroundStatus.AGREED)):
        events += agree_to_background(item(events), three, agreeing(by=party))
        assert status is item(events).status


def test_who_agrees_after_all_contests_no_more():
    """An objection ends when its party says so."""
    events = declared()
    events += contest_background(item(events), active(), contesting())
    (agreed,) = agree_to_background(item(events), active(), agreeing())

    assert isinstance(agreed, BackgroundAgreed)
    assert BackgroundStatus.CONTESTED is item(events).status
    assert BackgroundStatus.AGREED is item((*events, agreed)).status


def test_a_party_does_not_judge_its_own_background():
    """It has said what it thinks by declaring it."""
    with refuses(OwnBackground):
        agree_to_background(item(declared()), active(), agreeing(by=HUT))
    with refuses(OwnBackground):
        contest_background(item(declared()), active(), contesting(by=HUT))


def test_whoever_contests_it_agrees_no_more():
    """And the other way round: of each party the last word counts."""
    agreed = (*declared(), *agree_to_background(item(declared()), active(), agreeing()))
    contested = (*agreed, *contest_background(item(agreed), active(), contesting()))
    again = (*contested, *agree_to_background(item(contested), active(), agreeing()))

    assert [(("ATRC",), []), ((), ["ATRC"]), (("ATRC",), [])] == [
        (state.agreed_by, list(state.contested_by)) for state in map(item, (agreed, contested, again))
    ]


def test_saying_it_again_changes_nothing():
    """Declared, agreed and contested once each."""
    events = declared()
    agreed = (*events, *agree_to_background(item(events), active(), agreeing()))
    contested = (*events, *contest_background(item(events), active(), contesting()))

    assert () == declare_background(item(events), active(), declaring())
    assert () == agree_to_background(item(agreed), active(), agreeing())
    assert () == contest_background(item(contested), active(), contesting())


def test_declaring_it_otherwise_is_refused():
    """What the others have seen is not replaced behind their backs."""
    with refuses(BackgroundDeclaredAlready):
        declare_background(item(declared()), active(), declaring(restrictions=("not in CN",)))


async def test_to_a_foreign_party_there_is_no_background():
    """Neither to declare under the agreement of others, nor to judge."""
    desk = await given.with_background()

    with refuses(AgreementNotFound):
        await desk.does(background_declared(by=EGU, ref="WO 1"))
    with refuses(BackgroundNotFound):
        await desk.does(given.of_item(contest_background, contesting(by=EGU)))


async def test_declared_by_two_at_once_it_is_contested():
    """Neither of them gets it by being quick."""
    desk = await given.with_background()
    await desk.interrupted(background_declared(by=ATRC, ref="JP 7"), meanwhile=background_declared(ref="JP 7"))

    assert BackgroundStatus.CONTESTED is (await desk.state(BACKGROUND, item_id("MOU", "JP 7"))).status
