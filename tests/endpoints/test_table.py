"""The table of methods: what may be asked, by whom, with what."""

import json
from typing import Annotated, cast

import msgspec
import pytest

from openclaw_gateway.auth.principal import Principal
from openclaw_gateway.dialects.gateway.frames import Request, encode_refusal
from openclaw_gateway.dialects.gateway.handshake import ConnectClient, ConnectParams
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Call, Caller, Failure, MethodSpec, MethodTable
from openclaw_gateway.errors import GatewayError, NotFound

# None of the methods here looks at the gateway.
SERVICES = cast("Services", None)


class EchoParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    text: Annotated[str, msgspec.Meta(min_length=1)]
    is_loud: bool = False


async def echo(call: Call[EchoParams]) -> object:
    if call.params.text == "nothing":
        raise NotFound("no such thing")
    if call.params.text == "half":
        return Failure(GatewayError("broke off"), {"status": "error"}, {"runId": "r"})
    if call.params.is_loud:
        call.answer_early({"status": "accepted"})
    return {"text": call.params.text}


TABLE = MethodTable(
    [
        MethodSpec("echo", scope="operator.write", params=EchoParams, function=echo),
        MethodSpec(
            "echo.by_params",
            scope=lambda params: "operator.admin" if params.is_loud else "operator.read",
            params=EchoParams,
            function=echo,
        ),
    ]
)


async def ask(method: str, params: object, *scopes: str) -> list[dict[str, object]]:
    """The frames that a caller of these scopes gets."""
    sent: list[bytes] = []
    caller = Caller(
        Principal("shared-secret", "token", frozenset(scopes), "127.0.0.1", is_local=True),
        ConnectParams(4, 4, ConnectClient("test", "1", "linux", "test")),
        "c1",
        sent.append,
    )
    raw = msgspec.Raw(params if isinstance(params, bytes) else json.dumps(params).encode())
    request = Request("req", "7", method, raw)
    try:
        sent.append(await TABLE.answer(request, caller, SERVICES))
    except GatewayError as error:
        sent.append(encode_refusal(request.id, error))
    frames = [json.loads(frame) for frame in sent]
    assert {(frame["type"], frame["id"]) for frame in frames} == {("res", "7")}
    return frames


async def test_method_is_answered() -> None:
    """A good request is answered with what its function returns."""
    [frame] = await ask("echo", {"text": "hi"}, "operator.write")
    assert (frame["ok"], frame["payload"]) == (True, {"text": "hi"})


async def test_method_may_answer_twice() -> None:
    """An early answer goes out first, under the same id."""
    early, final = await ask("echo", {"text": "hi", "isLoud": True}, "operator.write")
    assert (early["payload"], final["payload"]) == ({"status": "accepted"}, {"text": "hi"})


async def test_failure_carries_its_state() -> None:
    """A function may answer with an error and a payload beside it."""
    [frame] = await ask("echo", {"text": "half"}, "operator.write")
    assert (frame["ok"], frame["payload"]) == (False, {"status": "error"})
    assert cast("dict[str, object]", frame["error"])["details"] == {"runId": "r", "code": "INTERNAL_ERROR"}


@pytest.mark.parametrize(
    ("method", "params", "scope", "code", "message"),
    [
        pytest.param("nosuch", {}, "operator.admin", "INVALID_REQUEST", "unknown method: nosuch", id="unknown method"),
        pytest.param(
            "echo",
            {"text": "x", "bogus": 1},
            "operator.write",
            "INVALID_REQUEST",
            "invalid echo params: at root: unexpected property 'bogus'",
            id="unknown property",
        ),
        pytest.param(
            "echo",
            None,
            "operator.write",
            "INVALID_REQUEST",
            "invalid echo params: must have required property 'text'",
            id="null as params",
        ),
        pytest.param(
            "echo", [], "operator.write", "INVALID_REQUEST", "invalid echo params: must be object", id="an array"
        ),
        pytest.param(
            "echo",
            b'{"text":"\xff"}',
            "operator.write",
            "INVALID_REQUEST",
            "invalid echo params: malformed JSON",
            id="not UTF-8",
        ),
        pytest.param(
            "echo", {"bogus": 1}, "operator.read", "FORBIDDEN", "missing scope: operator.write", id="scope comes first"
        ),
        pytest.param(
            "echo.by_params",
            {"text": "x", "isLoud": True},
            "operator.write",
            "FORBIDDEN",
            "missing scope: operator.admin",
            id="scope by params",
        ),
        pytest.param(
            "echo", {"text": "nothing"}, "operator.write", "INVALID_REQUEST", "no such thing", id="the function's error"
        ),
    ],
)
async def test_bad_requests_are_refused(method: str, params: object, scope: str, code: str, message: str) -> None:
    """What cannot be done is told in the original's words."""
    [frame] = await ask(method, params, scope)
    error = cast("dict[str, object]", frame["error"])
    assert (frame["ok"], error["code"], error["message"]) == (False, code, message)


async def test_scope_by_params_may_be_smaller() -> None:
    """A method whose scope depends on its params asks for no more than these need."""
    [frame] = await ask("echo.by_params", {"text": "x"}, "operator.read")
    assert frame["ok"] is True


def test_names_are_read_off_the_table() -> None:
    """What hello-ok lists is what the table holds, sorted."""
    assert TABLE.names == ("echo", "echo.by_params")


@pytest.mark.parametrize("scope", ["", "operator", "operator.everything"])
def test_method_without_a_scope_cannot_be_made(scope: str) -> None:
    """A row whose scope is missing or unknown is refused when it is made."""
    with pytest.raises(ValueError, match="needs a scope"):
        MethodSpec("open", scope=scope, params=EchoParams, function=echo)


def test_method_is_in_the_table_once() -> None:
    """Two rows of one name are refused."""
    row = MethodSpec("echo", scope="operator.read", params=EchoParams, function=echo)
    with pytest.raises(ValueError, match="twice"):
        MethodTable([row, row])
