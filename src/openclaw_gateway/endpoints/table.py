"""The one table of methods: name, scope, params, function. Nothing else says what may be asked over the protocol.

`hello-ok.features.methods` is read off it, `dispatch` goes through it, and a method without a scope cannot be made.
Errors are in the original's words (OpenClaw docs/gateway/protocol.md, "Requests"): `unknown method: nosuch`,
`invalid agent params: at root: unexpected property 'bogus'`, `missing scope: operator.write`.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import msgspec

from openclaw_gateway.auth.principal import Principal
from openclaw_gateway.auth.scopes import KNOWN, is_granted
from openclaw_gateway.dialects.gateway.frames import NO_PARAMS, Request, encode_answer, encode_refusal
from openclaw_gateway.dialects.gateway.handshake import ConnectParams
from openclaw_gateway.dialects.gateway.validation import explain_invalid
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import GatewayError, InvalidRequest, MissingScope

P = TypeVar("P", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the verified principal behind one socket. send: puts a frame into that socket's outbox.

    connected_at_ms: since the epoch. topics: what this client subscribed to; methods add and remove.
    """

    principal: Principal
    connect: ConnectParams
    connection_id: str
    send: Callable[[bytes], None]
    connected_at_ms: int = 0
    topics: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Call(Generic[P]):
    """One request, checked and authorised."""

    request_id: str
    params: P
    caller: Caller
    services: Services

    def answer_early(self, payload: object) -> None:
        """Send a first response with this request's id; the function's result will be the second."""
        self.caller.send(encode_answer(self.request_id, payload))


@dataclass(frozen=True, slots=True)
class Failure:
    """The result of a method whose bad answer carries a payload beside the error; details add to the error's own."""

    error: GatewayError
    payload: object
    details: Mapping[str, object]


class Method(Protocol):
    """A row of the table, as the table sees it."""

    @property
    def name(self) -> str:
        """As in the request frame."""
        ...

    def begin(self, request: Request, caller: Caller, services: Services) -> Awaitable[object]:
        """Check scope and params, and begin the call; raises a GatewayError."""
        ...


class MethodSpec(Generic[P]):
    """A row: what the method is called, who may call it, with what, and what it does.

    scope: what the caller's grant must imply, or a function of the params where it depends on them. function: returns
    the payload, anything that msgspec encodes, or a `Failure`; raises a GatewayError.
    """

    __slots__ = ("_decode", "_function", "_scope", "name")

    def __init__(
        self,
        name: str,
        *,
        scope: str | Callable[[P], str],
        params: type[P],
        function: Callable[[Call[P]], Awaitable[object]],
    ) -> None:
        if isinstance(scope, str) and scope not in KNOWN:
            raise ValueError(f"method {name} needs a scope, got {scope!r}")
        self.name = name
        self._scope = scope
        self._decode = msgspec.json.Decoder(params).decode
        self._function = function

    def begin(self, request: Request, caller: Caller, services: Services) -> Awaitable[object]:
        """Check scope and params, and begin the call.

        A fixed scope is judged first: whoever may not call a method learns nothing about its params.
        """
        granted = caller.principal.scopes
        if isinstance(self._scope, str):
            _demand(granted, self._scope)
            params = self._parse(request.params)
        else:
            params = self._parse(request.params)
            _demand(granted, self._scope(params))
        return self._function(Call(request.id, params, caller, services))

    def _parse(self, params: msgspec.Raw) -> P:
        try:
            return self._decode(NO_PARAMS if bytes(params) == b"null" else params)
        except msgspec.ValidationError as error:
            raise InvalidRequest(f"invalid {self.name} params: {explain_invalid(error)}") from error
        except (ValueError, RecursionError) as error:
            raise InvalidRequest(f"invalid {self.name} params: malformed JSON") from error


class MethodTable:
    """All methods of this gateway. Immutable."""

    def __init__(self, methods: Iterable[Method]) -> None:
        self._methods: dict[str, Method] = {}
        for method in methods:
            if method.name in self._methods:
                raise ValueError(f"method {method.name} is in the table twice")
            self._methods[method.name] = method
        self.names = tuple(sorted(self._methods))

    async def dispatch(self, request: Request, caller: Caller, services: Services) -> object:
        """Do what was asked and return the payload (or `Failure`); raises a GatewayError."""
        method = self._methods.get(request.method)
        if method is None:
            raise InvalidRequest(f"unknown method: {request.method[:200]}")
        return await method.begin(request, caller, services)

    async def answer(self, request: Request, caller: Caller, services: Services) -> bytes:
        """Do what was asked; returns the (last) response frame. Raises a GatewayError for a refused request.

        A method that did its work and came to a bad end (`Failure`) is not a refusal: wire counts those against the
        peer.
        """
        outcome = await self.dispatch(request, caller, services)
        if isinstance(outcome, Failure):
            return encode_refusal(request.id, outcome.error, payload=outcome.payload, details=outcome.details)
        return encode_answer(request.id, outcome)


def _demand(granted: frozenset[str], scope: str) -> None:
    if not is_granted(granted, scope):
        raise MissingScope(scope)
