"""The evidence of an alert over HTTP: a file for its recipient to keep."""

from typing import Any, Final

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency

from services.notifications.errors import EvidenceNotFound, EvidenceNotYet, InboxUnavailable
from services.notifications.evidence.model import AlertEvidence, Entry, Published, delivery_of, evidence_of, noted_of
from services.notifications.evidence.proofs import Proofs
from services.notifications.inbox.api import OWNERS, AlertName, recipient_of
from services.notifications.inbox.store import Inbox
from shared.ids import is_id
from shared.web.answers import represented
from shared.web.auth import Caller, bearer_token, requires
from shared.web.etag import IfNoneMatchHeader, content_etag
from shared.web.refusals import RoleMissing, refusals


@get(
    "/v1/alerts/{alert:str}/evidence",
    guards=[requires(*OWNERS)],
    responses=refusals(RoleMissing, EvidenceNotFound, EvidenceNotYet, InboxUnavailable).or_not_modified(),
)
async def read_evidence(  # noqa: PLR0913, PLR0917  # a route asks for what it needs by name
    request: Request[Any, Any, Any],
    alert: AlertName,
    caller: NamedDependency[Caller],
    inbox: NamedDependency[Inbox],
    proofs: NamedDependency[Proofs],
    if_none_match: IfNoneMatchHeader = None,
) -> Response[AlertEvidence]:
    """Read a file to keep: the alert, its event as published, and the proof that the ledger has it.

    With what is recorded by then of notice of it: who was told exactly this, and who took note. `moiety alerts verify`
    checks it anywhere, with the ledger's key alone.
    """
    sent = await inbox.sent(recipient_of(caller), alert) if is_id(alert) else None
    if sent is None:
        raise EvidenceNotFound(alert=alert)
    token = bearer_token(request.scope["headers"])

    async def entry(event: Published | None) -> Entry | None:
        try:
            return event and Entry(event, await proofs.of(event.position, event.body, token=token))
        except EvidenceNotYet:
            return None  # A moment later it is in the file: nobody waits for it who asks for the alert alone.

    # One by one: whoever asks has no more than one place among those who ask the ledger.
    proof = await proofs.of(sent.event.position, sent.event.body, token=token)
    delivered, noted = await entry(delivery_of(sent)), await entry(noted_of(sent))
    evidence = evidence_of(sent, proof, delivered=delivered, noted=noted)
    return represented(evidence, content_etag(evidence), if_none_match)


ROUTES: Final = [Router("/", route_handlers=[read_evidence], tags=["inbox"])]
