"""Write `docs/problems.md` anew: `python -m tests.docs.problems`."""

from itertools import groupby

from litestar.routes import HTTPRoute

from services.agreements.app import create as create_agreements
from services.ledger.app import create as create_ledger
from services.notifications.app import create as create_notifications
from shared.errors import DomainError, Unavailable, all_refusals
from shared.settings import Settings
from shared.web.refusals import Refusals, status_of
from tests.architecture.source import ROOT

CREATE = {"agreements": create_agreements, "ledger": create_ledger, "notifications": create_notifications}
PAGE = ROOT / "docs" / "problems.md"
_AREAS = {
    "shared.web": "HTTP",
    "shared.log": "The log",
    "shared.known": "What was known",
    "shared.ratio": "Shares",
    "services.agreements.parties": "Parties",
    "services.agreements.affiliations": "Affiliations",
    "services.agreements.consent": "What needs the holders",
    "services.agreements.people": "People",
    "services.agreements.contracts": "Agreements",
    "services.agreements.background": "Background",
    "services.agreements.opportunities": "Opportunities",
    "services.agreements.projects": "Projects",
    "services.agreements.progress": "Progress of projects",
    "services.agreements.participants": "Participants",
    "services.agreements.contributions": "Contributions",
    "services.agreements.inventions": "Inventions and determinations",
    "services.agreements.retirement": "Giving inventions up",
    "services.agreements.ownership": "Ownership",
    "services.agreements.transfers": "Transfers",
    "services.agreements.disputes": "Disputes",
    "services.agreements.licences": "Licences",
    "services.agreements.simulation": "Simulations",
    "services.agreements": "What several of these share",
    "services.ledger": "Ledger",
    "services.notifications": "Notifications",
}
_HEAD = """\
# Problems

Every refusal is a problem document (RFC 9457, `application/problem+json`). Programs read `type` or `code`, which never
change for a rule; people read `title` and `detail`. Members beside the standard's: `code`, `correlation_id` (quote it
when you ask), and where they help `expected`, `got` and `ids`. Where a decision looks at every rule before it refuses,
`also` lists what else stands in the way, in the same form; of a body, `errors` lists everything that is wrong with it
([HTTP](http.md)). Each route's OpenAPI description lists the problems it may
answer with.

`type` is `urn:moiety:problem:` and the name below; `code` is the same name in capitals with underscores. After 429 and
503 ask again as it is (`Retry-After` says when), after 409 or 412 read again first. A repeated request with the same
`Idempotency-Key` is safe in every case, for thirty days.

This page is written by `python -m tests.docs.problems` from what the routes declare; a test compares them.
"""


def page() -> str:
    """Return the page as it must read."""
    sections = [_HEAD]
    ordered = sorted(published_refusals(), key=lambda refusal: (list(_AREAS).index(_area(refusal)), refusal.__name__))
    for area, refusals in groupby(ordered, key=_area):
        rows = [f"| `{_name(refusal)}` | {status_of(refusal)} | {_meaning(refusal)} |" for refusal in refusals]
        sections.append(
            "\n".join([f"## {_AREAS[area]}", "", "| Problem | Status | Meaning |", "|---|---|---|", *rows, ""])
        )
    return "\n".join(sections)


def _meaning(refusal: type[DomainError]) -> str:
    besides = refusal.of_commands if issubclass(refusal, Unavailable) else ""
    return f"{refusal.title()} {besides and f'To a command besides: {besides}'}".rstrip()


def published_refusals() -> set[type[DomainError]]:
    """Return the refusals that a caller may meet: what routes declare, and what HTTP itself refuses on any of them."""
    declared = {refusal for service in CREATE for refusal in _declared_by(service)}
    return declared | {refusal for refusal in all_refusals() if refusal.__module__.startswith("shared.web.")}


def _declared_by(service: str) -> set[type[DomainError]]:
    app = CREATE[service](Settings(service=service, http_port=1, issuer="urn:issuer", jwks="jwks.json"))
    routes = [route for route in app.routes if isinstance(route, HTTPRoute)]
    handlers = [handler for route in routes for handler, _ in route.route_handler_map.values()]
    return {
        refusal
        for handler in handlers
        if isinstance(handler.responses, Refusals)
        for refusal in handler.responses.classes
    }


def _area(refusal: type[DomainError]) -> str:
    return max((area for area in _AREAS if f"{refusal.__module__}.".startswith(f"{area}.")), key=len)


def _name(refusal: type[DomainError]) -> str:
    return refusal.problem_type().removeprefix("urn:moiety:problem:")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
