"""`openclaw devices`: what it shows, what it changes, and how it connects as a device itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.command import openclaw
from tests.cli.home import TOKEN, demo_gateway, read_config

from openclaw_gateway.client import AuthRefused, GatewayClient
from openclaw_gateway.client.device_identity import DeviceIdentity


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    with demo_gateway(tmp_path):
        yield tmp_path


@pytest.fixture
def device(tmp_path: Path) -> DeviceIdentity:
    return DeviceIdentity.load(tmp_path / "a-device")


def address(home: Path) -> str:
    return f"ws://127.0.0.1:{read_config(home)['gateway']['port']}"


def ask_to_be_paired(home: Path, device: DeviceIdentity, *scopes: str) -> str:
    with pytest.raises(AuthRefused) as caught:
        GatewayClient.connect(address(home), device=device, scopes=scopes or ("operator.read",))
    assert caught.value.cause == "PAIRING_REQUIRED"
    return str(caught.value.details["requestId"])


def test_a_device_is_approved_and_sent_away(home: Path, device: DeviceIdentity) -> None:
    """It is seen waiting, approved by its id, comes in with its token, and is out when that is revoked."""
    request_id = ask_to_be_paired(home, device)
    listed = openclaw(home, "devices")
    assert listed.code == 0
    assert request_id in listed.out
    preview = openclaw(home, "devices", "approve")
    assert preview.code == 1
    assert f"openclaw devices approve {request_id}" in preview.err
    approved = openclaw(home, "devices", "approve", request_id, "--json").document
    assert approved["device"]["deviceId"] == device.device_id
    with GatewayClient.connect(address(home), device=device, scopes=("operator.read",)) as client:
        token = client.hello.auth.device_token
        assert token not in repr(client.hello)
    named = openclaw(home, "devices", "rename", "--device", device.device_id, "--name", "Kitchen")
    assert named.out == f"renamed {device.device_id}\n"
    assert "Kitchen" in openclaw(home, "devices", "list").out
    with GatewayClient.connect(address(home), device=device, device_token=token, scopes=("operator.read",)) as client:
        assert client.hello.auth.scopes == ("operator.read",)
        assert openclaw(home, "devices", "revoke", "--device", device.device_id).code == 0
    with pytest.raises(AuthRefused, match="device token mismatch"):
        GatewayClient.connect(address(home), device=device, device_token=token, scopes=("operator.read",))
    assert "revoked" in openclaw(home, "devices").out


def test_tokens_are_rotated(home: Path, device: DeviceIdentity) -> None:
    """The command tells what the next token may do, and not the token."""
    with GatewayClient.connect(address(home), token=TOKEN, device=device) as client:
        assert client.hello.auth.device_token
    rotate = ("devices", "rotate", "--device", device.device_id)
    rotated = openclaw(home, *rotate, "--scope", "operator.read", "--json").document
    assert rotated["scopes"] == ["operator.read"]
    assert "token" not in rotated
    none = openclaw(home, "devices", "rotate", "--device", device.device_id, "--no-scopes", "--json").document
    assert none["scopes"] == []
    told = openclaw(home, "devices", "rotate", "--device", device.device_id)
    assert (told.code, told.out) == (0, f"rotated {device.device_id}\n")
    assert "with the gateway's token or password" in told.err


def test_all_are_forgotten(home: Path, device: DeviceIdentity) -> None:
    """`clear` asks first; with --pending it sends away those who wait, too."""
    with GatewayClient.connect(address(home), token=TOKEN, device=device):
        pass
    request_id = ask_to_be_paired(home, DeviceIdentity.load(home / "another"))
    assert openclaw(home, "devices", "clear").code == 2
    cleared = openclaw(home, "devices", "clear", "--pending", "--yes", "--json").document
    assert cleared == {"removedDevices": [device.device_id], "rejectedPending": [request_id]}
    assert openclaw(home, "devices", "list", "--json").document == {"pending": [], "paired": []}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(("approve", "x"), "unknown requestId", id="approve"),
        pytest.param(("reject", "x"), "unknown requestId", id="reject"),
        pytest.param(("remove", "x"), "unknown deviceId", id="remove"),
        pytest.param(("approve", "--latest"), "no device waits for approval", id="nobody waits"),
    ],
)
def test_what_is_not_there(home: Path, words: tuple[str, ...], message: str) -> None:
    """An id that nobody has is a failure with its reason."""
    ended = openclaw(home, "devices", *words, "--json")
    assert ended.code == 1
    assert ended.document["error"]["message"] == message
    if "--latest" not in words:
        assert "openclaw devices list" in openclaw(home, "devices", *words).err
