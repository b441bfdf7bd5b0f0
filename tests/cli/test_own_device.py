"""How a command proves itself to a gateway elsewhere. `127.1` is this machine by a name that does not look like it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.command import free_port, openclaw
from tests.cli.home import TOKEN, demo_gateway, read_config


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    gateway = {
        "mode": "local",
        "bind": "loopback",
        "port": free_port(),
        "auth": {"mode": "token", "token": TOKEN},
        "controlUi": {"allowedOrigins": ["http://127.1"]},
    }
    with demo_gateway(tmp_path, gateway=gateway):
        yield tmp_path


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "another-home"
    folder.mkdir()
    return folder


def test_a_command_is_a_device(home: Path, elsewhere: Path) -> None:
    """Without a secret it asks to be approved, works from then on, and asks again when its token was ended."""
    url = f"ws://127.1:{read_config(home)['gateway']['port']}"
    refused = openclaw(elsewhere, "health", "--url", url, "--json")
    assert refused.code == 3
    request_id = refused.document["error"]["details"]["requestId"]
    assert openclaw(home, "devices", "approve", request_id).code == 0
    for _ in range(2):
        assert openclaw(elsewhere, "health", "--url", url).code == 0
    folder = elsewhere / ".openclaw" / "client"
    assert sorted(path.name for path in folder.iterdir()) == ["device-key", "device-tokens.json"]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    device_id = openclaw(home, "devices", "--json").document["paired"][0]["deviceId"]
    assert openclaw(home, "devices", "revoke", "--device", device_id).code == 0
    again = openclaw(elsewhere, "health", "--url", url)
    assert again.code == 3
    assert "openclaw devices approve" in again.err


def test_a_secret_makes_no_device(home: Path, elsewhere: Path) -> None:
    """Where a secret is given, and for a gateway of this machine, no key is made."""
    port = read_config(home)["gateway"]["port"]
    assert openclaw(elsewhere, "health", "--url", f"ws://127.1:{port}", "--token", TOKEN).code == 0
    assert openclaw(elsewhere, "health", "--url", f"ws://127.0.0.1:{port}").code == 3
    assert not (elsewhere / ".openclaw" / "client").exists()


@pytest.mark.parametrize("name", ["device-key", "device-tokens.json"])
def test_a_damaged_file_is_named(home: Path, elsewhere: Path, name: str) -> None:
    """A file that cannot be used is told by its name, and left alone."""
    folder = elsewhere / ".openclaw" / "client"
    folder.mkdir(parents=True, mode=0o700)
    (folder / name).write_text("?")
    (folder / name).chmod(0o600)
    ended = openclaw(elsewhere, "health", "--url", f"ws://127.1:{read_config(home)['gateway']['port']}")
    assert ended.code == 1
    assert str(folder / name) in ended.err
    assert (folder / name).read_text() == "?"
