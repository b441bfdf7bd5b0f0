"""The table of what is served: each path with its methods, its scope and its handler.

What a request may do hangs from the entry it matched, never from its path's text. Paths are compared as they were sent;
no spelling of a path (`//`, `..`, `%2f`) is rewritten into another, so odd ones match nothing.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from openclaw_gateway.endpoints.exchange import HttpRequest, Reply
from openclaw_gateway.endpoints.probes import Probes
from openclaw_gateway.errors import InvalidRequest

Handler = Callable[[HttpRequest], Awaitable[Reply]]

MAX_BODY_BYTES = 20 * 1024 * 1024
MAX_IDLE_BODY_BYTES = 64 * 1024

_NO_PARAMS: Mapping[str, str] = {}


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Route:
    """One entry.

    path: exact, or with one `{name}` that takes the rest up to what follows it, slashes included; at its end there may
    be a second one, without slashes. scope: what the
    principal's grant must cover; None for a public route, which must be said. is_enabled is asked at each request;
    while it says no the route answers 404 with disabled_hint. body_cap_bytes: 413 beyond it.
    """

    path: str
    methods: tuple[str, ...]
    handler: Handler
    scope: str | None
    body_cap_bytes: int = MAX_IDLE_BODY_BYTES
    is_enabled: Callable[[], bool] = _always
    disabled_hint: str = ""

    @property
    def allow(self) -> str:
        """The value of `Allow`."""
        return ", ".join(self.methods)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """prefix{names[0]}suffix, and names[1] behind that if there are two."""

    prefix: str
    suffix: str
    names: tuple[str, ...]
    route: Route

    @classmethod
    def of(cls, route: Route) -> "_Pattern":
        prefix, first, suffix, *last = re.split(r"\{(\w+)\}", route.path)
        return cls(prefix, suffix, (first, *last[:1]), route)

    def match(self, path: str) -> tuple[str, ...] | None:
        """The values of the names, as they were sent."""
        if not path.startswith(self.prefix):
            return None
        rest = path[len(self.prefix) :]
        if len(self.names) > 1:
            value, _, last = rest.rpartition(self.suffix)
            return (value, last) if value and last and "/" not in last else None
        value = rest.removesuffix(self.suffix) if rest.endswith(self.suffix) else ""
        return (value,) if value else None


class RouteTable:
    """All routes. Raises ValueError for two entries of one path."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        self._exact: dict[str, Route] = {}
        self._patterns: list[_Pattern] = []
        for route in self.routes:
            if "{" in route.path:
                self._patterns.append(_Pattern.of(route))
            elif self._exact.setdefault(route.path, route) is not route:
                raise ValueError(f"two routes for {route.path}")
        # The most particular first: `/v1/runs/{id}/events` before `/v1/runs/{id}`.
        self._patterns.sort(key=lambda pattern: (len(pattern.prefix), len(pattern.suffix)), reverse=True)

    def find(self, path: str) -> tuple[Route, Mapping[str, str]] | None:
        """The entry for a path as sent, with its parameters decoded once; None if there is none.

        Raises InvalidRequest for a parameter that is not percent-encoded UTF-8 or holds control characters.
        """
        route = self._exact.get(path)
        if route is not None:
            return route, _NO_PARAMS
        for pattern in self._patterns:
            raw = pattern.match(path)
            if raw is not None:
                return pattern.route, {
                    name: _decode(value, name) for name, value in zip(pattern.names, raw, strict=True)
                }
        return None


def _decode(raw: str, name: str) -> str:
    try:
        value = unquote(raw, errors="strict")
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"the path's {name} is not UTF-8") from error
    if not value.isprintable():
        raise InvalidRequest(f"the path's {name} has control characters")
    return value


def probe_routes(probes: Probes) -> list[Route]:
    """The three probes under both of their names, open to everybody."""
    named = (("health", probes.health), ("startup", probes.startup), ("ready", probes.ready))
    return [
        Route(path, ("GET", "HEAD"), handler, scope=None)
        for name, handler in named
        for path in (f"/{name}", f"/{name}z")
    ]
