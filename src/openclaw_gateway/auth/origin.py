"""Which pages and which names may reach us: the `Origin` and `Host` rules, as pure functions of header texts.

A browser sends `Origin` with every request that a page could use against us, and a page that rebinds its DNS name to
our address still sends that name as `Host`. Both are judged before any credential is looked at (property P2).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from openclaw_gateway.auth.peer import parse_ip

# A port is up to five digits; a name is what DNS and a hosts file allow. Everything else is no host of ours.
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}))(?::(?P<port>[0-9]{1,5}))?")
MAX_AUTHORITY_CHARS = 253 + len(":65535")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


@dataclass(frozen=True, slots=True)
class Authority:
    """A host and port as a header names them. name: lower case, without brackets and final dot; port: "" if absent.

    is_address: an IP address or localhost, which no page can rebind.
    """

    name: str
    port: str
    is_address: bool


def parse_authority(text: str) -> Authority | None:
    """The value of a `Host` header, or None when it is not `host[:port]`."""
    return _parse_authority(text) if len(text) <= MAX_AUTHORITY_CHARS else None


# Every request of a client names the same host, and telling an address from a name costs as much as all other checks.
@lru_cache(maxsize=256)
def _parse_authority(text: str) -> Authority | None:
    matched = _HOST.fullmatch(text)
    if matched is None:
        return None
    name = matched["name"].strip("[]").lower().removesuffix(".")
    return Authority(name, matched["port"] or "", name == "localhost" or parse_ip(name) is not None)


@dataclass(frozen=True, slots=True)
class PagePolicy:
    """What `gateway.controlUi.allowedOrigins` and `gateway.publicOrigin` allow.

    origins: allowed origins in lower case. names: host names that they and the public origin use. allows_any: `*` was
    listed. trusts_any_host: `dangerouslyAllowHostHeaderOriginFallback`, so a page of whatever name we are called by may
    call us.
    """

    origins: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    allows_any: bool = False
    trusts_any_host: bool = False

    @classmethod
    def build(
        cls, allowed_origins: Iterable[str] = (), *, public_origin: str | None = None, trusts_any_host: bool = False
    ) -> "PagePolicy":
        """From the config's texts; an origin is scheme://host[:port], without path."""
        origins = {origin.lower().rstrip("/") for origin in allowed_origins}
        if public_origin:
            origins.add(public_origin.lower().rstrip("/"))
        authorities = [parse_authority(origin.partition("://")[2]) for origin in origins]
        names = frozenset([authority.name for authority in authorities if authority is not None])
        return cls(frozenset(origins), names, "*" in origins, trusts_any_host)

    def is_host_allowed(self, host: str, *, is_bound_to_loopback: bool) -> bool:
        """Whether a request may call us by this `Host`.

        On a loopback address only names that cannot be rebound, or that the config lists: nobody else has a reason to
        reach us there by another name. On other addresses any well-formed name will do, because those always ask for a
        credential.
        """
        authority = parse_authority(host)
        if authority is None:
            return False
        return not is_bound_to_loopback or authority.is_address or authority.name in self.names

    def is_origin_allowed(self, origin: str, host: str, *, scheme: str) -> bool:
        """Whether a page of `origin` may call us: a listed one, or a page that we served ourselves.

        Ours is the page whose origin is exactly the `Host` it calls, by a name that cannot be rebound or is listed.
        """
        if self.allows_any or origin.lower() in self.origins:
            return True
        origin_scheme, _, rest = origin.lower().partition("://")
        page, called = parse_authority(rest), parse_authority(host)
        if page is None or called is None or origin_scheme != scheme:
            return False
        if not (called.is_address or called.name in self.names or self.trusts_any_host):
            return False
        default = _DEFAULT_PORTS[scheme]
        return page.name == called.name and (page.port or default) == (called.port or default)
