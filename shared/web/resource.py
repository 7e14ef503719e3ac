"""What an API says to whoever has no token for it yet: who issues them, and what they say (RFC 9728)."""

import re
from typing import Any, Final, Protocol

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from shared.web.auth import PUBLIC
from shared.web.claims import ROLES
from shared.web.refusals import HostMisstated

RESOURCE_METADATA: Final = "/.well-known/oauth-protected-resource"
# What a Host may consist of that is repeated in a header: nothing that ends a quoted text.
_HOST: Final = re.compile(r"[A-Za-z0-9.:\[\]-]+")
_PUBLIC_URL: Final = "public_url"
_URLS: Final = ("https://", "http://")


class ResourceSettings(Protocol):
    """Where an API is reached, and by which tokens: part of the settings."""

    @property
    def public_url(self) -> str: ...
    @property
    def issuer(self) -> str: ...
    @property
    def audience(self) -> str: ...
    @property
    def party_claim(self) -> str: ...
    @property
    def roles_claim(self) -> str: ...


class ProtectedResource(msgspec.Struct, omit_defaults=True):
    """The metadata of RFC 9728, 2; the last three members are ours, as that section allows."""

    resource: str
    resource_name: str
    resource_documentation: str
    bearer_methods_supported: list[str]
    roles_supported: list[str]
    roles_claim: str
    party_claim: str
    audiences_accepted: list[str]
    authorization_servers: list[str] = []


def resource_routes(service: str, settings: ResourceSettings) -> list[HTTPRouteHandler]:
    """Return the route that describes a service as a protected resource, for everybody."""
    # An issuer that is no address, as that of `make run`, is nowhere for a client to go.
    issuers = [settings.issuer] if settings.issuer.startswith(_URLS) else []

    @get(RESOURCE_METADATA, opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
    def protected_resource(request: Request[Any, Any, Any]) -> Response[bytes]:
        here = address_of(request)
        if here is None:
            raise HostMisstated(expected="a host")
        said = ProtectedResource(
            resource=here,
            resource_name=f"Moiety {service}",
            resource_documentation=f"{here}/docs",
            bearer_methods_supported=["header"],
            roles_supported=sorted(ROLES),
            roles_claim=settings.roles_claim,
            party_claim=settings.party_claim,
            audiences_accepted=settings.audience.split(),
            authorization_servers=issuers,
        )
        return Response(msgspec.json.encode(said), media_type="application/json")

    return [protected_resource]


def located(settings: ResourceSettings) -> State:
    """Return what an application remembers of where it is."""
    return State({_PUBLIC_URL: settings.public_url})


def address_of(request: Request[Any, Any, Any]) -> str | None:
    """Return under which address clients reach this API: as was set, else as it was asked, if that can be repeated.

    Asked through a proxy that speaks TLS for it, an API does not know that it was.
    """
    if public_url := request.app.state.get(_PUBLIC_URL):
        return str(public_url)
    host = request.headers.get("host", "")
    return f"{request.scope['scheme']}://{host}" if _HOST.fullmatch(host) else None
