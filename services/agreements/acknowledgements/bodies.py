"""What requests that answer events say."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from services.agreements.fields import Body, HashText, Holder, Id, RatioText
from shared.events.acknowledgement import Verdict
from shared.positions import LAST_POSITION


class AcknowledgeBody(Body, frozen=True, kw_only=True):
    asset: Id
    event: Id
    """The `id` of the event that is answered: an adoption, a transfer or its rescission."""
    position: Annotated[int, Meta(ge=1, le=LAST_POSITION)]
    """The position of that event, as `Moiety-Position` or the feed says it."""
    effective: date | None = None
    """The legal day of which the holdings are; without one that on which the event takes effect."""
    holdings: Annotated[dict[Holder, RatioText], Meta(max_length=50)]
    """What the party's system worked out from everything up to that event: the share of each holder, `n/d`; they sum to
    `1/1`. Empty where nobody held a share yet.
    """
    verdict: Verdict
    """Whether that is what stands (`ACCEPT`), which is compared, or not (`CONTEST`)."""
    note_hash: HashText | None = None
    """The hash of a note, which stays outside; null for none."""
