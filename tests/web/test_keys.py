"""The issuer's keys are read again by the clock, known by what they are, and believed for a stated time at most."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from joserfc.jwk import ECKey, OKPKey

from shared.parts import Parts
from shared.testing import wait_until
from shared.web.app import create_app, keys_check
from shared.web.auth import TokenVerifier
from shared.web.issuer import LocalIssuer
from shared.web.keys import (
    KEPT_SECONDS,
    REREAD_AT_MOST_EVERY_SECONDS,
    REREAD_SECONDS,
    Place,
    TrustedKeys,
    verifying_keys,
)
from shared.web.refusals import KeysUnavailable, TokenForeign
from tests.told import refuses
from tests.web.kitchen import ACCEPTED, AUDIENCE, ISSUER, ROUTES, WebSettings
from tests.web.published import Clock, key_set, signed_by_hand

DEADLINE_SECONDS = 10


def entry(key: Any, **members: str) -> dict[str, Any]:
    return {**key.as_dict(private=False), **members}


@pytest.fixture
def successor() -> LocalIssuer:
    """The same issuer with another key."""
    return LocalIssuer.with_new_key(issuer=ISSUER, audience=AUDIENCE)


@contextlib.asynccontextmanager
async def kept_current(keys: TrustedKeys) -> AsyncIterator[None]:
    """Let the keys be read by the clock, as long as the block runs."""
    keeping = asyncio.create_task(keys.keep_current(look_seconds=0.001))
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})


async def ended(parts: Parts) -> bool:
    return await parts.ended() is not None


class SilentIssuer:
    """An address that takes every question, and answers none before the deadline."""

    def __init__(self, clock: Clock) -> None:
        self.asked = 0
        self._clock = clock

    async def __call__(self) -> bytes:
        self.asked += 1
        await asyncio.sleep(0)
        self._clock.now += 5
        raise TimeoutError


async def several_looks(clock: Clock) -> None:
    """Wait until the clock was looked at many times."""
    enough = clock.looks + 20
    await wait_until(lambda: clock.looks >= enough, DEADLINE_SECONDS, "many looks at the clock")


class TestByTheClock:
    async def test_a_withdrawn_key_is_not_believed_for_long_whatever_the_traffic(
        self, verifier: TokenVerifier, issuer: LocalIssuer, successor: LocalIssuer, published, monotonic: Clock
    ):
        """Nobody comes with an unknown key: the token that was verified before is refused all the same."""
        token = issuer.mint("p-1")
        await verifier.caller_of(token)
        published.document = successor.jwks()

        async with kept_current(verifier.keys):
            monotonic.now += REREAD_SECONDS
            await wait_until(lambda: published.asked == 2, DEADLINE_SECONDS, "the keys read again")

        with refuses(TokenForeign):
            await verifier.caller_of(token)

    async def test_the_issuer_is_not_asked_before_it_is_time(
        self, verifier: TokenVerifier, issuer: LocalIssuer, published, monotonic: Clock
    ):
        """Five minutes is the promise, and the issuer's peace."""
        await verifier.caller_of(issuer.mint("p-1"))
        async with kept_current(verifier.keys):
            monotonic.now += REREAD_SECONDS - 1
            await several_looks(monotonic)

        assert 1 == published.asked

    async def test_an_issuer_that_does_not_answer_is_asked_again_soon_but_not_at_once(
        self, verifier: TokenVerifier, issuer: LocalIssuer, published, monotonic: Clock
    ):
        """A failure is followed by another attempt after the throttle, not by a flood."""
        await verifier.caller_of(issuer.mint("p-1"))
        document, published.document = published.document, None
        async with kept_current(verifier.keys):
            monotonic.now += REREAD_SECONDS
            await wait_until(lambda: published.asked == 2, DEADLINE_SECONDS, "the keys asked for again")
            await several_looks(monotonic)
            assert 2 == published.asked
            published.document = document
            monotonic.now += REREAD_AT_MOST_EVERY_SECONDS
            await wait_until(lambda: published.asked == 3, DEADLINE_SECONDS, "and again")
            monotonic.now += REREAD_SECONDS - 1
            await several_looks(monotonic)

        assert 3 == published.asked

    async def test_a_service_keeps_its_keys_current(self, settings: WebSettings):
        """From its start to its stop."""
        app = create_app(service="kitchen", settings=settings, routes=ROUTES)

        async with app.lifespan():
            assert "keys" in {task.get_name() for task in asyncio.all_tasks()}
        assert "keys" not in {task.get_name() for task in asyncio.all_tasks()}

    async def test_a_service_that_no_longer_reads_them_is_not_ready(self, published, monotonic: Clock):
        """Whatever ended that: nobody would learn of a key that was withdrawn."""
        keys = TrustedKeys(published, clock=monotonic)
        await keys.load()
        async with Parts() as reading:
            check = keys_check(keys, reading)
            reading.start(keys.keep_current(look_seconds=0.001), name="keys")
            assert await check() is None
            published.document = 7  # what no fetch returns
            monotonic.now += REREAD_SECONDS
            await wait_until(lambda: ended(reading), DEADLINE_SECONDS, "the end of the reading")

            assert str(await check()).startswith("keys: TypeError")


class TestAnIssuerThatDoesNotAnswer:
    async def test_its_last_keys_are_kept_for_a_while(
        self, verifier: TokenVerifier, issuer: LocalIssuer, published, monotonic: Clock
    ):
        """Its outage is not ours, for an hour."""
        remembered = issuer.mint("p-1")
        await verifier.caller_of(remembered)
        published.document = None
        monotonic.now += KEPT_SECONDS - 1

        assert (await verifier.caller_of(remembered)).subject == "p-1"
        assert (await verifier.caller_of(issuer.mint("p-2"))).subject == "p-2"
        assert await verifier.keys.readiness() is None

    async def test_after_that_nobody_is_believed_and_readiness_says_so(
        self, verifier: TokenVerifier, issuer: LocalIssuer, published, monotonic: Clock
    ):
        """Keys that may have been withdrawn long ago prove nothing, not even what they proved before."""
        remembered = issuer.mint("p-1")
        await verifier.caller_of(remembered)
        published.document = None
        monotonic.now += KEPT_SECONDS

        for token in (remembered, issuer.mint("p-2")):
            with refuses(KeysUnavailable):
                await verifier.caller_of(token)
        assert await verifier.keys.readiness() == "the issuer's key set was last read 3600 s ago"

    async def test_when_it_answers_again_everybody_is_believed(
        self, verifier: TokenVerifier, issuer: LocalIssuer, published, monotonic: Clock
    ):
        """With the next request, not minutes later."""
        token = issuer.mint("p-1")
        await verifier.caller_of(token)
        document, published.document = published.document, None
        monotonic.now += KEPT_SECONDS
        with refuses(KeysUnavailable):
            await verifier.caller_of(token)
        published.document = document
        monotonic.now += 1

        assert (await verifier.caller_of(token)).subject == "p-1"
        assert await verifier.keys.readiness() is None

    async def test_whoever_waits_for_it_waits_for_one_attempt(self, issuer: LocalIssuer, monotonic: Clock):
        """Not for one of their own after the other: the twentieth would be answered after as many deadlines."""
        silent = SilentIssuer(monotonic)
        verifier = TokenVerifier(TrustedKeys(silent, clock=monotonic), ACCEPTED)
        tokens = [issuer.mint(f"p-{number}") for number in range(20)]
        answers = await asyncio.gather(*map(verifier.caller_of, tokens), return_exceptions=True)

        assert [KeysUnavailable] * 20 == [type(answer) for answer in answers]
        assert 1 == silent.asked

    async def test_one_that_never_answered_lets_nobody_in(self, issuer: LocalIssuer, published):
        """No key set at all is our trouble, not the caller's: 503, not 401."""
        published.document = None
        verifier = TokenVerifier(TrustedKeys(published), ACCEPTED)

        with refuses(KeysUnavailable):
            await verifier.caller_of(issuer.mint("p-1"))
        assert await verifier.keys.readiness() == "the issuer's key set has not been read yet"

    @pytest.mark.parametrize(
        "document",
        [b"", b"<html>", b"[]", b"{}", b'{"keys": {}}', b'{"keys": "\xff"}', b'{"keys": ' + 100_000 * b"["],
        ids=["nothing", "html", "list", "empty", "no list", "no UTF-8", "endless"],
    )
    async def test_an_answer_that_is_no_key_set_is_none(
        self, verifier: TokenVerifier, issuer: LocalIssuer, published, monotonic: Clock, document: bytes
    ):
        """A proxy's page in its place withdraws no key."""
        await verifier.caller_of(issuer.mint("p-1"))
        published.document = document
        monotonic.now += REREAD_AT_MOST_EVERY_SECONDS
        with refuses(TokenForeign):
            await verifier.caller_of(issuer.mint("p-1", header={"kid": "unknown"}))

        assert 2 == published.asked
        assert (await verifier.caller_of(issuer.mint("p-2"))).subject == "p-2"

    async def test_an_empty_key_set_withdraws_every_key(
        self, verifier: TokenVerifier, issuer: LocalIssuer, published, monotonic: Clock
    ):
        """That is an answer, and readiness says what follows from it."""
        await verifier.caller_of(issuer.mint("p-1"))
        published.document = key_set()
        monotonic.now += REREAD_AT_MOST_EVERY_SECONDS
        for kid in ("unknown", None):
            with refuses(TokenForeign):
                await verifier.caller_of(issuer.mint("p-1", header={"kid": kid}))

        with refuses(TokenForeign):
            await verifier.caller_of(issuer.mint("p-1"))
        assert await verifier.keys.readiness() == "no key in the issuer's key set can verify a token"


class TestAnotherKey:
    async def test_a_new_key_ends_what_the_old_one_proved(
        self, verifier: TokenVerifier, issuer: LocalIssuer, successor: LocalIssuer, published, monotonic: Clock
    ):
        """When the issuer exchanges its key, tokens already verified with the old one are refused, too."""
        token = issuer.mint("p-1")
        await verifier.caller_of(token)
        published.document = successor.jwks()
        monotonic.now += REREAD_AT_MOST_EVERY_SECONDS

        assert (await verifier.caller_of(successor.mint("p-2"))).subject == "p-2"
        with refuses(TokenForeign):
            await verifier.caller_of(token)

    async def test_a_key_replaced_under_its_id_locks_nobody_out(
        self, verifier: TokenVerifier, published, monotonic: Clock
    ):
        """The signature that fails has the keys read again, and what the old key proved is over."""
        old, new = OKPKey.generate_key("Ed25519"), OKPKey.generate_key("Ed25519")
        published.document = key_set(entry(old, kid="k1"))
        verified = signed_by_hand(HEADER, claims("p-1"), old)
        await verifier.caller_of(verified)
        published.document = key_set(entry(new, kid="k1"))
        monotonic.now += REREAD_AT_MOST_EVERY_SECONDS

        assert (await verifier.caller_of(signed_by_hand(HEADER, claims("p-2"), new))).subject == "p-2"
        with refuses(TokenForeign):
            await verifier.caller_of(verified)
        with refuses(TokenForeign):
            await verifier.caller_of(signed_by_hand(HEADER, claims("p-3"), old))

    async def test_signatures_that_fail_do_not_make_us_hammer_the_issuer(
        self, verifier: TokenVerifier, issuer: LocalIssuer, published, monotonic: Clock
    ):
        """A flood of forgeries under a known id asks the issuer once per interval, and disturbs nobody else."""
        await verifier.caller_of(issuer.mint("p-1"))
        stranger = LocalIssuer.with_new_key(issuer=ISSUER, audience=AUDIENCE)
        known = msgspec.json.decode(issuer.jwks())["keys"][0]["kid"]
        monotonic.now += REREAD_AT_MOST_EVERY_SECONDS
        for number in range(50):
            with refuses(TokenForeign):
                await verifier.caller_of(stranger.mint(f"p-{number}", header={"kid": known}))

        assert 2 == published.asked
        assert (await verifier.caller_of(issuer.mint("p-1"))).subject == "p-1"

    async def test_unknown_key_ids_do_not_make_us_hammer_the_issuer(
        self, verifier: TokenVerifier, issuer: LocalIssuer, published, monotonic: Clock
    ):
        """A flood of tokens with made-up key ids asks the issuer once per interval."""
        await verifier.caller_of(issuer.mint("p-1"))
        for number in range(50):
            with refuses(TokenForeign):
                await verifier.caller_of(issuer.mint("p-1", header={"kid": f"made-up-{number}"}))
        assert published.asked == 1

        monotonic.now += REREAD_AT_MOST_EVERY_SECONDS
        with refuses(TokenForeign):
            await verifier.caller_of(issuer.mint("p-1", header={"kid": "made-up"}))
        assert published.asked == 2


HEADER = {"alg": "Ed25519", "typ": "at+jwt", "kid": "k1"}


def claims(subject: str) -> dict[str, Any]:
    return {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "exp": 4_000_000_000}


class TestAKeySet:
    def test_only_keys_that_can_verify_are_taken(self):
        """Shared secrets, weak or unknown keys in a key set are ignored, not fatal."""
        entries: list[Any] = [
            {"kty": "oct", "k": "c2VjcmV0", "kid": "secret"},
            {"kty": "new-kind", "kid": "future"},
            {"kty": ["EC"], "kid": "mistyped"},
            entry(ECKey.generate_key("P-384"), kid="p384"),
            entry(OKPKey.generate_key("X25519"), kid="exchange"),
            entry(ECKey.generate_key("P-256"), kid="encrypts", use="enc"),
            entry(ECKey.generate_key("P-256"), kid="good"),
            "not even an object",
        ]

        assert {Place("good", "EC")} == verifying_keys(key_set(*entries)).keys()

    async def test_one_id_at_keys_of_two_types_is_told_apart_by_the_algorithm(self, published):
        """As RFC 7517 allows: the algorithm says which of them is meant."""
        edwards, curve = OKPKey.generate_key("Ed25519"), ECKey.generate_key("P-256")
        published.document = key_set(entry(edwards, kid="k1"), entry(curve, kid="k1"))
        keys = TrustedKeys(published)
        await keys.load()

        for algorithm, key in (("Ed25519", edwards), ("EdDSA", edwards), ("ES256", curve)):
            found = await keys.find("k1", algorithm)
            assert found is not None
            assert key.thumbprint() == found.thumbprint()
        assert await keys.find("k1", "RS256") is None

    def test_one_id_at_two_keys_of_one_type_is_believed_of_neither(self):
        """Nobody can say which is meant; the others are as good as ever."""
        first, second, other = (ECKey.generate_key("P-256") for _ in range(3))
        ambiguous = key_set(entry(first, kid="k1"), entry(second, kid="k1"), entry(other, kid="k2"))

        assert {Place("k2", "EC")} == verifying_keys(ambiguous).keys()

    def test_the_same_key_twice_is_one(self):
        """Not a different key, so nothing is unclear."""
        key = ECKey.generate_key("P-256")

        assert {Place("k1", "EC")} == verifying_keys(key_set(entry(key, kid="k1"), entry(key, kid="k1"))).keys()

    async def test_reading_the_same_keys_again_forgets_nothing(self, published):
        """Order and members beside the key mean nothing: what was verified stays so."""
        first, second = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
        published.document = key_set(entry(first, kid="k1"), entry(second, kid="k2"))
        keys = TrustedKeys(published)
        await keys.load()
        before = keys.generation
        published.document = key_set(entry(second, kid="k2", use="sig"), entry(first, kid="k1", alg="ES256"))
        await keys.load()

        assert before == keys.generation
