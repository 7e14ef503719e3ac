"""Of what has weight in law somebody takes note who may speak for the party, and nobody else."""

from datetime import date
from typing import Any

import httpx
import pytest

from services.notifications.consumer import Alerting
from shared.events.party import RepresentativeAppointed, RepresentativeRevoked
from shared.events.values import Period
from shared.web.issuer import LocalIssuer
from tests.notifications.controls import adopted, contribution_recorded, published, said

SHARES = {"ATRC": "1/2", "HUT": "1/2"}
ASKED = said(contribution_recorded(), stream="contribution:CTB-1", by="EGU")


def appointed(person: str, start: date = date(2024, 1, 1), end: date | None = None) -> Any:
    period = Period(start=start, end=end)
    event = RepresentativeAppointed(
        party="ATRC", person=person, powers=("PERSONNEL",), period=period, appointed_by="ATRC-REP"
    )
    return said(event, stream="party:ATRC")


def revoked(person: str) -> Any:
    return said(
        RepresentativeRevoked(party="ATRC", person=person, to=date(2024, 6, 1), revoked_by="ATRC-REP"),
        stream="party:ATRC",
    )


async def taken(client: httpx.AsyncClient, issuer: LocalIssuer, person: str, class_: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {issuer.mint(person, party='ATRC', roles=['representative'])}"}
    listed = await client.get(f"/v1/inbox?class={class_}", headers=headers)
    [alert] = listed.json()["items"]
    return await client.post(f"/v1/inbox/{alert['id']}/acknowledge", headers=headers)


NAMED = (
    appointed("named"),
    appointed("revoked"),
    revoked("revoked"),
    appointed("over", end=date(2024, 3, 1)),
    appointed("to-come", start=date(2999, 1, 1)),
)


@pytest.mark.parametrize("person", ["stranger", "revoked", "over", "to-come"])
async def test_who_does_not_represent_the_party_takes_no_note_for_it(
    person: str, alerting: Alerting, client: httpx.AsyncClient, issuer: LocalIssuer
):
    """Never named, revoked, no more or not yet: nothing is kept, so no time begins and nothing can be put away."""
    await alerting.take(published([*NAMED, ASKED, said(adopted(SHARES))]))

    refused = await taken(client, issuer, person, "legal-critical")

    assert (403, "NOT_A_REPRESENTATIVE") == (refused.status_code, refused.json()["code"])
    assert (200, "named") == (
        (answer := await taken(client, issuer, "named", "legal-critical")).status_code,
        answer.json()["acknowledgement"]["by"],
    )


async def test_of_what_has_no_such_weight_anybody_of_the_party_takes_note(
    alerting: Alerting, client: httpx.AsyncClient, issuer: LocalIssuer
):
    """Its portal may."""
    await alerting.take(published([*NAMED, ASKED]))

    assert 200 == (await taken(client, issuer, "portal", "action")).status_code


async def test_of_a_party_that_never_named_anybody_anybody_takes_note(
    alerting: Alerting, client: httpx.AsyncClient, issuer: LocalIssuer
):
    """As with everything that it may do before."""
    await alerting.take(published([said(adopted(SHARES))]))

    assert 200 == (await taken(client, issuer, "somebody", "legal-critical")).status_code
