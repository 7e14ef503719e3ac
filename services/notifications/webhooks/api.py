"""Webhooks over HTTP: set up, verified, tried, watched and replayed by the party whose feed they carry."""

import os
import secrets
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter

from services.notifications.errors import InboxUnavailable, NumberNotReached
from services.notifications.feeds.api import READERS, party_of
from services.notifications.webhooks.bodies import PutSigningKeyBody, PutWebhookBody, ReplayBody
from services.notifications.webhooks.endpoints import CHALLENGE, PING, Filter, repeats, trial_of
from services.notifications.webhooks.errors import (
    ChallengeUnanswered,
    EventTypeUnpublished,
    LastSigningKey,
    ReplayUnclear,
    SigningKeyNotFound,
    TargetRefused,
    TooManySigningKeys,
    TooManyWebhooks,
    WebhookNameMalformed,
    WebhookNotFound,
)
from services.notifications.webhooks.post import Poster
from services.notifications.webhooks.register import Attempt, Register, Setup, SigningKey, Webhook
from services.notifications.webhooks.schedule import Outcome
from services.notifications.webhooks.signing import KEY_BYTES, Key
from services.notifications.webhooks.targets import target_of
from shared.events.registry import registered
from shared.ids import ID_PATTERN, is_id, new_id
from shared.positions import LAST_POSITION
from shared.web.allowances import Allowances
from shared.web.auth import Caller, requires
from shared.web.pages import Page, PageRequest, start_of
from shared.web.refusals import (
    CursorMalformed,
    IdempotencyKeyNotTaken,
    RoleMissing,
    TooManyStreams,
    refusals,
)

FIRST_KEY: Final = "first"
_OWNERS: Final = [requires(*READERS)]
_SECONDS_PER_HOUR: Final = 3_600

Name = Annotated[str, PathParameter(schema_extra={"pattern": ID_PATTERN})]


class WebhookSetUp(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook as it is now; of a new one, what verifies its signatures."""

    webhook: Webhook
    """The webhook as it is now."""
    verified_with: str | None
    """What a new webhook's receiver verifies with: `whsec_…` of `v1`, a secret that is never shown again, or `whpk_…`
    of `v1a`; null where the webhook was there before.
    """


class SigningKeyMade(msgspec.Struct, frozen=True, kw_only=True):
    """The keys that a webhook is signed with now, and of a new one what verifies its signatures."""

    keys: list[SigningKey]
    """What it is signed with now: with each of these."""
    verified_with: str | None
    """What verifies signatures of the new key: `whsec_…` of `v1`, a secret that is never shown again, or `whpk_…` of
    `v1a`; null where the key was there before.
    """


class Webhooks(msgspec.Struct, frozen=True):
    """The webhooks of your party, by name."""

    webhooks: list[Webhook]
    """The webhooks, by name."""


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a request that carried no event."""

    outcome: Outcome
    """Taken with a 2xx; answered otherwise; answered with 410; not reached; not in time; not gone to at all."""
    status: int | None
    """The status of the answer; null where there was none."""
    milliseconds: int
    """How long it took."""
    answer: str
    """How the answer's body begins."""


@get("/v1/webhooks", guards=_OWNERS, responses=refusals(RoleMissing, InboxUnavailable))
async def list_webhooks(caller: NamedDependency[Caller], register: NamedDependency[Register]) -> Webhooks:
    """List your party's webhooks."""
    return Webhooks([*await register.of_party(party_of(caller))])


@get("/v1/webhooks/{name:str}", guards=_OWNERS, responses=refusals(RoleMissing, WebhookNotFound, InboxUnavailable))
async def read_webhook(name: Name, caller: NamedDependency[Caller], register: NamedDependency[Register]) -> Webhook:
    """Read how a webhook is set up, and how it fares."""
    return await register.one(party_of(caller), _named(name))


@put(
    "/v1/webhooks/{name:str}",
    guards=_OWNERS,
    responses=refusals(
        RoleMissing,
        WebhookNameMalformed,
        TargetRefused,
        EventTypeUnpublished,
        NumberNotReached,
        TooManyWebhooks,
        InboxUnavailable,
    ),
)
async def put_webhook(
    name: Name,
    data: JSONBody[PutWebhookBody],
    caller: NamedDependency[Caller],
    register: NamedDependency[Register],
    poster: NamedDependency[Poster],
) -> WebhookSetUp:
    """Set up a webhook, or set it up otherwise. Nothing is sent to a URL before it was verified.

    Done again it changes nothing more, but the secret is shown only once: lost, put another key in its place.
    """
    if not is_id(name):
        raise WebhookNameMalformed(got=name)
    target_of(data.url, development=poster.development)
    if unknown := sorted({*data.types} - registered().keys()):
        raise EventTypeUnpublished(got=unknown[0])
    wanted = Filter(frozenset(data.types), frozenset(data.agreements))
    setup = Setup(url=data.url, wanted=wanted, payload=data.payload, ordered=data.ordered)
    party, made = party_of(caller), Key(data.scheme, os.urandom(KEY_BYTES))
    new = not await register.change(party, name, setup) and await register.add(
        party, name, setup, identifier=new_id("whk"), after=data.after, key_name=FIRST_KEY, key=made
    )
    return WebhookSetUp(webhook=await register.one(party, name), verified_with=made.verified_with if new else None)


@delete("/v1/webhooks/{name:str}", guards=_OWNERS, responses=refusals(RoleMissing, WebhookNotFound, InboxUnavailable))
async def delete_webhook(name: Name, caller: NamedDependency[Caller], register: NamedDependency[Register]) -> None:
    """Delete a webhook, with its keys and all that is known of what it sent."""
    await register.delete(party_of(caller), _named(name))


@post(
    "/v1/webhooks/{name:str}/verify",
    status_code=200,
    guards=_OWNERS,
    responses=refusals(
        RoleMissing, WebhookNotFound, ChallengeUnanswered, TooManyStreams, InboxUnavailable, IdempotencyKeyNotTaken
    ),
)
async def verify_webhook(  # noqa: PLR0913, PLR0917  # a route asks for what it needs by name
    request: Request[Any, Any, Any],
    name: Name,
    caller: NamedDependency[Caller],
    register: NamedDependency[Register],
    poster: NamedDependency[Poster],
    allowances: NamedDependency[Allowances],
    now: NamedDependency[datetime],
) -> Webhook:
    """Send a challenge to the webhook's URL; once that repeats it, events are sent, also where they no longer were."""
    party = party_of(caller)
    destination = await register.destination(party, _named(name))
    allowances.open_stream(caller, request.scope)
    challenge = secrets.token_urlsafe(KEY_BYTES)
    message = trial_of(new_id("chl"), CHALLENGE, now, {"webhook": name, "challenge": challenge})
    answer, body = await poster.post(destination.url, message, destination.keys)
    if not answer.delivered or not repeats(body, challenge):
        raise ChallengeUnanswered(expected="a status of 2xx and the challenge", got=answer.status or answer.outcome)
    await register.activate(destination)
    return await register.one(party, name)


@post(
    "/v1/webhooks/{name:str}/ping",
    status_code=200,
    guards=_OWNERS,
    responses=refusals(RoleMissing, WebhookNotFound, TooManyStreams, InboxUnavailable, IdempotencyKeyNotTaken),
)
async def ping_webhook(  # noqa: PLR0913, PLR0917  # a route asks for what it needs by name
    request: Request[Any, Any, Any],
    name: Name,
    caller: NamedDependency[Caller],
    register: NamedDependency[Register],
    poster: NamedDependency[Poster],
    allowances: NamedDependency[Allowances],
    now: NamedDependency[datetime],
) -> Tried:
    """Send something that is no event to the webhook's URL, signed as events are, and say what came of it."""
    destination = await register.destination(party_of(caller), _named(name))
    allowances.open_stream(caller, request.scope)
    answer, _ = await poster.post(
        destination.url, trial_of(new_id("png"), PING, now, {"webhook": name}), destination.keys
    )
    return Tried(outcome=answer.outcome, status=answer.status, milliseconds=answer.milliseconds, answer=answer.start)


@post(
    "/v1/webhooks/{name:str}/replays",
    status_code=200,
    guards=_OWNERS,
    responses=refusals(
        RoleMissing, WebhookNotFound, ReplayUnclear, NumberNotReached, InboxUnavailable, IdempotencyKeyNotTaken
    ),
)
async def replay_webhook(
    name: Name, data: JSONBody[ReplayBody], caller: NamedDependency[Caller], register: NamedDependency[Register]
) -> Webhook:
    """Send events once more, under the ids that they had: one, all since a number, or those that failed."""
    if [data.number is not None, data.since is not None, data.failed].count(True) != 1:
        raise ReplayUnclear
    await register.replay(party_of(caller), _named(name), number=data.number, since=data.since)
    return await register.one(party_of(caller), name)


@put(
    "/v1/webhooks/{name:str}/keys/{key:str}",
    guards=_OWNERS,
    responses=refusals(RoleMissing, WebhookNameMalformed, WebhookNotFound, TooManySigningKeys, InboxUnavailable),
)
async def put_signing_key(
    name: Name,
    key: Name,
    data: JSONBody[PutSigningKeyBody],
    caller: NamedDependency[Caller],
    register: NamedDependency[Register],
) -> SigningKeyMade:
    """Sign a webhook with another key, and meanwhile with those of before as well."""
    if not is_id(key):
        raise WebhookNameMalformed(got=key)
    made = Key(data.scheme, os.urandom(KEY_BYTES))
    overlap = data.others_for_hours * _SECONDS_PER_HOUR
    new = await register.put_key(party_of(caller), _named(name), key, made, others_for_seconds=overlap)
    webhook = await register.one(party_of(caller), name)
    return SigningKeyMade(keys=webhook.keys, verified_with=made.verified_with if new else None)


@delete(
    "/v1/webhooks/{name:str}/keys/{key:str}",
    guards=_OWNERS,
    responses=refusals(RoleMissing, WebhookNotFound, SigningKeyNotFound, LastSigningKey, InboxUnavailable),
)
async def delete_signing_key(
    name: Name, key: Name, caller: NamedDependency[Caller], register: NamedDependency[Register]
) -> None:
    """Sign a webhook with a key no more, from its next attempt on."""
    if not is_id(key):
        raise SigningKeyNotFound(key=key)
    await register.delete_key(party_of(caller), _named(name), key)


@get(
    "/v1/webhooks/{name:str}/attempts",
    guards=_OWNERS,
    responses=refusals(RoleMissing, WebhookNotFound, CursorMalformed, InboxUnavailable),
)
async def list_attempts(
    name: Name,
    caller: NamedDependency[Caller],
    register: NamedDependency[Register],
    page: NamedDependency[PageRequest],
) -> Response[Page[Attempt]]:
    """List the attempts of the last seven days to deliver something, the newest first."""
    webhook = await register.one(party_of(caller), _named(name))
    before = start_of(page) or LAST_POSITION
    found = await register.attempts(webhook.id, before=before, limit=page.limit + 1)
    ids = {id(attempt): number for number, attempt in found}
    return page.answer([attempt for _, attempt in found], lambda attempt: [ids[id(attempt)]])


ROUTES: Final = [
    Router(
        "/",
        route_handlers=[
            *(list_webhooks, read_webhook, put_webhook, delete_webhook, verify_webhook, ping_webhook, replay_webhook),
            *(put_signing_key, delete_signing_key, list_attempts),
        ],
        tags=["webhooks"],
    )
]


def _named(name: str) -> str:
    """Return a webhook's name; the database is not asked about what no text of its could be."""
    if not is_id(name):
        raise WebhookNotFound(webhook=name)
    return name
