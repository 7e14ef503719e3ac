"""Where a webhook may not go: whatever is not known to be the internet's, however it is written or resolved."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.webhooks.endpoints import Message
from services.notifications.webhooks.errors import TargetRefused
from services.notifications.webhooks.post import Poster
from services.notifications.webhooks.targets import check_addresses, is_public, target_of
from tests.notifications.webhooks.receiver import receiving

MESSAGE = Message("id-1", "application/json", b"{}", {})
REFUSED_URLS = [
    "http://hut.example/",
    "ftp://hut.example/",
    "file:///etc/passwd",
    "gopher://hut.example/",
    "//hut.example/",
    "hut.example",
    "https://",
    "https:///path",
    "https://user@hut.example/",
    "https://user:password@hut.example/",
    "https://@hut.example/",
    "https://hut.example/#fragment",
    "https://hut.example:22/",
    "https://hut.example:0/",
    "https://hut.example:99999/",
    "https://hut.example:port/",
    "https://hut.example\\@other.example/",
    "https://hut.example/a b",
    "https://hut.example/\r\nHost: other.example",
    "https://hut.example/\t",
    "https://hüt.example/",
    "https://[::1",
    "https://[fe80::1%25eth0]/",
    f"https://hut.example/{'a' * 2_048}",
    f"https://{'a' * 254}/",
]
NOT_PUBLIC = [
    *(str(IPv4Address(0)), "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254"),
    *("172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::1"),
    *("fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2001::1", "2001:db8::1"),
    *("2002:7f00:1::", "3fff::1", "100::1", "5f00::1", "4000::1"),
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"]


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_what_is_no_plain_address_of_the_web_is_refused(url: str):
    """Another scheme, a password, a port that is another protocol's, anything that two readers may read as two."""
    with pytest.raises(TargetRefused):
        target_of(url, development=False)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://hut.example", "hut.example"),
        ("https://hut.example:8443/a?b=c", "hut.example:8443"),
        ("https://HUT.example:443/", "hut.example"),
    ],
)
def test_an_address_of_the_web_is_taken(url: str, host: str):
    """With its name for `Host` and the certificate."""
    assert host == target_of(url, development=False).host_header


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_nothing_of_ours_is_gone_to(address: str):
    """Not this machine, no private network, no metadata service, nothing that stands for one of these."""
    with pytest.raises(TargetRefused):
        check_addresses([address], development=False)


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_the_internets_is_gone_to(address: str):
    """Where every address of a name is public."""
    check_addresses([address], development=False)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_one_address_of_ours_is_enough(address: str):
    """A name that stands for public addresses and one of ours may stand for that next time."""
    with pytest.raises(TargetRefused):
        check_addresses(["1.1.1.1", address, "8.8.8.8"], development=False)


def test_a_name_without_an_address_is_not_gone_to():
    """What cannot be checked is refused."""
    with pytest.raises(TargetRefused):
        check_addresses([], development=False)


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_whatever_python_knows_not_to_be_global_is_not_public(address: IPv4Address | IPv6Address):
    """Our lists are no wider than its own, which differ between releases."""
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast


def test_this_machine_is_gone_to_in_development_alone():
    """Loopback and nothing else of ours, whoever runs both."""
    check_addresses(["127.0.0.1", "::1"], development=True)
    for address in set(NOT_PUBLIC) - {"127.0.0.1", "127.255.255.254", "::1"}:
        if "%" not in address and ip_address(address).is_loopback:
            continue
        with pytest.raises(TargetRefused):
            check_addresses([address], development=True)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "017700000001", "[::ffff:127.0.0.1]"]
)
async def test_a_spelling_of_this_machine_reaches_nothing(host: str):
    """Whatever the resolver makes of it is checked before anything is connected to."""
    async with Poster(timeout_seconds=5, most=1, development=False) as poster:
        answer, _ = await poster.post(f"https://{host}:8443/", MESSAGE, ())

    assert answer.outcome in {"TARGET_REFUSED", "UNREACHABLE"}
    assert answer.outcome == "TARGET_REFUSED" or host not in {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"}


async def test_a_receiver_here_is_not_reached_in_production():
    """Not even by a kept connection: it is refused before there is one."""
    async with receiving() as receiver, Poster(timeout_seconds=5, most=1, development=False) as poster:
        for url in (receiver.url, receiver.url.replace("http:", "https:")):
            answer, _ = await poster.post(url, MESSAGE, ())
            assert answer.outcome == "TARGET_REFUSED"
        assert [] == receiver.got


async def test_what_does_not_answer_is_given_up_in_time():
    """Whatever takes long: the name, the connection, the head or the body of the answer."""
    async with receiving() as receiver, Poster(timeout_seconds=0.3, most=2, development=True) as poster:
        receiver.delay_seconds = 30
        answer, _ = await poster.post(receiver.url, MESSAGE, ())
        assert ("TIMED_OUT", True) == (answer.outcome, answer.milliseconds < 2_000)
        receiver.delay_seconds = 0
        assert (await poster.post(receiver.url, MESSAGE, ())).answer.delivered

    async with Poster(timeout_seconds=2, most=2, development=True) as poster:
        assert "UNREACHABLE" == (await poster.post("http://127.0.0.1:1/", MESSAGE, ())).answer.outcome


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "[::1]", "[fd00::1]"])
def test_an_address_of_ours_in_the_place_of_a_name_is_refused_at_once(host: str):
    """Before anything is kept of it; a name is looked up at each attempt."""
    with pytest.raises(TargetRefused):
        target_of(f"https://{host}/", development=False)


async def test_interim_answers_without_end_are_none():
    """Each costs us more than its sender."""

    async def hint(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100)
            await writer.drain()

    server = await asyncio.start_server(hint, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, Poster(timeout_seconds=30, most=1, development=True) as poster:
        answer, _ = await poster.post(address, MESSAGE, ())

    assert ("UNREACHABLE", True) == (answer.outcome, answer.milliseconds < 5_000)


async def test_what_drips_is_given_up_in_time():
    """A receiver that sends a byte now and then is no way to hold us."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.05)

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, Poster(timeout_seconds=0.5, most=1, development=True) as poster:
        answer, _ = await poster.post(f"http://127.0.0.1:{port}/", MESSAGE, ())
        assert answer.outcome == "TIMED_OUT"
        server.close()


async def test_a_certificate_that_nobody_vouches_for_is_not_believed(tmp_path: Path):
    """Whoever is at the address has to prove its name: a certificate of its own making does not."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "both.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(pem)
    came: list[bytes] = []

    async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await reader.read())
        writer.close()

    server = await asyncio.start_server(read, "127.0.0.1", 0, ssl=server_side)
    port = server.sockets[0].getsockname()[1]
    async with server, Poster(timeout_seconds=5, most=1, development=True) as poster:
        answer, _ = await poster.post(f"https://localhost:{port}/", MESSAGE, ())
        assert ("UNREACHABLE", []) == (answer.outcome, came)
