"""Reporting what a project was given, what it reached and what may not be shared of it."""

from datetime import date, timedelta
from typing import Any, cast

import pytest

from services.agreements.errors import DayNotReached, IdentifierTaken, NotAProjectParty, PowerMissing
from services.agreements.parties.decisions import appoint_representative
from services.agreements.progress import decisions as progress
from services.agreements.progress.decisions import (
    accept_deliverable,
    check_may_share,
    commit_resource,
    reach_milestone,
    record_screening,
)
from services.agreements.progress.errors import (
    MilestoneReportedAlready,
    MoneyExpected,
    ScreeningOutdated,
    SharingRestricted,
)
from services.agreements.progress.handling import report
from services.agreements.progress.model import PROGRESS, Progress
from services.agreements.projects.errors import ProjectNotActive
from shared.errors import DomainError
from shared.events.progress import (
    DeliverableAccepted,
    ExportScreeningRecorded,
    MilestoneReached,
    ResourceCommitted,
)
from shared.events.registry import Event
from shared.events.values import Money
from shared.log.handle import Decided, Reader
from tests.agreements import desk as at
from tests.agreements import prospects as given
from tests.agreements.controls import ATRC, DIGEST, EGU, OTHER_DIGEST, TODAY, said, started
from tests.agreements.party_controls import appointing, of_party
from tests.agreements.prospects import screened, screening
from tests.told import refuses

PROJECT = started()
LAKH = Money(currency="HKD", minor=10_000_000)


def committing(**changed: Any) -> progress.CommitResource:
    return progress.CommitResource(**said(changed, commitment="R1", kind="CASH", money=LAKH))


def reaching(**changed: Any) -> progress.ReachMilestone:
    return progress.ReachMilestone(**said(changed, code="M1", reached_on=date(2025, 5, 1), evidence_hash=DIGEST))


def taking(**changed: Any) -> progress.AcceptDeliverable:
    return progress.AcceptDeliverable(**said(changed, code="D1", document_hash=DIGEST))


def after(*events: Event) -> Progress | None:
    return PROGRESS.fold(None, events)


def test_each_kind_of_report_is_recorded():
    """Who, what, and what shows it."""
    events = (
        *commit_resource(None, PROJECT, committing()),
        *reach_milestone(None, PROJECT, reaching()),
        *accept_deliverable(None, PROJECT, taking(by=ATRC)),
        *record_screening(None, PROJECT, screening()),
    )

    assert [ResourceCommitted, MilestoneReached, DeliverableAccepted, ExportScreeningRecorded] == [
        type(event) for event in events
    ]
    state = after(*events)
    assert state is not None
    assert [1, 1, 1, 1] == [
        len(each) for each in (state.commitments, state.milestones, state.deliverables, state.screenings)
    ]


@pytest.mark.parametrize(
    "changed",
    [{"money": None}, {"kind": "IN_KIND"}, {"money": Money(currency="HKD", minor=0)}],
    ids=["no amount", "an amount of work", "nothing"],
)
def test_cash_is_an_amount_and_the_rest_is_not(changed: dict[str, Any]):
    """What cannot be counted is not counted."""
    with refuses(MoneyExpected):
        commit_resource(None, PROJECT, committing(**changed))


@pytest.mark.parametrize(
    ("known", "command", "decide", "refusal"),
    [
        (committing(), committing(kind="FACILITY", money=None), commit_resource, IdentifierTaken),
        (reaching(), reaching(evidence_hash=OTHER_DIGEST), reach_milestone, MilestoneReportedAlready),
        (None, reaching(reached_on=TODAY + timedelta(days=1)), reach_milestone, DayNotReached),
        (None, screening(valid_to=TODAY), record_screening, ScreeningOutdated),
    ],
)
def test_a_report_that_cannot_be_is_refused(known: Any, command: Any, decide: Any, refusal: type[DomainError]):
    """Of another thing under the same name, of the future, or out of date."""
    state = after(*decide(None, PROJECT, known)) if known else None

    with refuses(refusal):
        decide(state, PROJECT, command)


@pytest.mark.parametrize(
    ("command", "decide"),
    [
        (committing(by=EGU), commit_resource),
        (reaching(by=EGU), reach_milestone),
        (taking(by=EGU), accept_deliverable),
        (screening(by=EGU), record_screening),
    ],
)
def test_only_the_projects_parties_report_of_it(command: Any, decide: Any):
    """Another party of the agreement reports nothing of any kind, and is told whose project it is."""
    with refuses(NotAProjectParty) as refused:
        decide(None, PROJECT, command)

    assert (["ATRC", "HUT"], "EGU") == (sorted(cast("list[str]", refused.value.expected)), refused.value.got)
    assert {"project": "PRJ"} == refused.value.ids


@pytest.mark.parametrize(
    ("command", "decide"),
    [
        (committing(), commit_resource),
        (reaching(), reach_milestone),
        (taking(), accept_deliverable),
        (screening(), record_screening),
    ],
)
def test_reporting_it_again_changes_nothing(command: Any, decide: Any):
    """The same report, sent twice, is recorded once."""
    assert () == decide(after(*decide(None, PROJECT, command)), PROJECT, command)


def test_every_partys_newest_screening_counts():
    """One party's clearance does not lift what another has found; its own newer one does."""
    restricted = record_screening(None, PROJECT, screening())
    cleared = record_screening(after(*restricted), PROJECT, screening(by=ATRC, result="CLEAR"))
    with refuses(SharingRestricted):
        check_may_share(after(*restricted, *cleared), TODAY)

    lifted = record_screening(after(*restricted, *cleared), PROJECT, screening(result="CLEAR"))
    check_may_share(after(*restricted, *cleared, *lifted), TODAY)


@pytest.mark.parametrize("result", ["RESTRICTED", "LICENCE_REQUIRED"])
def test_what_is_not_clear_is_not_shared(result: str):
    """A licence that is required is not one that is there."""
    with refuses(SharingRestricted):
        check_may_share(after(*record_screening(None, PROJECT, screening(result=result))), TODAY)


def test_a_clearance_is_renewed():
    """From the day on which it ends it is none."""
    state = after(*record_screening(None, PROJECT, screening(result="CLEAR", valid_to=date(2025, 7, 1))))

    check_may_share(state, date(2025, 6, 30))
    with refuses(SharingRestricted):
        check_may_share(state, date(2025, 7, 1))


async def test_a_person_who_was_screened_out_is_not_engaged():
    """Others are."""
    desk = await at.a_project()
    await desk.does(screened(person="VISITOR"))

    with refuses(SharingRestricted):
        await desk.does(at.engaged(person="VISITOR"))
    await desk.does(at.engaged(person="OTHER"))


async def test_what_was_restricted_is_lifted_by_who_may_sign():
    """It binds all who would share: once the party has named anybody, not whoever has a token says it."""
    desk = await at.a_project()
    await desk.does(screened())
    await desk.does(of_party(appoint_representative, appointing(person="HUT-REP", powers=("ATTEST", "APPOINT"))))
    with refuses(PowerMissing) as refused:
        await desk.does(screened(result="CLEAR"))
    await desk.does(of_party(appoint_representative, appointing(person="HUT-REP", powers=("SIGN", "APPOINT"))))

    assert "SIGN" == refused.value.expected
    assert (await desk.does(screened(result="CLEAR"))).position


async def test_screened_and_engaged_at_once_the_screening_counts():
    """A person is not engaged past a screening that came first."""
    desk = await at.a_project()

    with refuses(SharingRestricted):
        await desk.interrupted(at.engaged(person="VISITOR"), meanwhile=screened(person="VISITOR"))
    assert [] == await desk.names("participant:PRJ.VISITOR")


async def test_nothing_is_reached_before_the_start():
    """Resources are promised and screenings made before it, milestones are not reached."""
    desk = await at.an_agreement()
    await desk.does(at.created())

    async def reached(reader: Reader) -> Decided:
        return await report(reader, "PRJ", reaching(), reach_milestone)

    with refuses(ProjectNotActive):
        await desk.does(reached)
    await desk.does(given.screened())
