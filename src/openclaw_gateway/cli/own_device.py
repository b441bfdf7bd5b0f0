"""This user's own device: how a command proves itself to a gateway elsewhere, for which it holds no shared secret.

The key and the tokens are in `client` of the state folder, for this user alone. Nothing of it is imported, read or made
for a gateway of this machine, nor where a secret was given.
"""

from pathlib import Path

import msgspec

from openclaw_gateway.cli.console import CommandFailed
from openclaw_gateway.client import GatewayClient
from openclaw_gateway.client.device_identity import DeviceIdentity
from openclaw_gateway.client.failures import AuthRefused, KeyUnusable
from openclaw_gateway.config.files import Unreadable, read_regular, write_atomically

_KEY, _TOKENS = "device-key", "device-tokens.json"
_MAX_TOKENS_BYTES = 1024 * 1024


class OwnDevice:
    """The key, and the token of each gateway by its address."""

    def __init__(self, folder: Path) -> None:
        """Read or make what is in the folder. Raises CommandFailed."""
        self._tokens_file = folder / _TOKENS
        try:
            self._identity = DeviceIdentity.load(folder / _KEY)
            self._tokens = self._read_tokens()
        except KeyUnusable as error:
            raise CommandFailed(error.message) from error

    def connect(self, url: str, *, timeout_s: float) -> GatewayClient:
        """Connect as this device, and keep the token that it may be given. Raises ClientError.

        A token that has ended is dropped: without it the gateway says which request waits for approval.
        """
        token = self._tokens.get(url)
        try:
            gateway = self._connect(url, token, timeout_s)
        except AuthRefused as error:
            if token is None or error.cause != "AUTH_DEVICE_TOKEN_MISMATCH":
                raise
            self._keep(url, None)
            gateway = self._connect(url, None, timeout_s)
        if gateway.hello.auth.device_token is not None:
            self._keep(url, gateway.hello.auth.device_token)
        return gateway

    def _connect(self, url: str, token: str | None, timeout_s: float) -> GatewayClient:
        return GatewayClient.connect(
            url, device=self._identity, device_token=token, client_id="cli", mode="cli", timeout_s=timeout_s
        )

    def _read_tokens(self) -> dict[str, str]:
        try:
            content = read_regular(self._tokens_file, _MAX_TOKENS_BYTES, is_private=True)
            return msgspec.json.decode(content, type=dict[str, str])
        except Unreadable as error:
            if error.is_missing:
                return {}
            raise CommandFailed(f"cannot read {self._tokens_file}: {error.reason}") from error
        except msgspec.DecodeError as error:
            raise CommandFailed(f"{self._tokens_file} is damaged: remove it, and approve this device again") from error

    def _keep(self, url: str, token: str | None) -> None:
        kept = {key: one for key, one in self._tokens.items() if key != url}
        self._tokens = kept if token is None else {**kept, url: token}
        try:
            write_atomically(self._tokens_file, msgspec.json.encode(self._tokens))
        except OSError as error:
            raise CommandFailed(f"cannot write {self._tokens_file}: {error.strerror}") from error
