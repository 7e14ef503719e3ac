"""An address is one that a letter can be addressed to, wherever it is said: registered as well as written to."""

import msgspec
import pytest

from services.agreements.people.bodies import AddPersonBody
from services.notifications.mail.letters import compose
from services.notifications.mail.letters.errors import AddressRefused
from shared.addresses import is_address
from tests.notifications.letters.controls import letter

ADDRESSES = ("a@b.c", "ky.wong+moiety@hut.example", "o'neill@xn--p1ai.example", f"{'x' * 64}@b.example", "a@localhost")
NONE = (
    "",
    "a",
    "a@",
    "@b",
    "a@b@c",
    "a@b.c>",
    "a b@c.d",
    "a@b c",
    ".a@b.c",
    "a.@b.c",
    "a..b@c.d",
    "a@b..c",
    "a@-b.c",
    "a@b-.c",
    "a@b_c.d",
    "a@b.c\n",
    "a@b.c,d@e.f",
    '"a b"@c.d',
    "王@hut.example",
    "a@王.example",
    "a@[127.0.0.1]",
    f"{'x' * 65}@b.example",
    f"a@{'b' * 253}",
)


def is_registered(address: str) -> bool:
    """Tell whether agreements take it of a party's person."""
    try:
        msgspec.convert({"name": "Ky", "email": address}, AddPersonBody)
    except msgspec.ValidationError:
        return False
    return True


def is_written_to(address: str) -> bool:
    """Tell whether notifications can write a letter to it."""
    try:
        compose(letter(address=address))
    except AddressRefused:
        return False
    return True


@pytest.mark.parametrize("address", [*ADDRESSES, *NONE])
def test_whoever_is_registered_can_be_written_to(address: str):
    """At no other address is anybody on notice, so that nobody can keep a clock from starting by one."""
    assert (address in ADDRESSES,) * 3 == (is_address(address), is_registered(address), is_written_to(address))


def test_what_goes_on_and_on_is_refused_at_once():
    """Whoever sends it keeps nobody else waiting."""
    for address in ("a-" * 30_000 + "!", "a@" + "b-" * 30_000 + "!", "a." * 30_000 + "@", "a@" + "b." * 30_000):
        assert not is_registered(address)
        assert not is_address(address)
