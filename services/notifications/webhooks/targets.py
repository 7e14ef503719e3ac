"""Where a webhook may go: to servers that everybody may reach, and to nothing within a network of ours.

Whatever is not known to be public is refused. In development, and only there, this machine is a target as well, and
without TLS.
"""

from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from services.notifications.webhooks.errors import TargetRefused

LONGEST_URL: Final = 2_048
PORTS: Final = (443, 8443)
_LONGEST_HOST: Final = 253
_LAST_PORT: Final = 65_535
# IANA's special-purpose registries: what `is_global` says differs between releases of Python, this does not.
_NOT_PUBLIC_V4: Final = tuple(
    map(
        ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
            *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            *("224.0.0.0/4", "240.0.0.0/4"),
        ),
    )
)
# Of IPv6 only what is given out for the internet. So what stands for an IPv4 address is out (mapped, compatible, both
# prefixes of NAT64), as are unique local, link-local, site-local and multicast ones.
_PUBLIC_V6: Final = ip_network("2000::/3")
# Within that: protocol assignments with Teredo, documentation, and 6to4, which stands for an IPv4 address.
_NOT_PUBLIC_V6: Final = tuple(
    map(ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"))
)


class Target(NamedTuple):
    """A checked URL, in the parts that a request is made of."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        usual = {"https": 443, "http": 80}[self.scheme]
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == usual else f"{host}:{self.port}"


def target_of(url: str, *, development: bool) -> Target:
    """Return where a URL leads; raises TargetRefused for whatever is more, or else, than an https:// address."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise TargetRefused(expected=f"at most {LONGEST_URL} visible characters of ASCII", got="another text")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise TargetRefused(expected="a URL", got=url) from None
    _check_form(parts, development=development)
    assert parts.hostname
    port = port if port is not None else {"https": 443, "http": 80}[parts.scheme]
    if port not in PORTS and not (development and 0 < port <= _LAST_PORT):
        raise TargetRefused(expected=f"port {' or '.join(map(str, PORTS))}", got=port)
    # An address in the place of a name is known to lead nowhere before anything is sent there.
    with suppress(ValueError):
        check_addresses([str(ip_address(parts.hostname))], development=development)
    path = parts.path or "/"
    return Target(parts.scheme, parts.hostname, port, f"{path}?{parts.query}" if parts.query else path)


def _check_form(parts: SplitResult, *, development: bool) -> None:
    schemes = ("https", "http") if development else ("https",)
    if parts.scheme not in schemes:
        raise TargetRefused(expected=" or ".join(schemes), got=parts.scheme)
    if "@" in parts.netloc:
        raise TargetRefused(expected="no user and no password", got="a URL with some")
    if parts.fragment:
        raise TargetRefused(expected="no fragment", got=f"#{parts.fragment}")
    host = parts.hostname or ""
    if not host or len(host) > _LONGEST_HOST or "%" in host:
        raise TargetRefused(expected="a host", got=host)


def check_addresses(addresses: list[str], *, development: bool) -> None:
    """Raise TargetRefused unless there is an address, and every one may be gone to.

    Which one of several a name stands for next is for its owner to choose.
    """
    if not addresses or not all(_may_be_gone_to(each, development=development) for each in addresses):
        # Not which: what our resolver knows is nobody's business.
        raise TargetRefused(expected="public addresses", got="others, or none")


def _may_be_gone_to(text: str, *, development: bool) -> bool:
    try:
        address = ip_address(text)
    except ValueError:  # with a zone, or of a kind that nobody has heard of
        return False
    return is_public(address) or (development and address.is_loopback)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is one of the internet's, and belongs to no network of ours, nor to this machine."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in _NOT_PUBLIC_V4)
    return address in _PUBLIC_V6 and not any(address in network for network in _NOT_PUBLIC_V6)
