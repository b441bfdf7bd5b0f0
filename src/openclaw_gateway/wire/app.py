"""The door: whether a request may come in, judged on its head alone, and how one that may not is told.

The order is fixed. Host and Origin come first, so that a page that may not call us learns nothing and can guess
nothing; then whom the connection speaks for; then the route; then, by what the route declares, the caller's credential
and scope; then the form of the body. All of it is decided before one byte of the body is kept.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from openclaw_gateway.auth.authenticate import Authenticator
from openclaw_gateway.auth.origin import PagePolicy
from openclaw_gateway.auth.peer import Client, ProxyTrust
from openclaw_gateway.auth.principal import Principal
from openclaw_gateway.auth.scopes import is_granted
from openclaw_gateway.endpoints.exchange import HttpReply
from openclaw_gateway.errors import (
    Forbidden,
    GatewayError,
    MethodNotAllowed,
    MissingScope,
    NotFound,
    PayloadTooLarge,
    UnsupportedMediaType,
)
from openclaw_gateway.wire.ends import Ends
from openclaw_gateway.wire.head import Head
from openclaw_gateway.wire.reply_head import ReplyHeads
from openclaw_gateway.wire.routes import Route, RouteTable

_PLAIN_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Door:
    """Who may come in: what config says, as one value. A reload swaps it whole; open requests keep their verdict."""

    authenticator: Authenticator
    pages: PagePolicy = field(default_factory=PagePolicy)
    proxies: ProxyTrust = field(default_factory=ProxyTrust)


class Admission(msgspec.Struct, frozen=True):
    """A request that may come in, and by which entry."""

    route: Route
    path_params: Mapping[str, str]
    principal: Principal


class _NoRoute(NotFound):
    """Nothing is served at this path. plain: the same for clients that do not read JSON."""

    def __init__(self, message: str, *, plain: str) -> None:
        super().__init__(message)
        self.plain = plain


class App:
    """Judges heads and words refusals. door and heads may be replaced while it runs.

    render_error turns an error into the reply that OpenAI clients expect, `Allow` and `Retry-After` included.
    """

    def __init__(
        self,
        routes: RouteTable,
        door: Door,
        render_error: Callable[[GatewayError], HttpReply],
        *,
        hsts: str | None = None,
    ) -> None:
        self.routes = routes
        self.door = door
        self.heads = ReplyHeads(hsts)
        self._render_error = render_error

    def admit(self, head: Head, ends: Ends) -> Admission:
        """Decide on a request. Raises the GatewayError to answer with."""
        client = self.identify(head, ends)
        found = self.routes.find(head.path)
        if found is None:
            raise _NoRoute(f"no such path: {head.path[:256]}", plain="Not Found")
        route, path_params = found
        if not route.is_enabled():
            hint = route.disabled_hint or f"{route.path} is disabled"
            raise _NoRoute(hint, plain=hint)
        if head.method not in route.methods:
            raise MethodNotAllowed(f"{route.path} takes {route.allow}, not {head.method}", allowed=route.allow)
        principal = self._verify(route, head, client)
        self._check_body(route, head, principal)
        return Admission(route, path_params, principal)

    def identify(self, head: Head, ends: Ends) -> Client:
        """The client of a request or an upgrade that a page may make and whose name for us is right.

        Raises Forbidden for the wrong Host or Origin, ProxyAttributionRequired for a proxy that is not listed.
        """
        door, headers = self.door, head.headers
        client = door.proxies.identify(ends.peer, headers)
        host = headers.get("host", "")
        # A listed proxy passes on the name that it is called by; that is its business.
        is_direct_loopback = ends.is_bound_to_loopback and not client.is_forwarded
        if (host or not head.is_http_10) and not door.pages.is_host_allowed(
            host, is_bound_to_loopback=is_direct_loopback
        ):
            raise Forbidden(f"host {host[:256]!r} is not ours: list its origin in gateway.controlUi.allowedOrigins")
        origin = headers.get("origin")
        if origin is not None and not door.pages.is_origin_allowed(origin, host, scheme=ends.scheme):
            raise Forbidden(f"origin {origin[:256]!r} is not allowed: list it in gateway.controlUi.allowedOrigins")
        return client

    def _verify(self, route: Route, head: Head, client: Client) -> Principal:
        authenticator = self.door.authenticator
        if route.scope is None:
            return authenticator.recognize_http(head.headers, client)
        principal = authenticator.authenticate_http(head.headers, client)
        if not is_granted(principal.scopes, route.scope):
            raise MissingScope(route.scope)
        return principal

    def _check_body(self, route: Route, head: Head, principal: Principal) -> None:
        encoding = head.headers.get("content-encoding", "identity")
        if encoding.lower() != "identity":
            raise UnsupportedMediaType(f"content-encoding {encoding[:64]!r} is not read: send the body uncompressed")
        if head.body_bytes is not None and head.body_bytes > route.body_cap_bytes:
            raise PayloadTooLarge("Payload too large")
        # A page can post a form or plain text anywhere without asking first. Where no credential is needed, the type
        # that it cannot send unasked is what stops it.
        if principal.method == "none" and head.method == "POST":
            media_type = head.headers.get("content-type", "").partition(";")[0].strip().lower()
            if media_type != "application/json":
                raise UnsupportedMediaType(f"content-type {media_type[:64]!r} is not taken: send application/json")

    def refuse(self, error: GatewayError, path: str) -> HttpReply:
        """The reply that tells an error, in the form of the path's neighbours."""
        if path.startswith("/v1/") or path == "/v1":
            return self._render_error(error)
        match error:
            case _NoRoute():
                return HttpReply(error.status, error.plain.encode(), _PLAIN_TEXT)
            case MethodNotAllowed():
                allow = (b"allow", error.allowed.encode())
                return HttpReply(error.status, b"Method Not Allowed", _PLAIN_TEXT, [allow])
            case _:
                return self._render_error(error)
