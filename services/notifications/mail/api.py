"""Mail over HTTP: what became of an alert that was sent, and who wants no letters."""

import re
from typing import Annotated, Any, Final

import msgspec
from litestar import MediaType, Request, Response, Router, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, PathParameter

from services.notifications.errors import AlertNotFound, InboxUnavailable
from services.notifications.mail.bodies import PutPreferencesBody
from services.notifications.mail.errors import (
    DigestUnclear,
    InboxStays,
    LegalCriticalStays,
    QuietHoursTooLong,
    TimeZoneUnknown,
    WishSaidTwice,
)
from services.notifications.mail.preferences import check
from services.notifications.mail.store import MailStore
from services.notifications.mail.wishes import (
    ASKED,
    DONE,
    LATER,
    PATH,
    UNKNOWN,
    Letters,
    MailPreferences,
    MailWish,
    Wish,
)
from shared.ids import ID_PATTERN, is_id
from shared.web.allowances import Allowances
from shared.web.answers import NEVER_KEPT
from shared.web.auth import PUBLIC, Caller, requires
from shared.web.refusals import AllowanceSpent, IdempotencyKeyNotTaken, RoleMissing, refusals

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{40,64}", re.ASCII)
_HEADERS: Final = {
    "Cache-Control": NEVER_KEPT,
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
}
_GUARDS: Final = [requires("representative")]
# What an address may ask, in vain or not; it comes back by the clock. Mail programs of many people may share one.
_CLICKS_PER_SECOND: Final = 5.0
_CLICKS_SAVED: Final = 300.0
_LONGEST_WAIT_SECONDS: Final = 1.0

AnyRequest = Request[Any, Any, Any]

AlertName = Annotated[str, PathParameter(schema_extra={"pattern": ID_PATTERN})]


@get(
    "/v1/inbox/{alert:str}/deliveries",
    guards=_GUARDS,
    responses=refusals(RoleMissing, AlertNotFound, InboxUnavailable),
)
async def read_deliveries(
    alert: AlertName, caller: NamedDependency[Caller], mail_store: NamedDependency[MailStore]
) -> Letters:
    """Show to which of your party's representatives an alert was sent by mail, and what became of it."""
    found = await mail_store.deliveries(_party(caller), alert) if is_id(alert) else None
    if found is None:
        raise AlertNotFound(alert=alert)
    return Letters(found)


@get("/v1/mail", guards=_GUARDS, responses=refusals(RoleMissing, InboxUnavailable))
async def read_mail_wish(caller: NamedDependency[Caller], mail_store: NamedDependency[MailStore]) -> MailWish:
    """Show whether you want letters."""
    wishes = await mail_store.wishes([(_party(caller), caller.subject)])
    return MailWish(muted_at=wishes[_party(caller), caller.subject].muted_at)


@post(
    "/v1/mail/mute",
    status_code=200,
    guards=_GUARDS,
    responses=refusals(RoleMissing, InboxUnavailable, IdempotencyKeyNotTaken),
)
async def mute_mail(caller: NamedDependency[Caller], mail_store: NamedDependency[MailStore]) -> MailWish:
    """Want no more letters, but those that have weight in law. Doing it again changes nothing."""
    return MailWish(muted_at=await mail_store.wish(_party(caller), caller.subject, muted=True))


@post(
    "/v1/mail/unmute",
    status_code=200,
    guards=_GUARDS,
    responses=refusals(RoleMissing, InboxUnavailable, IdempotencyKeyNotTaken),
)
async def unmute_mail(caller: NamedDependency[Caller], mail_store: NamedDependency[MailStore]) -> MailWish:
    """Want letters again, from now on. Doing it again changes nothing."""
    return MailWish(muted_at=await mail_store.wish(_party(caller), caller.subject, muted=False))


@get("/v1/preferences", guards=_GUARDS, responses=refusals(RoleMissing, InboxUnavailable))
async def read_preferences(caller: NamedDependency[Caller], mail_store: NamedDependency[MailStore]) -> MailPreferences:
    """Show which letters you want: of everything that is written to people, where you said nothing."""
    wishes = await mail_store.wishes([(_party(caller), caller.subject)])
    return _preferences(wishes[_party(caller), caller.subject])


@put(
    "/v1/preferences",
    guards=_GUARDS,
    responses=refusals(
        *(RoleMissing, InboxStays, LegalCriticalStays, WishSaidTwice, TimeZoneUnknown, QuietHoursTooLong),
        *(DigestUnclear, InboxUnavailable),
    ),
)
async def put_preferences(
    data: JSONBody[PutPreferencesBody], caller: NamedDependency[Caller], mail_store: NamedDependency[MailStore]
) -> MailPreferences:
    """Say which letters you want, in place of all that you said before; it counts for what is not sent yet as well.

    What is refused is refused by all rules that it breaks, the others in `also`, and nothing of it is kept.
    """
    preferences = data.preferences()
    check(preferences)
    return _preferences(await mail_store.prefer(_party(caller), caller.subject, preferences))


# For people and for their mail programs (RFC 8058), who have no token but the one in the link.
@get(f"{PATH}/{{token:str}}", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def ask_whether_to_unsubscribe(token: FromPath[str]) -> Response[bytes]:  # noqa: ARG001  # whatever it is, it is asked
    """Ask, and change nothing: what looks at every link in a letter gets here, too."""
    return _page(ASKED)


@post(f"{PATH}/{{token:str}}", status_code=200, opt=PUBLIC, include_in_schema=False)
async def unsubscribe(
    request: AnyRequest,
    token: FromPath[str],
    clicks: NamedDependency[Allowances],
    mail_store: NamedDependency[MailStore],
) -> Response[bytes]:
    """Have no more letters sent to whom the link was sent."""
    if _TOKEN.fullmatch(token) is None:
        return _page(UNKNOWN, 404)
    client = request.client
    try:
        await clicks.admit(Caller(f"address:{client.host if client else ''}"))
    except AllowanceSpent as spent:
        answer = _page(LATER, 429)
        answer.headers["Retry-After"] = str(spent.retry_after_seconds)
        return answer
    return _page(DONE) if await mail_store.mute_by(token) else _page(UNKNOWN, 404)


def provide_clicks(request: AnyRequest) -> Allowances:
    """Provide `clicks: NamedDependency[Allowances]`: what each address may ask of one process."""
    allowances: Allowances | None = request.app.state.get("clicks")
    if allowances is None:
        allowances = request.app.state["clicks"] = Allowances(
            per_second=_CLICKS_PER_SECOND, saved=_CLICKS_SAVED, longest_wait_seconds=_LONGEST_WAIT_SECONDS
        )
    return allowances


def _page(content: bytes, status: int = 200) -> Response[bytes]:
    return Response(content, status_code=status, media_type=MediaType.HTML, headers=dict(_HEADERS))


def _preferences(wish: Wish) -> MailPreferences:
    return MailPreferences(muted_at=wish.muted_at, **msgspec.structs.asdict(wish.preferences))


def _party(caller: Caller) -> str:
    assert caller.party is not None, "a representative's token names a party"
    return caller.party


ROUTES: Final = [
    Router(
        "/",
        route_handlers=[read_deliveries, read_mail_wish, mute_mail, unmute_mail, read_preferences, put_preferences],
        tags=["mail"],
    ),
    Router(
        "/",
        dependencies={"clicks": Provide(provide_clicks, sync_to_thread=False)},
        route_handlers=[ask_whether_to_unsubscribe, unsubscribe],
    ),
]
