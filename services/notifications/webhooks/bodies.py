"""What callers send of webhooks."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from services.notifications.webhooks.endpoints import Payload
from services.notifications.webhooks.signing import Scheme
from services.notifications.webhooks.targets import LONGEST_URL
from shared.forms import form
from shared.ids import ID_FORM
from shared.positions import LAST_POSITION

MOST_NAMED: Final = 100
LONGEST_OVERLAP_HOURS: Final = 7 * 24

_Url = Annotated[str, Meta(min_length=1, max_length=LONGEST_URL, examples=["https://hut.example/moiety"])]
_Type = Annotated[
    str,
    form(
        r"[a-z]+\.[A-Z][A-Za-z]{0,99}\.v[1-9][0-9]{0,3}",
        "the name of an event with its version",
        "agreements.OwnershipTransferred.v1",
    ),
]
_Agreement = Annotated[str, form(ID_FORM, "an id: 1 to 64 letters, digits and hyphens", "MOU-1")]
_Number = Annotated[int, Meta(ge=1, le=LAST_POSITION)]


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a caller sends; what is not known is refused."""


class PutWebhookBody(_Body, frozen=True, kw_only=True):
    url: _Url
    """Where the events go: an https address that everybody may reach, on port 443 or 8443."""
    types: Annotated[tuple[_Type, ...], Meta(max_length=MOST_NAMED)] = ()
    """Events of which types are sent; of all, where none is named."""
    agreements: Annotated[tuple[_Agreement, ...], Meta(max_length=MOST_NAMED)] = ()
    """Events in which agreements are sent; where none is named, all, also those that are in none."""
    payload: Payload = "FULL"
    """`FULL` is the event as it was published, `THIN` only where to read it."""
    ordered: bool = False
    """Whether each event waits until the one before was taken."""
    scheme: Scheme = "v1"
    """How its first key signs; counts only where the webhook is new."""
    after: Annotated[int, Meta(ge=0, le=LAST_POSITION)] = 0
    """After which number of your feed it begins; counts only where the webhook is new."""


class PutSigningKeyBody(_Body, frozen=True, kw_only=True):
    scheme: Scheme = "v1"
    """`v1` is HMAC-SHA256 with a shared secret, `v1a` Ed25519."""
    others_for_hours: Annotated[int, Meta(ge=0, le=LONGEST_OVERLAP_HOURS)] = 24
    """For how many hours the keys that are there sign as well."""


class ReplayBody(_Body, frozen=True, kw_only=True):
    number: _Number | None = None
    """The number of the one event to be sent once more."""
    since: _Number | None = None
    """The number of the first event to be sent once more, with all that follow."""
    failed: bool = False
    """Whether those are sent once more that were not taken at their last attempt."""
