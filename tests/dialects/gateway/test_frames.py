"""Frames: hostile text in, encoded answers and events out."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.dialects.gateway.frames import (
    InvalidFrame,
    Request,
    StateVersion,
    decode_request,
    encode_answer,
    encode_event,
    encode_refusal,
)
from openclaw_gateway.errors import Busy, GatewayError, InvalidRequest, MissingScope

DEEP = "[" * 100_000 + "]" * 100_000


def test_request_is_read() -> None:
    """A request frame gives id, method and params as they came, whatever newer fields stand beside them."""
    request = decode_request('{"type":"req","id":"7","method":"agent","params":{"a":[1]},"expectedProfileId":"x"}')
    assert (request.id, request.method, bytes(request.params)) == ("7", "agent", b'{"a":[1]}')


def test_params_may_be_absent() -> None:
    """A request without params is one with an empty object."""
    assert bytes(decode_request(b'{"type":"req","id":"7","method":"health"}').params) == b"{}"


@pytest.mark.parametrize(
    ("text", "request_id"),
    [
        pytest.param("", "invalid", id="nothing"),
        pytest.param("hello", "invalid", id="not JSON"),
        pytest.param("null", "invalid", id="null"),
        pytest.param("[]", "invalid", id="array"),
        pytest.param("7", "invalid", id="number"),
        pytest.param("NaN", "invalid", id="NaN"),
        pytest.param('{"type":"req","id":"7","method":"m"} x', "invalid", id="text behind the object"),
        pytest.param('{"id":"7","method":"m"}', "7", id="no type"),
        pytest.param('{"type":"res","id":"7","ok":true}', "7", id="a response"),
        pytest.param('{"type":"req","id":"7"}', "7", id="no method"),
        pytest.param('{"type":"req","id":"7","method":3}', "7", id="method of another type"),
        pytest.param('{"type":"req","id":"7","method":""}', "7", id="empty method"),
        pytest.param('{"type":"req","method":"m"}', "invalid", id="no id"),
        pytest.param('{"type":"req","id":7,"method":"m"}', "invalid", id="id of another type"),
        pytest.param('{"type":"req","id":"","method":"m"}', "invalid", id="empty id"),
        pytest.param(json.dumps({"type": "req", "id": "7" * 300, "method": "m"}), "invalid", id="huge id"),
        pytest.param(json.dumps({"type": "req", "id": "7", "method": "m" * 10_000}), "7", id="huge method"),
        pytest.param('{"type":"req","id":"\\ud800","method":"m"}', "invalid", id="lone surrogate, escaped"),
        pytest.param('{"type":"req","id":"\ud800","method":"m"}', "invalid", id="lone surrogate, as it is"),
        pytest.param(b'{"type":"req","id":"\xff","method":"m"}', "invalid", id="not UTF-8"),
        pytest.param('{"type":"req","id":"7","method":"m","params":' + DEEP + "}", "invalid", id="depth"),
        pytest.param('{"type":"req","id":"7","method":"m","x":' + DEEP + "}", "invalid", id="depth elsewhere"),
    ],
)
def test_other_texts_are_refused(text: str | bytes, request_id: str) -> None:
    """Whatever is not a request is an InvalidFrame that names whom to answer."""
    with pytest.raises(InvalidFrame, match=r"^invalid request frame: ") as caught:
        decode_request(text)
    assert caught.value.request_id == request_id


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "id", "method", "p"]), inner),
    max_leaves=10,
)


@given(JSON.map(json.dumps) | st.text() | st.binary())
def test_any_text_ends_in_a_request_or_a_refusal(text: str | bytes) -> None:
    """No text makes the decoder fail in another way."""
    with suppress(InvalidFrame):
        assert isinstance(decode_request(text), Request)


def test_answer_carries_the_payload() -> None:
    """A good response has the id, ok and the payload."""
    assert json.loads(encode_answer("7", {"a": 1})) == {"type": "res", "id": "7", "ok": True, "payload": {"a": 1}}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(InvalidRequest("no"), {"code": "INVALID_REQUEST", "message": "no"}, id="plain"),
        pytest.param(
            Busy("full", retry_after_s=1.5),
            {
                "code": "UNAVAILABLE",
                "message": "full",
                "details": {"code": "QUEUE_FULL"},
                "retryable": True,
                "retryAfterMs": 1500,
            },
            id="try again",
        ),
        pytest.param(
            MissingScope("operator.write"),
            {
                "code": "FORBIDDEN",
                "message": "missing scope: operator.write",
                "details": {
                    "code": "MISSING_SCOPE",
                    "missingScope": "operator.write",
                    "requiredScopes": ["operator.write"],
                },
            },
            id="details of its own",
        ),
        pytest.param(
            GatewayError("?"),
            {"code": "UNAVAILABLE", "message": "?", "details": {"code": "INTERNAL_ERROR"}},
            id="a bug of ours",
        ),
    ],
)
def test_refusal_carries_the_error(error: GatewayError, expected: dict[str, object]) -> None:
    """A bad response tells code, message, details and when to try again, and nothing that is not so."""
    assert json.loads(encode_refusal("7", error)) == {"type": "res", "id": "7", "ok": False, "error": expected}


def test_refusal_may_carry_a_payload() -> None:
    """The state of a failed run goes beside its error, and its id into the details."""
    frame = json.loads(encode_refusal("7", GatewayError("?"), payload={"status": "error"}, details={"runId": "r"}))
    assert frame["payload"] == {"status": "error"}
    assert frame["error"]["details"] == {"runId": "r", "code": "INTERNAL_ERROR"}


def test_event_is_encoded_once_for_all_sockets() -> None:
    """Each socket gets the same event under its own number."""
    event = encode_event("presence", {"text": "}"}, state_version=StateVersion(1, 2))
    expected = {
        "type": "event",
        "event": "presence",
        "payload": {"text": "}"},
        "stateVersion": {"presence": 1, "health": 2},
    }
    assert json.loads(event.unnumbered()) == expected
    assert json.loads(event.numbered(3)) == {**expected, "seq": 3}
    assert json.loads(event.numbered(4)) == {**expected, "seq": 4}
