"""Letters on their way to a real mail server: taken, put off, refused, and never in the clear."""

import asyncio
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from services.notifications.mail.errors import AddressesUnavailable
from services.notifications.mail.sender import Pace
from services.notifications.mail.server import MailServer, Server
from shared.database import Pool
from shared.parts import end_all
from shared.settings import load
from shared.testing import wait_until
from tests.notifications.mail.conftest import PLAIN, QUICK, Sending
from tests.notifications.mail.letterbox import everybody, none_waits, noted, outcomes
from tests.notifications.mail.sink import PASSWORD, Sink, sinking

NOTIFICATIONS = {
    "MOIETY_DATABASE_URL": "postgresql://notifications@db/notifications",
    "MOIETY_NATS_URL": "nats://bus:4222",
    "MOIETY_NATS_USER": "notifications",
    "MOIETY_NATS_PASSWORD": "secret",
    "MOIETY_ISSUER": "https://issuer.example",
    "MOIETY_JWKS": "jwks.json",
    "MOIETY_AGREEMENTS_URL": "http://agreements",
    "MOIETY_LEDGER_URL": "http://ledger",
    "MOIETY_SERVICE_TOKEN": "token",
    "MOIETY_MAIL_FROM": "alerts@moiety.example",
    "MOIETY_PORTAL_URL": "https://portal.example",
}


def certificate(folder: Path, name: str) -> str:
    """Make a certificate that vouches for itself, for a name, and its key; returns the file with both."""
    key, now = generate_private_key(SECP256R1()), datetime.now(UTC)
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(called, called, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    file = folder / f"{name}.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + made.public_bytes(Encoding.PEM))
    return str(file)


async def done(pool: Pool) -> None:
    await wait_until(lambda: none_waits(pool), 30, "not everything was sent")


# -- what comes of a letter ------------------------------------------------------------------------------------------


async def test_a_letter_is_taken_once(pool: Pool, sink: Sink, sending: Sending):
    """As it was written, to whom it is for, under the id that it always has; and its hash is kept."""
    ids = await noted(pool, "ann", "bob")

    async with sending(PLAIN._replace(port=sink.port)):
        await done(pool)

    taken = sorted(sink.taken())
    assert ["ann@HUT.example", "bob@HUT.example"] == [each.to for each in taken]
    assert sorted(ids) == sorted(each.message_id for each in taken)
    assert "Dr. ann" in str(message_from_bytes(taken[0].content, policy=SMTP)["To"])
    assert [("ann", "SENT", 1, 250, None), ("bob", "SENT", 1, 250, None)] == await outcomes(pool)
    kept = {row["sent_hash"] for row in await pool.fetch("SELECT sent_hash FROM delivery")}
    assert kept == {sha256(each.content).digest() for each in taken}


async def test_what_is_not_taken_now_is_sent_again_as_it_was(pool: Pool, sink: Sink, sending: Sending):
    """Put off twice with 451, taken then: the same bytes, and once."""
    [identifier] = await noted(pool, "later")

    async with sending(PLAIN._replace(port=sink.port)):
        await done(pool)

    assert [identifier] == [each.message_id for each in sink.taken()]
    assert [("later", "SENT", 3, 250, None)] == await outcomes(pool)


async def test_what_is_refused_for_good_is_not_sent_again(pool: Pool, sink: Sink, sending: Sending):
    """With the server's status and without its words, which repeat the address; and it keeps nobody else's back."""
    await noted(pool, "ann", "bounce", "full")

    async with sending(PLAIN._replace(port=sink.port)):
        await done(pool)

    assert [
        ("ann", "SENT", 1, 250, None),
        ("bounce", "BOUNCED", 1, 550, "5.1.1"),
        ("full", "BOUNCED", 1, 552, "5.3.4"),
    ] == await outcomes(pool)


async def test_what_is_never_taken_is_given_up(pool: Pool, sink: Sink, sending: Sending):
    """After as many waits as there are."""
    await noted(pool, "never")

    async with sending(PLAIN._replace(port=sink.port), QUICK._replace(retries_seconds=(0.05, 0.05))):
        await done(pool)

    assert [("never", "GIVEN_UP", 3, 451, "4.3.0")] == await outcomes(pool)


async def test_who_has_no_address_is_written_nothing(pool: Pool, sink: Sink, sending: Sending):
    """Nor is anybody whose address is none that a letter can go to."""
    await noted(pool, "nobody", "two@signs")

    async with sending(PLAIN._replace(port=sink.port)):
        await done(pool)

    expected = [("nobody", "NO_ADDRESS", 0, None, None), ("two@signs", "UNWRITABLE", 0, None, None)]
    assert expected == await outcomes(pool)
    assert [] == sink.taken()


async def test_a_row_that_is_no_alert_keeps_nobody_elses_letter(pool: Pool, owner: Pool, sink: Sink, sending: Sending):
    """A later release may have written it: this one leaves it, and sends what it can read."""
    await owner.fetch("ALTER TABLE alert DROP CONSTRAINT alert_class_check")
    await noted(pool, "ann")
    await noted(pool, "bob", class_="later", more=True)  # type: ignore[arg-type]  # no class of this release
    await noted(pool, "cat", more=True)

    async with sending(PLAIN._replace(port=sink.port)):
        await wait_until(lambda: _is_sent(pool, "cat"), 30, "nothing is sent")
        await wait_until(lambda: _is_sent(pool, "ann"), 30, "not all is sent")

    assert ("bob", None, 0, None, None) in await outcomes(pool)


async def test_what_nobody_foresaw_ends_no_sending(pool: Pool, owner: Pool, sink: Sink, sending: Sending):
    """It is said, and tried again."""
    await owner.fetch("REVOKE SELECT (message_id), UPDATE ON delivery FROM notifications")
    await noted(pool, "ann")

    async with sending(PLAIN._replace(port=sink.port), QUICK._replace(rest_seconds=0.1)) as sender:
        await wait_until(lambda: _troubled(sender), 30, "nobody says that nothing is sent")
        assert "InsufficientPrivilegeError" == await sender.trouble()
        await owner.fetch("GRANT UPDATE ON delivery TO notifications")
        await done(pool)
        await wait_until(lambda: _untroubled(sender), 30, "it is still said")


async def test_two_processes_send_nothing_twice(pool: Pool, sink: Sink, sending: Sending):
    """Whoever has taken a letter has it alone."""
    ids = await noted(pool, *(f"p{number:03}" for number in range(120)))

    async with sending(PLAIN._replace(port=sink.port)), sending(PLAIN._replace(port=sink.port)):
        await done(pool)

    assert sorted(ids) == sorted(each.message_id for each in sink.taken())


# -- who does not answer ---------------------------------------------------------------------------------------------


async def test_a_server_that_is_away_loses_nothing(pool: Pool, sink: Sink, sending: Sending):
    """What waits is sent once it is back, and meanwhile it is said why nothing is."""
    ids = await noted(pool, "ann", "bob", "cat")
    sink.stop()

    async with sending(
        PLAIN._replace(port=sink.port), QUICK._replace(retries_seconds=(0.3,) * 20, rest_seconds=0.1)
    ) as sender:
        await wait_until(lambda: _troubled(sender), 30, "nobody says that nothing is sent")
        # Of what kind: anybody may read it, and where the server is is nobody's business.
        assert "The mail server does not answer, or takes nothing from us. (SMTPConnectError)" == await sender.trouble()
        sink.start()
        await done(pool)
        await wait_until(lambda: _untroubled(sender), 30, "it is still said")

    assert sorted(ids) == sorted(each.message_id for each in sink.taken())


async def test_a_server_that_does_not_answer_in_time_is_not_waited_for(pool: Pool, sink: Sink, sending: Sending):
    """Nobody else's letter waits for it."""
    await noted(pool, "slow", "ann")

    async with sending(PLAIN._replace(port=sink.port), QUICK._replace(timeout_seconds=0.5, retries_seconds=(0.05,))):
        await wait_until(lambda: _is_sent(pool, "ann"), 30, "it waits for the slow one")


async def test_a_letter_that_waits_behind_others_is_given_up_before_another_takes_it_up(
    pool: Pool, sink: Sink, sending: Sending
):
    """Who else sends by the same lines may hold them for longer than its lease: sent after that, it comes twice."""
    pace = Pace(retries_seconds=(60,), timeout_seconds=0.5, connections=1)
    server = PLAIN._replace(port=sink.port)
    lines = MailServer(server, timeout_seconds=pace.timeout_seconds, connections=pace.connections)
    others = [asyncio.create_task(lines.send("slow@HUT.example", b"Subject: other\r\n\r\n")) for _ in range(20)]
    await asyncio.sleep(0)  # so that they are in line before it
    await noted(pool, "ann")

    async with sending(server, pace, mail_server=lines):
        await wait_until(lambda: _is_tried(pool), 30, "it waits until all others were sent")
        assert not others[-1].done(), "it waited for all others"
        await end_all(others)

    assert [("ann", None, 1, None, None)] == await outcomes(pool)
    assert [] == sink.taken()


async def test_while_agreements_do_not_answer_nothing_is_lost(pool: Pool, sink: Sink, sending: Sending):
    """Nothing is counted as an attempt: nobody tried anything."""
    await noted(pool, "ann")
    away = True

    async def answer(people):
        if away:
            raise AddressesUnavailable(reason="nobody there")
        return await everybody(people)

    async with sending(PLAIN._replace(port=sink.port), QUICK._replace(rest_seconds=0.1), answer) as sender:
        await wait_until(lambda: _troubled(sender), 30, "nobody says that nothing is sent")
        away = False
        await done(pool)

    assert [("ann", "SENT", 1, 250, None)] == await outcomes(pool)


async def _troubled(sender) -> bool:
    return await sender.trouble() is not None


async def _untroubled(sender) -> bool:
    return await sender.trouble() is None


async def _is_tried(pool: Pool) -> bool:
    return all(attempts for _, _, attempts, *_ in await outcomes(pool))


async def _is_sent(pool: Pool, person: str) -> bool:
    return (person, "SENT") in {row[:2] for row in await outcomes(pool)}


# -- in private ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["smtps", "smtp"])
async def test_a_server_that_proves_its_name_is_sent_to_in_private(
    pool: Pool, sending: Sending, tmp_path: Path, way: str
):
    """Both ways there are, with a name and a password where it asks for them."""
    pem, at_once = certificate(tmp_path, "localhost"), way == "smtps"
    options = ["--certificate", pem, "--asks-who", *(["--at-once"] if at_once else [])]
    await noted(pool, "ann")
    with sinking(tmp_path / "sink", *options) as sink:
        server = PLAIN._replace(
            host="localhost",
            port=sink.port,
            tls_at_once=at_once,
            starts_tls=not at_once,
            user="moiety",
            password=PASSWORD.decode(),
            authorities=pem,
        )
        async with sending(server):
            await done(pool)
        [taken] = sink.taken()

    assert ("ann@HUT.example", True) == (taken.to, taken.tls or at_once)


@pytest.mark.parametrize("wrong", ["no TLS", "another's name", "nobody vouches for it", "another password"])
async def test_a_server_that_cannot_be_trusted_is_sent_nothing(
    pool: Pool, sending: Sending, tmp_path: Path, wrong: str
):
    """Neither a letter nor an address, however it offers itself; and what waits goes on waiting."""
    own, other = certificate(tmp_path, "localhost"), certificate(tmp_path, "elsewhere.example")
    presented = {"no TLS": None, "another's name": other}.get(wrong, own)
    vouched = {"nobody vouches for it": None, "another's name": other}.get(wrong, own)
    options = ["--asks-who", *(["--certificate", presented] if presented else [])]
    await noted(pool, "ann")
    with sinking(tmp_path / "sink", *options) as sink:
        server = PLAIN._replace(
            host="localhost", port=sink.port, starts_tls=True, user="moiety", password="no secret", authorities=vouched
        )
        async with sending(server, QUICK._replace(retries_seconds=(60,))) as sender:
            await wait_until(lambda: _troubled(sender), 30, "nobody says that nothing is sent")
            trouble = str(await sender.trouble())
            await wait_until(lambda: _is_tried(pool), 30, "nobody writes down that it was tried")
        assert [] == sink.taken()

    assert [("ann", None, 1, None, None)] == await outcomes(pool)
    assert "secret" not in trouble


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtps://mail.example", "at once"),
        ("smtp://mail.example:587", "first"),
        ("smtp://10.0.0.7:25", "first"),
        ("smtp://127.0.0.1:25", "never"),
        ("smtp://localhost", "never"),
        ("smtps://localhost", "at once"),
    ],
)
def test_only_this_very_machine_is_spoken_to_in_the_clear(url: str, expected: str):
    """Whatever else the address says, it is TLS."""
    server = Server.of(load("notifications", {**NOTIFICATIONS, "MOIETY_SMTP_URL": url}))

    assert expected == ("at once" if server.tls_at_once else "first" if server.starts_tls else "never")
