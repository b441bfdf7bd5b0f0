"""Devices for tests: keys of their own, real sockets, and a proof that can be spoilt on the way.

async with knocking(gateway, device, token=TOKEN) as visit:
    visit.hello            # what let it in, or
    visit.error            # what kept it out, with visit.code as close code
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.protocol_client import Frame, ProtocolClient, Refused
from tests.running import Running
from websockets.asyncio.client import connect

from openclaw_gateway.client.device_identity import Claim, DeviceIdentity

CLIENT = {"id": "test", "version": "1", "platform": "linux", "mode": "test"}
READ = ("operator.read",)


def new_device(folder: Path) -> DeviceIdentity:
    """A device that nobody has seen before."""
    return DeviceIdentity.load(folder / f"device-{secrets.token_hex(8)}")


def connect_params(
    device: DeviceIdentity,
    challenge: Mapping[str, Any],
    *,
    auth: Mapping[str, str],
    scopes: Sequence[str] | None = READ,
    client: Mapping[str, Any] = CLIENT,
    form: Callable[[Claim], str] = Claim.text_v3,
) -> Frame:
    """The params of a connect that is signed as it should be."""
    claim = Claim(
        device_id=device.device_id,
        client_id=client["id"],
        client_mode=client["mode"],
        role="operator",
        scopes=scopes or (),
        signed_at_ms=challenge["ts"],
        token=auth.get("token") or auth.get("deviceToken") or "",
        nonce=challenge["nonce"],
        platform=client["platform"],
        device_family=client.get("deviceFamily", ""),
    )
    proof = {
        "id": device.device_id,
        "publicKey": device.public_key,
        "signature": device.sign(form(claim)),
        "signedAt": challenge["ts"],
        "nonce": challenge["nonce"],
    }
    params: Frame = {"minProtocol": 4, "maxProtocol": 4, "client": dict(client), "auth": dict(auth), "device": proof}
    return params if scopes is None else {**params, "scopes": list(scopes)}


@dataclass
class Visit:
    """How a device fared at the door. error: {} when it was let in; hello: {} when not."""

    client: ProtocolClient
    hello: Frame
    error: Frame

    @property
    def grant(self) -> Frame:
        """`auth` of the hello."""
        granted: Frame = self.hello["auth"]
        return granted

    @property
    def details(self) -> Frame:
        """`details` of the refusal."""
        details: Frame = self.error["details"]
        return details


@asynccontextmanager
async def knocking(
    gateway: Running,
    device: DeviceIdentity,
    *,
    headers: Mapping[str, str] | None = None,
    spoil: Callable[[Frame], object] = lambda params: None,
    scopes: Sequence[str] | None = READ,
    client: Mapping[str, Any] = CLIENT,
    form: Callable[[Claim], str] = Claim.text_v3,
    **auth: str,
) -> AsyncIterator[Visit]:
    """Connect as the device; auth: token, password, deviceToken. spoil: changes what was signed, after signing."""
    url = gateway.url.replace("http:", "ws:")
    async with connect(url, proxy=None, additional_headers=dict(headers or {})) as socket:
        challenge = json.loads(await socket.recv())["payload"]
        visitor = ProtocolClient(socket)
        reading = asyncio.create_task(visitor.read())
        params = connect_params(device, challenge, auth=auth, scopes=scopes, client=client, form=form)
        spoil(params)
        visit = Visit(visitor, {}, {})
        try:
            visit.hello = await visitor.ask("connect", **params)
        except Refused as refused:
            visit.error = refused.error
        try:
            yield visit
        finally:
            reading.cancel()
