"""The state machine of one connection: texts in, actions out."""

import json

import pytest

from openclaw_gateway.dialects.gateway.connection import (
    MAX_REQUESTS_IN_FLIGHT,
    Action,
    Authenticate,
    Close,
    Connection,
    Dispatch,
    Send,
    clip_reason,
)
from openclaw_gateway.dialects.gateway.frames import StateVersion, encode_event
from openclaw_gateway.dialects.gateway.handshake import (
    HelloAuth,
    HelloFeatures,
    HelloOk,
    HelloServer,
    Policy,
    Snapshot,
)
from openclaw_gateway.errors import Draining, GatewayError, Unauthorized

CONNECT = json.dumps(
    {
        "type": "req",
        "id": "c",
        "method": "connect",
        "params": {
            "minProtocol": 4,
            "maxProtocol": 4,
            "client": {"id": "cli", "version": "1", "platform": "linux", "mode": "cli"},
        },
    }
)
HEALTH = '{"type":"req","id":"h","method":"health"}'
HELLO = HelloOk(
    "hello-ok",
    4,
    HelloServer("1", "c"),
    HelloFeatures((), ()),
    Snapshot((), {}, StateVersion(0, 0), 0, "none"),
    HelloAuth("operator", ()),
    Policy(1, 1, 1),
)


def authenticating() -> Connection:
    connection = Connection("nonce")
    connection.receive_text(CONNECT)
    return connection


def admitted() -> Connection:
    connection = authenticating()
    connection.admit(HELLO)
    return connection


def frames(actions: list[Action]) -> list[dict[str, object]]:
    return [json.loads(action.frame) for action in actions if isinstance(action, Send)]


def closes(actions: list[Action]) -> list[Close]:
    return [action for action in actions if isinstance(action, Close)]


def test_challenge_opens_the_conversation() -> None:
    """The first frame carries the connection's nonce."""
    assert json.loads(Connection("n1").challenge(3))["payload"] == {"nonce": "n1", "ts": 3}


def test_connect_asks_who_it_is() -> None:
    """A good connect is handed on for authentication, and nothing is sent before that is done."""
    actions = Connection("nonce").receive_text(CONNECT)
    assert [type(action) for action in actions] == [Authenticate]


def test_admitted_client_gets_hello_under_the_id_of_its_connect() -> None:
    """Admission answers connect and opens the connection."""
    connection = authenticating()
    [hello] = frames(connection.admit(HELLO))
    assert (hello["id"], hello["ok"], connection.is_open) == ("c", True, True)


def test_refused_client_is_told_why_and_closed() -> None:
    """A refusal answers connect with the error, then closes with 1008."""
    connection = authenticating()
    actions = connection.refuse(Unauthorized("unauthorized: no"))
    [refusal] = frames(actions)
    assert (refusal["id"], refusal["ok"]) == ("c", False)
    assert actions[-1] == Close(1008, "unauthorized: no")
    assert not connection.is_open


def test_gateway_that_cannot_take_clients_says_try_again() -> None:
    """A refusal for the moment closes with 1013."""
    [close] = closes(authenticating().refuse(Draining("shutting down")))
    assert close.code == 1013


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HEALTH, id="request before connect"),
        pytest.param('{"hello":1}', id="not a frame"),
        pytest.param("", id="nothing"),
        pytest.param('{"type":"event","event":"tick"}', id="an event"),
    ],
)
def test_stranger_is_let_go(text: str) -> None:
    """A client that does not begin with connect is told so and closed with 1008."""
    actions = Connection("nonce").receive_text(text)
    [refusal] = frames(actions)
    error = refusal["error"]
    assert isinstance(error, dict)
    assert error["message"] == "invalid handshake: first request must be connect"
    assert actions[-1] == Close(1008, "invalid handshake: first request must be connect")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"minProtocol": 5, "maxProtocol": 5}, 1002, id="another protocol"),
        pytest.param({"client": {}}, 1008, id="bad params"),
    ],
)
def test_bad_connect_closes(changes: dict[str, object], code: int) -> None:
    """Bad params close with 1008, a protocol nobody shares with 1002; both are answered first."""
    frame = json.loads(CONNECT)
    frame["params"] |= changes
    actions = Connection("nonce").receive_text(json.dumps(frame))
    assert [type(action) for action in actions] == [Send, Close]
    assert closes(actions)[0].code == code


def test_request_during_authentication_is_let_go() -> None:
    """Nothing may follow connect before it was answered."""
    [close] = closes(authenticating().receive_text(HEALTH))
    assert close.code == 1008


def test_requests_of_an_admitted_client_are_dispatched() -> None:
    """A request is handed on with id, method and params."""
    [dispatch] = admitted().receive_text(HEALTH)
    assert isinstance(dispatch, Dispatch)
    assert (dispatch.request.id, dispatch.request.method) == ("h", "health")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(CONNECT, "connect is only valid as the first request", id="second connect"),
        pytest.param("{", "invalid request frame: expected one JSON object of moderate depth", id="broken frame"),
    ],
)
def test_mistakes_of_an_admitted_client_are_answered(text: str, message: str) -> None:
    """An admitted client is told of its mistake and stays connected."""
    connection = admitted()
    actions = connection.receive_text(text)
    [refusal] = frames(actions)
    error = refusal["error"]
    assert isinstance(error, dict)
    assert error["message"] == message
    assert connection.is_open
    assert not closes(actions)


def test_flood_of_requests_is_bounded() -> None:
    """Over the bound a request is refused as retryable; when one is done there is place for another."""
    connection = admitted()
    for _ in range(MAX_REQUESTS_IN_FLIGHT):
        connection.receive_text(HEALTH)
    [refusal] = frames(connection.receive_text(HEALTH))
    error = refusal["error"]
    assert isinstance(error, dict)
    assert (error["code"], error["retryable"]) == ("UNAVAILABLE", True)
    connection.request_done()
    assert [type(action) for action in connection.receive_text(HEALTH)] == [Dispatch]


def test_events_are_numbered_without_gaps() -> None:
    """Each connection counts its own events from 1."""
    event = encode_event("tick", {"ts": 1})
    first, second = admitted(), admitted()
    assert [json.loads(first.numbered(event))["seq"] for _ in range(3)] == [1, 2, 3]
    assert json.loads(second.numbered(event))["seq"] == 1


@pytest.mark.parametrize("state", [pytest.param(admitted, id="open"), pytest.param(authenticating, id="at the door")])
def test_nothing_happens_after_the_close(state: object) -> None:
    """Texts and verdicts that come after the close are passed over in silence."""
    assert callable(state)
    connection = state()
    connection.close()
    assert connection.receive_text(HEALTH) == []
    assert connection.receive_text("{") == []
    assert connection.admit(HELLO) == []
    assert connection.refuse(GatewayError("late")) == []


def test_reason_fits_into_a_close_frame() -> None:
    """A reason is cut at 123 bytes, never inside a character."""
    assert clip_reason("é" * 100) == "é" * 61
