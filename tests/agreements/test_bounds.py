"""Whatever is read whole for every decision has a bound: the last there is room for is taken, the next refused."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.agreements.affiliations.decisions import MAX_AFFILIATIONS, declare_affiliation
from services.agreements.affiliations.errors import TooManyAffiliations
from services.agreements.affiliations.model import Affiliations
from services.agreements.background.access import MAX_REQUESTS, NeededFor, request_access
from services.agreements.background.errors import TooManyRequests
from services.agreements.ownership.account import Movement, check_form
from services.agreements.ownership.errors import TransferToItself
from services.agreements.parties.decisions import MAX_REPRESENTATIVES, appoint_representative
from services.agreements.parties.errors import TooManyRepresentatives
from services.agreements.progress.decisions import (
    MAX_REPORTS,
    accept_deliverable,
    commit_resource,
    reach_milestone,
    record_screening,
)
from services.agreements.progress.errors import TooManyReports
from shared.events.transfer import Amount
from tests.agreements.controls import OTHER_DIGEST, TODAY, active, period, started
from tests.agreements.party_controls import appointed, appointing, declared, declaring
from tests.agreements.prospects import item, requested, requesting, screening
from tests.agreements.test_report_progress import after, committing, reaching, taking
from tests.told import refuses


def test_affiliations_are_bounded():
    """All of them are looked at for a circle."""
    first = declared()
    assert first is not None
    day = timedelta(days=1)
    before = period(TODAY - 2 * day, TODAY - day)
    full = Affiliations(declared=first.declared * (MAX_AFFILIATIONS - 1))

    assert declare_affiliation(full, declaring(parent="EGU", child="ATRC", period=before))
    full = Affiliations(declared=first.declared * MAX_AFFILIATIONS)
    with refuses(TooManyAffiliations):
        declare_affiliation(full, declaring(parent="EGU", child="ATRC", period=before))


def test_requests_for_access_to_an_item_are_bounded():
    """Those that were decided count too: they stay with it."""
    state, needed_for = item(requested()), NeededFor(started())
    [known] = state.access.values()
    another = requesting(request="LAST", needed_for="PRJ-2")

    def having(count: int) -> Any:
        return msgspec.structs.replace(state, access={f"R{each}": known for each in range(count)})

    assert request_access(having(MAX_REQUESTS - 1), active(), needed_for, another)
    with refuses(TooManyRequests):
        request_access(having(MAX_REQUESTS), active(), needed_for, another)


def test_representatives_of_a_party_are_bounded():
    """Naming one anew takes no more room."""
    state = appointed()
    [known] = state.representatives.values()
    full = msgspec.structs.replace(
        state, representatives={f"P{each}": known for each in range(MAX_REPRESENTATIVES - 1)}
    )
    assert appoint_representative(full, appointing(person="LAST"))

    full = msgspec.structs.replace(full, representatives={**full.representatives, "LAST": known})
    assert appoint_representative(full, appointing(person="LAST", powers=("APPOINT", "SIGN")))
    with refuses(TooManyRepresentatives):
        appoint_representative(full, appointing(person="ONE-MORE"))


@pytest.mark.parametrize(
    ("kind", "known", "another", "decide"),
    [
        ("commitments", committing(), committing(commitment="LAST"), commit_resource),
        ("milestones", reaching(), reaching(code="LAST"), reach_milestone),
        ("deliverables", taking(), taking(document_hash=OTHER_DIGEST), accept_deliverable),
        ("screenings", screening(), screening(regime="LAST"), record_screening),
    ],
    ids=["commitments", "milestones", "deliverables", "screenings"],
)
def test_reports_of_each_kind_are_bounded(kind: str, known: Any, another: Any, decide: Any):
    """One kind leaves the others their room."""
    state = after(*decide(None, started(), known))
    assert state is not None
    reports: dict[str, Any] | tuple[Any, ...] = getattr(state, kind)
    [report] = reports.values() if isinstance(reports, dict) else reports

    def having(count: int) -> Any:
        many = {f"R{each}": report for each in range(count)} if isinstance(reports, dict) else (report,) * count
        return msgspec.structs.replace(state, **{kind: many})

    assert decide(having(MAX_REPORTS - 1), started(), another)
    with refuses(TooManyReports):
        decide(having(MAX_REPORTS), started(), another)


def test_nobody_passes_anything_on_to_itself():
    """It would be a transfer of which nothing comes."""
    amount = Amount(of_holding="1/2")
    with refuses(TransferToItself):
        check_form(Movement(transfer="T", source="HUT", to="HUT", amount=amount, effective_on=TODAY))
