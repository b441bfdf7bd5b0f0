"""Who a device is: an Ed25519 key pair that it made itself, and what it signs to prove that it holds the key.

A gateway knows a device by the digest of its public key, lets a person approve it, and gives it a token of its own.
The key never leaves its file. `cryptography` is imported when the first key is used: it costs 9 ms and 10 MB.
Source: OpenClaw docs/gateway/protocol/auth.md, "Device identity and pairing".
"""

import base64
import binascii
import hashlib
import os
import secrets
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from openclaw_gateway.client.failures import KeyUnusable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Claim:
    """What a device says of itself at `connect`, in the form that it signs.

    scopes: as declared, in that order. signed_at_ms and nonce: of the gateway's challenge. token: the first of shared
    token, device token and bootstrap token that is sent, or "".
    """

    device_id: str
    client_id: str
    client_mode: str
    role: str
    scopes: Sequence[str]
    signed_at_ms: int
    token: str
    nonce: str
    platform: str = ""
    device_family: str = ""

    def text_v2(self) -> str:
        """The older form, which says nothing of the machine."""
        return "|".join(("v2", *self._fields()))

    def text_v3(self) -> str:
        """The form to sign."""
        machine = (self.platform, self.device_family)
        return "|".join(("v3", *self._fields(), *[normal_metadata(text) for text in machine]))

    def _fields(self) -> tuple[str, ...]:
        return (
            self.device_id, self.client_id, self.client_mode, self.role, ",".join(self.scopes), str(self.signed_at_ms),
            self.token, self.nonce,
        )  # fmt: skip


class DeviceIdentity:
    """A key pair. device_id: SHA-256 of the raw public key, hex. public_key: base64url, without padding."""

    def __init__(self, key: "Ed25519PrivateKey") -> None:
        self._key = key
        raw = key.public_key().public_bytes_raw()
        self.device_id = device_id_of(raw)
        self.public_key = encode_base64url(raw)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """The identity of this file, made if there is none. Raises KeyUnusable.

        The file holds the raw private key, base64url, and only its owner can read it.
        """
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        path = Path(path)
        try:
            text = _read_private(path)
            if text is None:
                text = _make(path)
        except OSError as error:
            raise KeyUnusable(f"cannot use the device key {path}: {error.strerror}") from error
        raw = decode_base64url(text.strip())
        if raw is None or len(raw) != KEY_BYTES:
            raise KeyUnusable(f"{path} is no device key: restore it, or remove it to become a new device")
        return cls(Ed25519PrivateKey.from_private_bytes(raw))

    def sign(self, text: str) -> str:
        """The signature of a text, base64url."""
        return encode_base64url(self._key.sign(text.encode()))


def device_id_of(raw_public_key: bytes) -> str:
    """What a key's device is called."""
    return hashlib.sha256(raw_public_key).hexdigest()


def normal_metadata(text: str) -> str:
    """Platform and device family as they are signed and compared: trimmed, ASCII letters in lower case."""
    return "".join(char.lower() if char.isascii() else char for char in text.strip())


def encode_base64url(raw: bytes) -> str:
    """URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_base64url(text: str) -> bytes | None:
    """The bytes, or None for a text that is not exactly the one way to write them."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if encode_base64url(raw) == text.rstrip("=") else None


def _read_private(path: Path) -> str | None:
    """The key's text, None if there is no file. A key that others may read is nobody's."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o077:
            raise KeyUnusable(f"{path} must be a file that only its owner can read: chmod 600 it")
        return os.read(descriptor, 4 * KEY_BYTES).decode("ascii", "replace")
    finally:
        os.close(descriptor)


def _make(path: Path) -> str:
    """Write a new key. Of two programs that do it at once, one wins and both use its key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = encode_base64url(secrets.token_bytes(KEY_BYTES))  # any 32 bytes are an Ed25519 private key (RFC 8032, 5.1.5)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, text.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        path.hardlink_to(temporary)  # unlike a rename it replaces nothing
    except FileExistsError:
        return _read_private(path) or ""
    finally:
        temporary.unlink()
    return text
