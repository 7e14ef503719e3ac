"""What the three services publish about themselves."""

from functools import cache
from typing import Any, Final

import msgspec

from services.agreements.app import create as create_agreements
from services.ledger.app import create as create_ledger
from services.notifications.app import create as create_notifications
from shared.settings import Settings
from shared.web.description import description_of
from shared.web.kept import Kept

_CREATE: Final = {"agreements": create_agreements, "ledger": create_ledger, "notifications": create_notifications}
SERVICES: Final = tuple(_CREATE)


@cache
def published(service: str) -> dict[str, Any]:
    """Return a service's OpenAPI document, as it is served; whoever changes it makes a copy."""
    app = _CREATE[service](Settings(service=service, http_port=1, issuer="urn:issuer", jwks="jwks.json"))
    described = description_of(app, Kept.by(f"services.{service}"))
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(described, enc_hook=str))
    return document
