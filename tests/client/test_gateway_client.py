"""A program that connects, asks and listens, against a peer that says exactly what the test wants."""

import json
import threading
from typing import Any

import pytest
from tests.client.peer import CHALLENGE, Line, Peer

from openclaw_gateway.client import (
    AuthRefused,
    ClientError,
    ConnectionLost,
    DeadlinePassed,
    GatewayClient,
    RequestRefused,
    Unreachable,
)


def test_connects_with_what_it_was_given() -> None:
    """The connect request carries protocol, identity, scopes and credential as given, and hello is read."""
    seen: list[dict[str, Any]] = []

    def script(line: Line) -> None:
        seen.append(line.let_in())
        line.wait_closed()

    with (
        Peer(script) as peer,
        GatewayClient.connect(
            peer.url, token="t" * 20, scopes=["operator.read"], client_id="cli", mode="cli"
        ) as client,
    ):
        assert client.hello.server.version == "2026.9.6"
        assert client.hello.auth.scopes == ("operator.read",)
    (params,) = seen
    assert (params["minProtocol"], params["maxProtocol"], params["role"]) == (4, 4, "operator")
    assert params["scopes"] == ["operator.read"]
    assert params["auth"] == {"token": "t" * 20}
    assert params["client"]["id"] == params["client"]["mode"] == "cli"


def test_says_nothing_of_auth_without_a_credential() -> None:
    """A client without a credential sends no auth object, so that the gateway can tell missing from wrong."""
    seen: list[dict[str, Any]] = []
    with Peer(lambda line: seen.append(line.let_in())) as peer, GatewayClient.connect(peer.url):
        pass
    assert "auth" not in seen[0]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        pytest.param(
            {"code": "INVALID_REQUEST", "message": "no", "details": {"code": "AUTH_TOKEN_MISMATCH"}},
            AuthRefused,
            id="wrong token",
        ),
        pytest.param(
            {"code": "NOT_PAIRED", "message": "no", "details": {"code": "DEVICE_IDENTITY_REQUIRED"}},
            AuthRefused,
            id="no credential",
        ),
        pytest.param(
            {
                "code": "INVALID_REQUEST",
                "message": "no",
                "retryable": True,
                "retryAfterMs": 1500,
                "details": {"code": "AUTH_RATE_LIMITED"},
            },
            AuthRefused,
            id="locked out",
        ),
        pytest.param(
            {"code": "INVALID_REQUEST", "message": "no", "details": {"code": "PROTOCOL_MISMATCH"}},
            RequestRefused,
            id="other protocol",
        ),
    ],
)
def test_refusal_at_the_door_is_told_apart(error: dict[str, Any], kind: type[RequestRefused]) -> None:
    """What is the credential's fault is AuthRefused; other refusals of connect are not."""

    def script(line: Line) -> None:
        line.say(CHALLENGE)
        line.refuse(line.hear(), **error)
        line.connection.close(1008, "policy")

    with Peer(script) as peer, pytest.raises(RequestRefused) as refused:
        GatewayClient.connect(peer.url, token="wrong")
    assert type(refused.value) is kind
    assert refused.value.cause == error["details"]["code"]
    assert refused.value.retry_after_s == (1.5 if "retryAfterMs" in error else None)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://127.0.0.1:1", id="not a WebSocket address"),
        pytest.param("ws://", id="no host"),
        pytest.param("ws://127.0.0.1:99999", id="no such port"),
        pytest.param("ws://me:secret@127.0.0.1:1", id="credentials in the address"),
        pytest.param("ws://127.0.0.1:1", id="nobody listens"),
        pytest.param("ws://does-not-exist.invalid:1", id="unknown host"),
        pytest.param("ws://" + "a" * 300 + ":1", id="impossible host"),
    ],
)
def test_unreachable(url: str) -> None:
    """An address where no gateway can be had is Unreachable, and a secret in it is not repeated."""
    with pytest.raises(Unreachable) as failure:
        GatewayClient.connect(url, timeout_s=5)
    assert "secret" not in failure.value.message


@pytest.mark.parametrize(
    "first_words",
    [
        pytest.param('{"type":"event","event":"tick"}', id="no challenge"),
        pytest.param("not json", id="not JSON"),
        pytest.param("[" * 100_000, id="endless nesting"),
        pytest.param('{"type":"riddle"}', id="unknown frame"),
        pytest.param('{"type":"event","event":7}', id="wrong types"),
    ],
)
def test_peer_that_is_no_gateway(first_words: str) -> None:
    """A peer that does not speak the protocol is given up with an error, never a traceback of a library."""

    def script(line: Line) -> None:
        line.say(first_words)
        line.wait_closed()

    with Peer(script) as peer, pytest.raises(ConnectionLost):
        GatewayClient.connect(peer.url)


def test_a_message_may_come_in_pieces() -> None:
    """A frame in many pieces, empty ones among them, is one frame."""

    def script(line: Line) -> None:
        line.let_in()
        request = line.hear()
        answer = json.dumps({"type": "res", "id": request["id"], "ok": True, "payload": {"ok": True}})
        line.connection.send([piece for char in answer for piece in (char, "", "")])
        line.wait_closed()

    with Peer(script) as peer, GatewayClient.connect(peer.url) as gateway:
        assert gateway.request("health") == {"ok": True}


def test_silent_peer_meets_the_deadline() -> None:
    """A peer that accepts and then says nothing costs the connect timeout and no more."""
    with Peer(lambda line: line.wait_closed() and None) as peer, pytest.raises(DeadlinePassed):
        GatewayClient.connect(peer.url, timeout_s=0.2)


def test_answer_with_other_frames_around() -> None:
    """A request gets its own answer whatever events and late answers come before, and the events are kept in order."""

    def script(line: Line) -> None:
        line.let_in()
        request = line.hear()
        line.tell("tick", {"ts": 1}, seq=1)
        line.say({"type": "res", "id": "an older one", "ok": True, "payload": 0})
        line.tell("health", {"ok": True}, seq=2)
        line.answer(request, {"method": request["method"], "params": request["params"]})
        line.wait_closed()

    with Peer(script) as peer, GatewayClient.connect(peer.url) as client:
        assert client.request("health", {"probe": True}) == {"method": "health", "params": {"probe": True}}
        kept = client.events(timeout_s=0)
        assert [(event.name, event.seq, event.missed) for event in kept] == [("tick", 1, 0), ("health", 2, 0)]


def test_refused_request_leaves_the_connection_usable() -> None:
    """A refusal is raised with its code, cause and wait; the next request works."""

    def script(line: Line) -> None:
        line.let_in()
        line.refuse(
            line.hear(),
            code="UNAVAILABLE",
            message="queue is full",
            details={"code": "QUEUE_FULL"},
            retryable=True,
            retryAfterMs=2000,
        )
        line.answer(line.hear(), "fine")
        line.wait_closed()

    with Peer(script) as peer, GatewayClient.connect(peer.url) as client:
        with pytest.raises(RequestRefused) as refused:
            client.request("agent", {})
        assert (refused.value.code, refused.value.cause) == ("UNAVAILABLE", "QUEUE_FULL")
        assert (refused.value.retryable, refused.value.retry_after_s) == (True, 2.0)
        assert client.request("health") == "fine"


def test_late_answer_is_not_taken_for_the_next_one() -> None:
    """After a passed deadline the late answer is ignored."""
    may_answer = threading.Event()

    def script(line: Line) -> None:
        line.let_in()
        late = line.hear()
        may_answer.wait(10)
        request = line.hear()
        line.answer(late, "late")
        line.answer(request, "right")
        line.wait_closed()

    with Peer(script) as peer, GatewayClient.connect(peer.url) as client:
        with pytest.raises(DeadlinePassed, match=r"health within 0\.1 s"):
            client.request("health", timeout_s=0.1)
        may_answer.set()
        assert client.request("status") == "right"


def test_close_code_is_told() -> None:
    """A gateway that closes is ConnectionLost with its code and reason, also for what is asked afterwards."""

    def script(line: Line) -> None:
        line.let_in()
        line.hear()
        line.connection.close(1012, "service restart")

    with Peer(script) as peer, GatewayClient.connect(peer.url) as client:
        for _ in range(2):
            with pytest.raises(ConnectionLost) as lost:
                client.request("health")
            assert (lost.value.code, lost.value.reason) == (1012, "service restart")


def test_gateway_that_went_silent_is_given_up() -> None:
    """Nothing for two tick intervals means that the gateway is gone, long before the request's own deadline."""

    def script(line: Line) -> None:
        line.let_in(tick_interval_ms=50)
        line.wait_closed()

    with (
        Peer(script) as peer,
        GatewayClient.connect(peer.url) as client,
        pytest.raises(ConnectionLost, match=r"nothing came from the gateway for 0\.1 s"),
    ):
        client.request("health", timeout_s=60)


def test_gap_in_the_numbers_is_told() -> None:
    """Events that were lost on the way are counted on the next one."""

    def script(line: Line) -> None:
        line.let_in()
        for seq in (1, 4, 5):
            line.tell("tick", {}, seq=seq)
        line.connection.close(1000)

    with Peer(script) as peer, GatewayClient.connect(peer.url) as client:
        events = client.events()
        assert [next(events).missed for _ in range(3)] == [0, 2, 0]
        with pytest.raises(ConnectionLost):
            next(events)


def test_unread_events_are_bounded() -> None:
    """A client that only asks keeps the newest thousand events and counts the others as missed."""

    def script(line: Line) -> None:
        line.let_in()
        request = line.hear()
        for seq in range(1, 1501):
            line.tell("tick", {"n": seq}, seq=seq)
        line.answer(request, None)
        line.wait_closed()

    with Peer(script) as peer, GatewayClient.connect(peer.url) as client:
        client.request("health")
        kept = list(client.events(timeout_s=0))
    assert len(kept) == 1000
    assert (kept[0].seq, kept[0].missed) == (501, 500)
    assert sum(event.missed for event in kept) == 500


def test_fragments_and_pings_in_between() -> None:
    """A message in fragments is read as one, and a ping between them is answered."""
    answered: list[bool] = []

    def script(line: Line) -> None:
        line.let_in()
        request = line.hear()
        pong = line.connection.ping()
        text = json.dumps({"type": "res", "id": request["id"], "ok": True, "payload": "ä" * 70_000})
        line.connection.send(text[start : start + 9_999] for start in range(0, len(text), 9_999))
        answered.append(pong.wait(10))
        line.wait_closed()

    with Peer(script) as peer, GatewayClient.connect(peer.url) as client:
        assert client.request("health") == "ä" * 70_000
        list(client.events(timeout_s=0.05))
    assert answered == [True]


def test_closing_says_goodbye() -> None:
    """Leaving the with block closes with 1000, and closing twice is fine."""
    codes: list[int | None] = []

    def script(line: Line) -> None:
        line.let_in()
        codes.append(line.wait_closed())

    with Peer(script) as peer:
        with GatewayClient.connect(peer.url) as client:
            pass
        client.close()
        with pytest.raises(ClientError):
            client.request("health")
    assert codes == [1000]
