"""Signatures as Standard Webhooks 1.0.0 has them, and what follows an attempt."""

from base64 import b64decode
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.webhooks.schedule import (
    JITTER,
    LONGEST_WAIT_SECONDS,
    Answer,
    asked_to_wait,
    following,
    outcome_of,
)
from services.notifications.webhooks.signing import Key, signed

# The specification's own example.
SECRET = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
BODY = b'{"test": 2432232314}'
RETRIES = (5.0, 300.0, 1_800.0)


def test_a_secret_signs_as_the_specification_says():
    """Its example comes out as printed there."""
    key = Key("v1", SECRET)

    assert "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" == key.signature(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, BODY
    )
    assert "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" == key.verified_with


def test_a_private_key_signs_what_its_public_key_verifies():
    """Of Ed25519, over the same text; a changed body, time or id is not what was signed."""
    key = Key("v1a", b"7" * 32)
    scheme, _, signature = key.signature("id-1", 17, BODY).partition(",")
    public = Ed25519PublicKey.from_public_bytes(b64decode(key.verified_with.removeprefix("whpk_")))

    assert scheme == "v1a"
    public.verify(b64decode(signature), b"id-1.17." + BODY)
    for other in (b"id-1.17." + BODY + b" ", b"id-1.18." + BODY, b"id-2.17." + BODY):
        with pytest.raises(InvalidSignature):
            public.verify(b64decode(signature), other)


def test_every_valid_key_signs():
    """While keys change, the receiver finds the signature of whichever it knows."""
    keys = (Key("v1", SECRET), Key("v1a", b"7" * 32))
    headers = signed("id-1", 17, BODY, keys)

    assert [key.signature("id-1", 17, BODY) for key in keys] == headers["webhook-signature"].split(" ")
    assert ("id-1", "17") == (headers["webhook-id"], headers["webhook-timestamp"])


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "DELIVERED"), (204, "DELIVERED"), (299, "DELIVERED"), (301, "REFUSED"), (410, "GONE"), (500, "REFUSED")],
)
def test_only_a_2xx_takes_an_event(status: int, outcome: str):
    """A redirection does not; 410 asks for no more."""
    assert outcome == outcome_of(status)


@given(attempts=st.integers(1, 3), chance=st.floats(0, 1))
def test_a_wait_is_about_what_the_schedule_says(attempts: int, chance: float):
    """A fifth more or less, so that what failed together does not come back together."""
    wait = following(Answer("TIMED_OUT", 1), attempts, RETRIES, chance).retry_seconds

    assert wait is not None
    assert abs(wait - RETRIES[attempts - 1]) <= RETRIES[attempts - 1] * JITTER + 1e-6


def test_after_its_last_attempt_an_event_is_given_up():
    """As many retries as there are waits, and none after what was taken."""
    refused = Answer("REFUSED", 1, 500)

    assert following(refused, 3, RETRIES, 0.5).retry_seconds == 1_800
    assert following(refused, 4, RETRIES, 0.5).retry_seconds is None
    assert following(Answer("DELIVERED", 1, 200), 1, RETRIES, 0.5).retry_seconds is None


@pytest.mark.parametrize(
    ("status", "asked", "wait", "rest"),
    [
        (429, 60.0, 60, 60),
        (503, 1.0, 5, 1),
        (429, 1e9, LONGEST_WAIT_SECONDS, 3_600),
        (400, 60.0, 60, 0),
        (503, None, 5, 0),
    ],
)
def test_what_a_receiver_asks_for_is_honoured_within_bounds(status: int, asked: float | None, wait: float, rest: float):
    """Retry-After lengthens a wait, to a day at most; where it is overloaded, for the webhook as a whole."""
    after = following(Answer("REFUSED", 1, status, asked), 1, RETRIES, 0.5)

    assert (wait, rest) == (after.retry_seconds, after.rest_seconds)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Mon, 16 Dec 2024 09:01:00 GMT", 60),
        ("Mon, 16 Dec 2024 09:01:00 -0000", 60),
        ("Mon, 16 Dec 2024 08:00:00 GMT", 0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("9" * 5_000, None),
        ("Mon, 99 Dec 2024 09:01:00 GMT", None),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
    ],
)
def test_a_wait_is_read_in_seconds_or_as_a_date(text: str, seconds: float | None):
    """As HTTP has it; whatever is neither asks for nothing."""
    assert seconds == asked_to_wait(text, datetime(2024, 12, 16, 9, tzinfo=UTC))
