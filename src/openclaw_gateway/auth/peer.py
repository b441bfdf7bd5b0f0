"""Who is at the other end: the address of a connection, or of the client that a listed proxy speaks for.

An address grants nothing. It names the client in the limiter and in logs, and tells a direct local caller (who may see
the details of probes) from everybody else.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from openclaw_gateway.errors import ProxyAttributionRequired

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_FORWARDED = frozenset(
    ["forwarded", "x-real-ip"]
    + [f"x-forwarded-{name}" for name in ("for", "host", "proto", "port", "server", "by", "prefix", "scheme", "ssl")]
)
_REFUSAL = (
    "Proxy client attribution is required. This request carries forwarding headers, but its source is not in "
    "gateway.trustedProxies, or it names no client address."
)


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks. is_local: a loopback peer that no proxy stands before. is_forwarded: a listed proxy speaks for it."""

    address: str
    is_local: bool
    is_forwarded: bool = False


@dataclass(frozen=True, slots=True)
class Peer:
    """One end of a connection. address: as text, without zone or IPv4 mapping; "" when the transport does not know.

    direct: the client that this peer is when nobody is forwarded; made once per connection.
    """

    address: str
    is_loopback: bool
    direct: Client

    @classmethod
    def of_address(cls, address: str) -> "Peer":
        """The peer of a socket address; anything that is not an IP address is a stranger without a name."""
        parsed = parse_ip(address)
        text, is_loopback = ("", False) if parsed is None else (str(parsed), parsed.is_loopback)
        return cls(text, is_loopback, Client(text, is_loopback))


@dataclass(frozen=True, slots=True)
class ProxyTrust:
    """Which sources may speak for others: `gateway.trustedProxies` and `gateway.allowRealIpFallback`."""

    networks: tuple[IpNetwork, ...] = ()
    allows_real_ip: bool = False

    @classmethod
    def build(cls, proxies: Iterable[str] = (), *, allow_real_ip: bool = False) -> "ProxyTrust":
        """From addresses and CIDR blocks. Raises ValueError naming the one that is neither."""
        return cls(tuple([_parse_network(proxy) for proxy in proxies]), allow_real_ip)

    def trusts(self, address: IpAddress) -> bool:
        """Whether this source is listed."""
        return any(address in network for network in self.networks)

    def identify(self, peer: Peer, headers: Mapping[str, str]) -> Client:
        """The client behind `peer`.

        Forwarding headers of a source that is not listed mean nothing, except from loopback: there an unlisted proxy
        would make the whole world look local, so the request is refused. Raises ProxyAttributionRequired.
        """
        if _FORWARDED.isdisjoint(headers):
            return peer.direct
        source = parse_ip(peer.address)
        if source is None or not self.trusts(source):
            if peer.is_loopback:
                raise ProxyAttributionRequired(_REFUSAL)
            return peer.direct
        address = self._forwarded_address(headers)
        if address is None or address.is_loopback:
            raise ProxyAttributionRequired(_REFUSAL)
        return Client(str(address), is_local=False, is_forwarded=True)

    def _forwarded_address(self, headers: Mapping[str, str]) -> IpAddress | None:
        # The rightmost address that is not a proxy of ours: everything to its left was written by the client.
        for part in reversed(headers.get("x-forwarded-for", "").split(",")):
            address = parse_ip(part.strip())
            if address is None or not self.trusts(address):
                if address is not None:
                    return address
                break
        if self.allows_real_ip:
            return parse_ip(headers.get("x-real-ip", "").strip())
        return None


def parse_ip(text: str) -> IpAddress | None:
    """An IP address, its IPv6 zone dropped and an IPv4-mapped one as IPv4; None for any other text."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _parse_network(text: str) -> IpNetwork:
    network = ipaddress.ip_network(text, strict=False)
    if isinstance(network, ipaddress.IPv6Network) and network.network_address.ipv4_mapped and network.prefixlen >= 96:
        return ipaddress.IPv4Network((network.network_address.ipv4_mapped, network.prefixlen - 96))
    return network
