"""Identifying an opportunity, and sharing it."""

from datetime import date, timedelta

import pytest

from services.agreements.background.decisions import withdraw_background
from services.agreements.commands import Representative
from services.agreements.contracts.errors import PartiesRepeated, PartyNotInAgreement
from services.agreements.errors import IdentifierTaken
from services.agreements.opportunities.decisions import (
    identify_opportunity,
    review_opportunity,
    share_opportunity,
)
from services.agreements.opportunities.errors import (
    BackgroundOfEachSideMissing,
    BackgroundUnknown,
    NotAnAffiliate,
    NotWhoIdentified,
    OpportunityNotFound,
    OpportunitySharedAlready,
    RespondByPassed,
    SharedWithItself,
)
from services.agreements.opportunities.model import OPPORTUNITY, OpportunityStatus
from shared.errors import DomainError
from shared.events.opportunity import OpportunityIdentified, OpportunityShared
from shared.log.envelope import decode, encode
from tests.agreements import prospects as given
from tests.agreements.controls import ATRC, TODAY, active
from tests.agreements.party_controls import declared as affiliated
from tests.agreements.prospects import (
    ITEM,
    SOON,
    THEIRS,
    declared,
    ground,
    identified,
    identifying,
    item,
    of_item,
    opportunity,
    opportunity_identified,
    opportunity_shared,
    reviewing,
    shared,
    sharing,
    withdrawing,
)
from tests.told import refuses


def test_an_opportunity_rests_on_background_of_each_side():
    """What the party has seen, and on what of its own and of the other's."""
    (event,) = identified()

    assert isinstance(event, OpportunityIdentified)
    assert ("HUT", (ITEM, THEIRS)) == (event.by_party, event.leverages_background)
    assert OpportunityStatus.IDENTIFIED is opportunity((event,)).status


@pytest.mark.parametrize("side", [0, 1], ids=["only its own", "only the other's"])
def test_background_of_one_side_is_no_joint_opportunity(side: int):
    """One side alone would not need the other."""
    with refuses(BackgroundOfEachSideMissing):
        identify_opportunity(None, ground(background=(ground().background[side],)), identifying())


def test_an_affiliates_background_is_of_the_same_side():
    """Of an affiliate on that day, and not of somebody who only says so."""
    of_affiliate = item(declared(by=Representative("RD-REP", "HUT-RD"), ref="CN 9"))
    facts = ground(background=(of_affiliate, ground().background[1]), affiliations=affiliated())

    assert identify_opportunity(None, facts, identifying(affiliate="HUT-RD"))
    with refuses(BackgroundOfEachSideMissing):
        identify_opportunity(None, facts, identifying())
    with refuses(NotAnAffiliate):
        identify_opportunity(None, facts, identifying(affiliate="HUT-RD", today=date(2014, 1, 1)))


def test_it_is_put_before_others_until_a_day():
    """They and the party itself know of it from then on."""
    event = shared()[-1]

    assert isinstance(event, OpportunityShared)
    assert (("HUT", "ATRC"), SOON) == (event.parties, event.respond_by)
    assert OpportunityStatus.SHARED is opportunity(shared()).status


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"by": ATRC}, NotWhoIdentified),
        ({"shared_with": ()}, SharedWithItself),
        ({"shared_with": ("ATRC", "HUT")}, SharedWithItself),
        ({"shared_with": ("ATRC", "ATRC")}, PartiesRepeated),
        ({"shared_with": ("EGU",)}, PartyNotInAgreement),
        ({"respond_by": TODAY - timedelta(days=1)}, RespondByPassed),
    ],
)
def test_sharing_that_reaches_nobody_is_refused(changed: dict[str, object], refusal: type[DomainError]):
    """By its own party, with others of the agreement, who have time to answer."""
    with refuses(refusal):
        share_opportunity(opportunity(identified()), active(), sharing(**changed))


def test_saying_it_again_changes_nothing():
    """Identified and shared once each; shared otherwise is refused, the others have seen it."""
    assert () == identify_opportunity(opportunity(identified()), ground(), identifying())
    assert () == share_opportunity(opportunity(shared()), active(), sharing())
    with refuses(OpportunitySharedAlready):
        share_opportunity(opportunity(shared()), active(), sharing(respond_by=TODAY))
    with refuses(IdentifierTaken):
        identify_opportunity(opportunity(identified()), ground(), identifying(title="Other beams"))


async def test_before_it_is_shared_nobody_else_knows_of_it():
    """To the other party of the very same agreement there is no such opportunity."""
    desk = await given.with_background()
    await desk.does(opportunity_identified())
    review = given.of_opportunity(review_opportunity, reviewing())

    with refuses(OpportunityNotFound):
        await desk.does(review)
    await desk.does(opportunity_shared())
    await desk.does(review)


async def test_what_is_not_shared_is_not_published_to_the_agreement():
    """Whoever follows the agreement's subjects reads of an opportunity from its sharing on, and never its title."""
    desk = await given.with_a_shared_opportunity()
    envelopes = [decode(event.state) for event in await desk.store.read_stream("opportunity:OPP")]

    assert ["moiety.v1._.opportunity.OpportunityIdentified", "moiety.v1.MOU.opportunity.OpportunityShared"] == [
        envelope.subject for envelope in envelopes
    ]
    assert b"Adaptive beams" not in encode(envelopes[1])


async def test_background_withdrawn_meanwhile_is_none_to_build_on():
    """What is not there any more when it is recorded is not built on."""
    desk = await given.with_background()

    with refuses(BackgroundUnknown):
        await desk.interrupted(
            opportunity_identified(), meanwhile=of_item(withdraw_background, withdrawing(effective_on=TODAY))
        )
    assert [] == await desk.names("opportunity:OPP")


async def test_of_two_that_want_one_id_one_gets_it():
    """The other is told that it is taken."""
    desk = await given.with_background()

    with refuses(IdentifierTaken):
        await desk.interrupted(opportunity_identified(), meanwhile=opportunity_identified(title="Other beams"))
    assert "Other beams" == (await desk.state(OPPORTUNITY, "OPP")).title
