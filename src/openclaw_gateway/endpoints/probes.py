"""Is it alive, has it started, is it ready: for supervisors and load balancers, without session or model call.

Anybody may ask; the details are for callers who are verified, or local with no proxy before them.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from openclaw_gateway.config.reload import ConfigState
from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest

_NO_STORE = (b"cache-control", b"no-store")
_UNAVAILABLE = 503
_encode = msgspec.json.encode


class Condition(Protocol):
    """What the gateway knows of itself."""

    @property
    def is_started(self) -> bool:
        """Whether it takes work."""
        ...

    @property
    def is_draining(self) -> bool:
        """Whether it is going down."""
        ...

    def failing(self) -> Sequence[str]:
        """Parts that do not work now, such as "agent-database:main"; empty when ready."""
        ...


def _no_config() -> None:
    """There are no files to tell of."""


class Probes:
    """The three handlers. uptime_ms: milliseconds since start. config: which config is in force."""

    def __init__(
        self,
        condition: Condition,
        *,
        version: str,
        uptime_ms: Callable[[], int],
        config: Callable[[], ConfigState | None] = _no_config,
    ) -> None:
        self._condition = condition
        self._version = version
        self._uptime_ms = uptime_ms
        self._config = config

    async def health(self, request: HttpRequest) -> HttpReply:  # noqa: ARG002
        """{"ok": true, "status": "live"}, as soon as HTTP answers."""
        return _reply(200, {"ok": True, "status": "live"})

    async def startup(self, request: HttpRequest) -> HttpReply:
        """{"ok", "status": "started" | "starting" | "draining"}; with details: version, uptimeMs."""
        condition = self._condition
        status = "draining" if condition.is_draining else "started" if condition.is_started else "starting"
        is_ok = status == "started"
        body: dict[str, object] = {"ok": is_ok, "status": status}
        if may_see_details(request):
            body |= {"version": self._version, "uptimeMs": self._uptime_ms()}
        return _reply(200 if is_ok else _UNAVAILABLE, body)

    async def ready(self, request: HttpRequest) -> HttpReply:
        """{"ready": bool}; with details: failing, uptimeMs, and config, the `ConfigState`.

        A config on disk that is not in force does not make a gateway unready: it serves with the one that is.
        """
        condition = self._condition
        failing = list(condition.failing())
        if condition.is_draining:
            failing.append("draining")
        elif not condition.is_started:
            failing.append("startup")
        body: dict[str, object] = {"ready": not failing}
        if may_see_details(request):
            body |= {"failing": failing, "uptimeMs": self._uptime_ms()}
            config = self._config()
            if config is not None:
                body["config"] = config
        return _reply(_UNAVAILABLE if failing else 200, body)


def may_see_details(request: HttpRequest) -> bool:
    """Whether the caller showed a credential, or is local with no proxy before it."""
    return request.principal.is_local or request.principal.method != "none"


def _reply(status: int, body: dict[str, object]) -> HttpReply:
    return HttpReply(status, _encode(body), headers=[_NO_STORE])
