"""What stands in an address and opens something by itself is written nowhere, whatever route there is."""

from collections.abc import Iterator

import pytest
from litestar import Router
from litestar.routes import HTTPRoute

from services.agreements.app import ROUTES as AGREEMENTS
from services.ledger.read.api import ROUTES as LEDGER
from services.notifications.app import ROUTES as NOTIFICATIONS
from shared.web.auth import PUBLIC
from shared.web.shown import without_secrets

SECRET = "XLH87d_kQ-27"  # no mark of its own: whoever writes the address may leave that out


def open_to_all() -> Iterator[str]:
    """Yield the address of every route that asks for no token and takes something in its path: that is the secret."""
    for router in [*AGREEMENTS, *LEDGER, *NOTIFICATIONS]:
        assert isinstance(router, Router)
        for route in router.routes:
            assert isinstance(route, HTTPRoute)
            if any(PUBLIC.items() <= handler.opt.items() for handler in route.route_handlers) and route.path_parameters:
                yield route.path_format.replace("{token}", SECRET)


ADDRESSES = [*open_to_all()]


def test_there_are_such_routes():
    """Of both services that send links; none takes what opens something under another name."""
    assert {f"/v1/unsubscribe/{SECRET}", f"/voice/{SECRET}", f"/voice/{SECRET}/confirm"} <= {*ADDRESSES}
    assert all(SECRET in address for address in ADDRESSES)


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_opens_something_is_not_written_down(address: str):
    """Nor where the address is misspelt, or a proxy put something before it, or after it."""
    for written in (
        address,
        address + "/",
        address + "/more",
        address.upper().replace(SECRET.upper(), SECRET),
        "/notifications" + address,
        "/" + address,
        address.replace(SECRET, "/" + SECRET),
        address.replace(SECRET, "~" + SECRET),
        address.replace(SECRET, "%7E" + SECRET),
        address.replace("/" + SECRET, "%2F" + SECRET),
    ):
        assert SECRET not in without_secrets(written), written


def test_all_else_is_written_as_it_is():
    """Whoever looks for what went wrong has to find what it was."""
    for address in ("/v1/contributions/CTB-1/voice", "/v1/inbox/alr-1/deliveries", "/v1/mail/mute", "/voice"):
        assert address == without_secrets(address)
