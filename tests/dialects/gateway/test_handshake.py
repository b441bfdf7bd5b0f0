"""The connect request, its refusals, and hello-ok."""

import json

import msgspec
import pytest

from openclaw_gateway.dialects.gateway.frames import StateVersion
from openclaw_gateway.dialects.gateway.handshake import (
    ConnectParams,
    HelloAuth,
    HelloFeatures,
    HelloOk,
    HelloServer,
    Policy,
    ProtocolMismatch,
    Snapshot,
    encode_challenge,
    parse_connect,
    refuse_mismatch,
    refuse_without_secret,
)
from openclaw_gateway.errors import InvalidRequest

CLIENT = {"id": "cli", "version": "1", "platform": "linux", "mode": "cli"}
DEVICE = {"id": "d", "publicKey": "k", "signature": "s", "signedAt": 1, "nonce": "n"}


def parse(**changes: object) -> ConnectParams:
    params = {"minProtocol": 4, "maxProtocol": 4, "client": CLIENT, **changes}
    return parse_connect(msgspec.Raw(json.dumps(params).encode()))


def test_connect_is_read() -> None:
    """Who connects, what it knows and what it asks for is read; fields of newer clients are passed over."""
    connect = parse(
        role="operator", scopes=["operator.read"], caps=["tool-events"], auth={"token": "t", "newer": 1}, newest={}
    )
    assert (connect.client.id, connect.client.mode, connect.scopes, connect.caps, connect.auth.token) == (
        "cli",
        "cli",
        ("operator.read",),
        ("tool-events",),
        "t",
    )


def test_credentials_are_not_printed() -> None:
    """The printed form of what a client sent holds no secret."""
    assert "hunter2" not in repr(parse(auth={"token": "hunter2", "password": "hunter2"}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param(
            {"client": {**CLIENT, "id": "curl"}},
            "invalid connect params: at /client/id: must be equal to one of the allowed values",
            id="unknown client",
        ),
        pytest.param(
            {"client": {"id": "cli", "version": "1", "platform": "linux"}},
            "invalid connect params: at /client: must have required property 'mode'",
            id="no mode",
        ),
        pytest.param(
            {"minProtocol": 0}, "invalid connect params: at /minProtocol: must be >= 1", id="protocol below one"
        ),
        pytest.param({"maxProtocol": "4"}, "invalid connect params: at /maxProtocol: must be integer", id="text"),
        pytest.param({"auth": {"token": 3}}, "invalid connect params: at /auth/token: must be string", id="token"),
        pytest.param(
            {"device": {"id": "d"}},
            "invalid connect params: at /device: must have required property 'publicKey'",
            id="half a device",
        ),
        pytest.param(
            {"scopes": ["s"] * 1000},
            "invalid connect params: at /scopes: must NOT have more than 256 items",
            id="endless scopes",
        ),
        pytest.param({"role": "node"}, "invalid role: expected operator, got 'node'", id="a role we do not have"),
    ],
)
def test_bad_params_are_refused(changes: dict[str, object], message: str) -> None:
    """The refusal is in the words of the original and names the place."""
    with pytest.raises(InvalidRequest) as caught:
        parse(**changes)
    assert caught.value.message == message


@pytest.mark.parametrize("params", [pytest.param(b"[", id="cut"), pytest.param(b'{"a":' + b"[" * 9999, id="deep")])
def test_broken_params_are_refused(params: bytes) -> None:
    """Params that are no JSON are refused like any other bad ones."""
    with pytest.raises(InvalidRequest, match="invalid connect params"):
        parse_connect(msgspec.Raw(params))


@pytest.mark.parametrize(
    ("least", "most", "mode", "is_spoken"),
    [
        pytest.param(4, 4, "cli", True, id="ours"),
        pytest.param(1, 9, "cli", True, id="ours among others"),
        pytest.param(5, 9, "cli", False, id="newer only"),
        pytest.param(3, 3, "cli", False, id="older only"),
        pytest.param(3, 3, "probe", True, id="an older probe"),
        pytest.param(2, 2, "probe", False, id="a probe too old"),
        pytest.param(9, 1, "cli", False, id="the wrong way round"),
    ],
)
def test_a_version_that_both_speak_is_needed(least: int, most: int, mode: str, is_spoken: bool) -> None:
    """The client's range must hold version 4; a probe may be one behind."""
    changes = {"minProtocol": least, "maxProtocol": most, "client": {**CLIENT, "mode": mode}}
    if is_spoken:
        assert parse(**changes).client.mode == mode
        return
    with pytest.raises(ProtocolMismatch, match="protocol mismatch") as caught:
        parse(**changes)
    assert caught.value.details == {
        "code": "PROTOCOL_MISMATCH",
        "clientMinProtocol": least,
        "clientMaxProtocol": most,
        "expectedProtocol": 4,
        "minimumProbeProtocol": 3,
    }


def test_a_client_without_the_secret_is_not_paired() -> None:
    """Without the shared secret and without a device the refusal is NOT_PAIRED and tells what is missing."""
    error = refuse_without_secret()
    assert (error.frame_code, (error.details or {})["code"]) == ("NOT_PAIRED", "DEVICE_IDENTITY_REQUIRED")


def test_a_wrong_secret_is_a_mismatch() -> None:
    """A wrong secret is told by the kind of secret that the gateway asks for."""
    error = refuse_mismatch("token")
    assert error.frame_code == "INVALID_REQUEST"
    assert error.message == "unauthorized: gateway token mismatch (provide gateway auth token)"
    assert (error.details or {})["code"] == "AUTH_TOKEN_MISMATCH"


def test_challenge_has_no_number() -> None:
    """The challenge carries nonce and time, and no seq."""
    frame = json.loads(encode_challenge("abc", 5).unnumbered())
    assert frame == {"type": "event", "event": "connect.challenge", "payload": {"nonce": "abc", "ts": 5}}


def test_hello_has_every_required_field() -> None:
    """The payload of a good connect names protocol, server, features, snapshot, grant and policy."""
    hello = HelloOk(
        type="hello-ok",
        protocol=4,
        server=HelloServer("1", "c"),
        features=HelloFeatures(("agent",), ("tick",)),
        snapshot=Snapshot((), {}, StateVersion(0, 0), 7, "token"),
        auth=HelloAuth("operator", ("operator.read",)),
        policy=Policy(1, 2, 3),
    )
    assert json.loads(msgspec.json.encode(hello)) == {
        "type": "hello-ok",
        "protocol": 4,
        "server": {"version": "1", "connId": "c"},
        "features": {"methods": ["agent"], "events": ["tick"]},
        "snapshot": {
            "presence": [],
            "health": {},
            "stateVersion": {"presence": 0, "health": 0},
            "uptimeMs": 7,
            "authMode": "token",
        },
        "auth": {"role": "operator", "scopes": ["operator.read"]},
        "policy": {"maxPayload": 1, "maxBufferedBytes": 2, "tickIntervalMs": 3},
    }
