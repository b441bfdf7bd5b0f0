"""A device's key: where it is kept, what it is called, what it signs."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from openclaw_gateway.client.device_identity import (
    Claim,
    DeviceIdentity,
    decode_base64url,
    device_id_of,
)
from openclaw_gateway.client.failures import KeyUnusable


def test_a_key_is_made_once(tmp_path: Path) -> None:
    """The first use makes the file, for its owner alone; from then on the device stays the same."""
    file = tmp_path / "folder" / "key"
    first, second = DeviceIdentity.load(file), DeviceIdentity.load(str(file))
    assert (first.device_id, first.public_key) == (second.device_id, second.public_key)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["key"]


def test_what_it_signs_is_its_own(tmp_path: Path) -> None:
    """The id is the digest of the public key, which verifies what was signed."""
    device = DeviceIdentity.load(tmp_path / "key")
    public_key = decode_base64url(device.public_key) or b""
    assert device_id_of(public_key) == device.device_id
    Ed25519PublicKey.from_public_bytes(public_key).verify(decode_base64url(device.sign("text")) or b"", b"text")


@pytest.mark.parametrize(
    ("content", "mode"),
    [
        pytest.param("", 0o600, id="empty"),
        pytest.param("not a key", 0o600, id="text"),
        pytest.param("AAAA", 0o600, id="short"),
        pytest.param("A" * 43, 0o644, id="readable for others"),
    ],
)
def test_a_file_that_is_no_key_is_left_alone(tmp_path: Path, content: str, mode: int) -> None:
    """It is refused with its name, and not replaced."""
    file = tmp_path / "key"
    file.write_text(content)
    file.chmod(mode)
    with pytest.raises(KeyUnusable, match=str(file)):
        DeviceIdentity.load(file)
    assert file.read_text() == content


def test_a_link_is_no_key(tmp_path: Path) -> None:
    """A link in the place of the key is not followed."""
    (tmp_path / "key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeyUnusable):
        DeviceIdentity.load(tmp_path / "key")
    assert not (tmp_path / "elsewhere").exists()


CLAIM = Claim("id", "cli", "cli", "operator", ("operator.read", "operator.write"), 7, "t", "n", " Linux ", "ÄPhone")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            CLAIM.text_v3(), "v3|id|cli|cli|operator|operator.read,operator.write|7|t|n|linux|Äphone", id="v3"
        ),
        pytest.param(CLAIM.text_v2(), "v2|id|cli|cli|operator|operator.read,operator.write|7|t|n", id="v2"),
    ],
)
def test_the_text_that_is_signed(text: str, expected: str) -> None:
    """Fields by bars, scopes by commas, the machine trimmed and in ASCII lower case."""
    assert text == expected


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        pytest.param("_-8", b"\xff\xef", id="without padding"),
        pytest.param("_-8=", b"\xff\xef", id="with padding"),
        pytest.param("_-9", None, id="bits that mean nothing"),
        pytest.param("/+8", None, id="the other alphabet"),
        pytest.param("a b", None, id="a space"),
        pytest.param("\u00e9", None, id="not ASCII"),
        pytest.param("A", None, id="half a byte"),
    ],
)
def test_base64url_is_read_strictly(text: str, raw: bytes | None) -> None:
    """There is one way to write bytes, so one key has one name."""
    assert decode_base64url(text) == raw
