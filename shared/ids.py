"""Identifiers: opaque text, chosen by the client or made here from a UUIDv7."""

import os
import re
import time
from typing import NewType

from shared.forms import whole

PartyId = NewType("PartyId", str)
AgreementId = NewType("AgreementId", str)
ProjectId = NewType("ProjectId", str)
PersonId = NewType("PersonId", str)
ContributionId = NewType("ContributionId", str)
InventionId = NewType("InventionId", str)
DeterminationId = NewType("DeterminationId", str)
LicenceId = NewType("LicenceId", str)
HolderId = NewType("HolderId", str)
StreamId = NewType("StreamId", str)

UNALLOCATED = HolderId("UNALLOCATED")
# The holder of what nobody holds yet is no party's name.
ID_FORM = rf"(?!{UNALLOCATED}$)[A-Za-z0-9][A-Za-z0-9-]{{0,63}}"
ID_PATTERN = whole(ID_FORM)
# A party, or a person by pseudonym.
HOLDER_FORM = "(person:)?[A-Za-z0-9][A-Za-z0-9-]{0,63}"
_ID = re.compile(ID_PATTERN, re.ASCII)
_PERSON = "person:"
# The two bits that say which variant of UUIDs this is, above two random ones.
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def is_id(text: str) -> bool:
    """Tell whether the text may be an id: it must also fit in a NATS subject token and a URL path segment."""
    return _ID.match(text) is not None


class _Randomness:
    """Random hex digits of the operating system's, fetched a few thousand at a time: a system call each is slow."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._digits = ""
        self._used = 0

    def digits(self, count: int) -> str:
        if self._used + count > len(self._digits):
            self._digits = os.urandom(4096).hex()
            self._used = 0
        self._used += count
        return self._digits[self._used - count : self._used]


_randomness = _Randomness()
# A forked child must not hand out the digits that its parent does.
os.register_at_fork(after_in_child=_randomness.forget)


def uuid7_hex() -> str:
    """Return 32 hex digits of a time-ordered UUID, RFC 9562 section 5.7: 48 bits of milliseconds, then random bits."""
    milliseconds = time.time_ns() // 1_000_000 & 0xFFFF_FFFF_FFFF
    random = _randomness.digits(19)
    return f"{milliseconds:012x}7{random[:3]}{_VARIANT[random[3]]}{random[4:]}"


def new_event_id() -> str:
    """Return the text of a fresh UUIDv7, without making a UUID object of it: every event needs one."""
    text = uuid7_hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def new_id(prefix: str) -> str:
    """Return a fresh id such as `ctb-0192f3…`; the prefix tells people what it names, programs must not read it."""
    return f"{prefix}-{uuid7_hex()}"


def person_holder(person: str) -> HolderId:
    """Return the holder that stands for a person while a title gap leaves their share with them."""
    return HolderId(f"{_PERSON}{person}")


def is_person(holder: str) -> bool:
    """Tell whether a holder is a person, with whom a title gap left a share, and no party."""
    return holder.startswith(_PERSON)
