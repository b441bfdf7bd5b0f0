"""Addresses that a caller names: one grammar, and which hosts may be spoken to at all.

Servers were tricked by two parsers that read one URL differently, by names that resolve to inner addresses, and by
numbers that only the C library takes for an address. So there is one parser, stricter than any other, and what counts
is the numeric address that is really dialled. Sources: RFC 3986, RFC 6890 and IANA's special-purpose registries.
"""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import msgspec

MAX_URL_CHARS = 2048

_GRAMMAR = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>(?:[/?][!$&-;=?-Z_a-z~%\[\]]*)?)"
    r"(?:#[!-~]*)?",
    re.IGNORECASE,
)
# What old C libraries read as an IPv4 address: 2130706433, 0x7f.1, 0177.0.0.1.
_ENDS_IN_NUMBER = re.compile(r"(?:.*\.)?(?:0x[0-9a-f]*|[0-9]+)\.?", re.IGNORECASE)

_INNER_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # Azure's wire server: a public number, answered inside each machine's own network
    )
)  # fmt: skip
# Only this block is given out to the world; addresses that carry an IPv4 address lie outside it, or are listed below.
_WORLD_V6 = IPv6Network("2000::/3")
_INNER_V6 = tuple(IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))

# What an operator may open to a fetch, and what in it stays closed: the metadata of Alibaba, AWS and Google.
_HOUSE_V4 = tuple(
    IPv4Network(text) for text in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
_HOUSE_V6 = (IPv6Network("::1/128"), IPv6Network("fc00::/7"))
_METADATA = frozenset(("100.100.100.200", "fd00:ec2::254", "fd20:ce::254"))


class AddressRefusedError(Exception):
    """An address that is not fetched; the text says why and repeats nothing of it."""


class Address(msgspec.Struct, frozen=True, gc=False):
    """A parsed address. host: lower case, IPv6 without brackets. target: path and query, never empty."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _default_port(self.scheme) else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole of it, without a fragment."""
        return f"{self.scheme}://{self.authority}{self.target}"


def parse_address(url: str) -> Address:
    """Read an http or https URL. Raises AddressRefusedError for everything else, credentials inside it included."""
    match = _GRAMMAR.fullmatch(url) if len(url) <= MAX_URL_CHARS else None
    if match is None:
        raise AddressRefusedError("not an http or https URL in plain ASCII without credentials")
    scheme, host = match["scheme"].lower(), match["host"].lower()
    if host.startswith("["):
        host = host[1:-1]
        _read_numeric(host)
    else:
        host = host.removesuffix(".")
        if _ENDS_IN_NUMBER.fullmatch(host):
            _read_numeric(host)
    port = int(match["port"]) if match["port"] else _default_port(scheme)
    if not 0 < port < 65536:
        raise AddressRefusedError("the port is out of range")
    target = match["target"]
    return Address(scheme, host, port, target if target.startswith("/") else f"/{target}")


def follow(base: Address, location: str) -> Address:
    """Where a redirect leads. Raises AddressRefusedError, also for a step from https down to http."""
    here = f"{base.scheme}://{base.authority}"
    if location.startswith("//"):
        location = f"{base.scheme}:{location}"
    elif location.startswith("/"):
        location = here + location
    elif not re.match(r"[a-z][a-z0-9+.-]*:", location, re.IGNORECASE):
        location = f"{here}{base.target.partition('?')[0].rpartition('/')[0]}/{location}"
    address = parse_address(location)
    if base.scheme == "https" and address.scheme != "https":
        raise AddressRefusedError("a redirect from https to http")
    return address


def is_listed(host: str, allowlist: tuple[str, ...] | None) -> bool:
    """Whether the operator allows this host: None allows all, an entry is a host or `*.` and a domain above it."""
    if allowlist is None:
        return True
    for entry in allowlist:
        name = entry.lower()
        if host == name or (name.startswith("*.") and host.endswith(name[1:]) and host != name[1:]):
            return True
    return False


def is_public(numeric: str) -> bool:
    """Whether a resolved address belongs to the world, and to no machine, network, cloud or carrier of its own."""
    try:
        address = ip_address(numeric)
    except ValueError:  # a scope id, or no address at all
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _INNER_V4)
    if address.ipv4_mapped is not None:
        return is_public(str(address.ipv4_mapped))
    return address in _WORLD_V6 and not any(address in network for network in _INNER_V6)


def is_of_own_network(numeric: str) -> bool:
    """Whether a resolved address is one of a house: loopback, private and shared ranges.

    Never a link-local one, nor any other at which a cloud tells its machines their secrets.
    """
    try:
        address = ip_address(numeric)
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return any(address in network for network in _HOUSE_V4) and numeric not in _METADATA
    if address.ipv4_mapped is not None:
        return is_of_own_network(str(address.ipv4_mapped))
    return any(address in network for network in _HOUSE_V6) and str(address) not in _METADATA


def _read_numeric(host: str) -> IPv4Address | IPv6Address:
    try:
        return ip_address(host)
    except ValueError:
        raise AddressRefusedError("the host is a number, but no address in its usual form") from None


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80
