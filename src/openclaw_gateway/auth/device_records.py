"""What is kept of devices: the paired ones with their tokens, in a private file; the requests of others, in memory.

The file holds digests of tokens and public keys, so whoever reads it can be no device. It is written whole at each
change, which is bounded by the number of devices (`MAX_DEVICES`), and read once.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Literal

import msgspec

from openclaw_gateway.config.files import Unreadable, read_regular, write_atomically
from openclaw_gateway.errors import StoreUnavailable

OPERATOR = "operator"
MAX_DEVICES = 1000
_MAX_FILE_BYTES = 16 * 1024 * 1024

# How a device came in: a person approved it, or it came from this machine with the shared secret.
Approval = Literal["owner", "silent"]


class TokenSlot(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """The token of one device and role. Times in ms since the epoch.

    digest: SHA-256 of the token, hex; None while there is none to show, because nobody has fetched the new one or
    because it was revoked. is_claimable: a person approved the device, so its key alone fetches the token, once.
    """

    role: str
    scopes: tuple[str, ...]
    created_at_ms: int
    digest: str | None = None
    is_claimable: bool = False
    rotated_at_ms: int | None = None
    revoked_at_ms: int | None = None

    def matches(self, token: str) -> bool:
        """Whether this is the token, in time that does not depend on it."""
        shown = sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
        return hmac.compare_digest(shown, self.digest or "-" * len(shown))


class Device(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A paired device. scopes: the most that its token may have. platform and device_family are pinned by approval."""

    device_id: str
    public_key: str
    scopes: tuple[str, ...]
    token: TokenSlot
    created_at_ms: int
    approved_at_ms: int
    approved_via: Approval
    display_name: str | None = None
    platform: str | None = None
    device_family: str | None = None
    client_id: str | None = None
    client_mode: str | None = None
    remote_ip: str | None = None
    operator_label: str | None = None


class PairingRequest(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A device that waits for a person; as `device.pair.requested` tells it (docs/reference/protocol.md).

    ts: when it asked, ms since the epoch. is_repair: the device is paired already.
    """

    request_id: str
    device_id: str
    public_key: str
    role: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    ts: int
    display_name: str | None = None
    platform: str | None = None
    device_family: str | None = None
    client_id: str | None = None
    client_mode: str | None = None
    browser_origin: str | None = None
    remote_ip: str | None = None
    is_repair: bool = False


class _File(msgspec.Struct, frozen=True):
    version: Literal[1]
    devices: list[Device]


class DeviceFile:
    """Where the paired devices are kept; path None keeps nothing. Its calls block, so they belong into a thread."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._writing = Lock()
        self._revision = 0

    def read(self) -> dict[str, Device]:
        """Devices by id. Raises StoreUnavailable for a file that is there and cannot be read: nobody is let in then."""
        if self._path is None:
            return {}
        try:
            content = read_regular(self._path, _MAX_FILE_BYTES, is_private=True)
            devices = msgspec.json.decode(content, type=_File).devices
        except Unreadable as error:
            if error.is_missing:
                return {}
            raise StoreUnavailable(f"the paired devices cannot be read: {error.reason}") from error
        except msgspec.DecodeError as error:
            raise StoreUnavailable("the file of paired devices is damaged: restore it, or remove it") from error
        return {device.device_id: device for device in devices}

    def write(self, devices: Mapping[str, Device], revision: int) -> None:
        """Put these in place of the old ones; durable when it returns. Raises StoreUnavailable.

        revision: counts the changes. Whoever waited for an earlier one may have left, so two writes can meet here.
        """
        if self._path is None:
            return
        content = msgspec.json.encode(_File(1, list(devices.values())))
        with self._writing:
            if revision <= self._revision:
                return
            try:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_atomically(self._path, content)
            except OSError as error:
                raise StoreUnavailable(f"the paired devices cannot be written: {error.strerror}") from error
            self._revision = revision
