"""`device.pair.*` and `device.token.*` over real sockets: who may decide, what is told, what ends at once."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.devices import READ, knocking, new_device
from tests.endpoints.gateway.test_device_connect import ELSEWHERE, approve_latest, behind_proxy, pair
from tests.protocol_client import Refused, connected
from tests.running import TOKEN, Running, running_gateway
from tests.upstream import PAUSE, Upstream

from openclaw_gateway.client.device_identity import DeviceIdentity, decode_base64url, device_id_of

PAIRING = ("operator.pairing", "operator.read")
WRITE = ("operator.read", "operator.write")


@pytest.fixture
async def gateway(tmp_path: Path, upstream: Upstream) -> AsyncIterator[Running]:
    async with running_gateway(tmp_path, upstream, config=behind_proxy(upstream)) as gateway:
        yield gateway


@pytest.fixture
def device(tmp_path: Path) -> DeviceIdentity:
    return new_device(tmp_path)


async def test_who_may_pair_hears_of_requests(gateway: Running, device: DeviceIdentity) -> None:
    """Requests and how they ended are events for operator.pairing, and for nobody else."""
    async with connected(gateway, scopes=PAIRING) as operator, connected(gateway, scopes=READ) as reader:
        async with knocking(gateway, device, headers=ELSEWHERE) as visit:
            request_id = visit.details["requestId"]
        requested = await operator.wait_event("device.pair.requested", requestId=request_id)
        assert requested["deviceId"] == device.device_id
        assert requested["remoteIp"] == "192.0.2.7"
        assert requested["scopes"] == list(READ)
        rejected = await operator.ask("device.pair.reject", requestId=request_id)
        assert rejected["deviceId"] == device.device_id
        resolved = await operator.wait_event("device.pair.resolved", requestId=request_id)
        assert resolved["decision"] == "rejected"
        await reader.ask("health")
        assert [event["event"] for event in reader.events if event["event"].startswith("device.")] == []
        with pytest.raises(Refused, match=r"missing scope: operator\.pairing"):
            await reader.ask("device.pair.list")


async def test_p07_nobody_approves_beyond_its_scopes(gateway: Running, device: DeviceIdentity) -> None:
    """An operator without admin cannot make an admin, and nothing of the attempt remains."""
    async with knocking(gateway, device, headers=ELSEWHERE, scopes=("operator.admin",)) as visit:
        request_id = visit.details["requestId"]
    async with connected(gateway, scopes=PAIRING) as operator:
        with pytest.raises(Refused, match=r"missing scope: operator\.admin"):
            await operator.ask("device.pair.approve", requestId=request_id)
        listed = await operator.ask("device.pair.list")
    assert (len(listed["pending"]), listed["paired"]) == (1, [])


@pytest.mark.parametrize(
    ("method", "params"),
    [
        pytest.param("device.token.rotate", {"role": "operator"}, id="rotate"),
        pytest.param("device.token.revoke", {"role": "operator"}, id="revoke"),
        pytest.param("device.pair.remove", {}, id="remove"),
    ],
)
async def test_p09_a_token_that_ends_closes_its_sockets(
    gateway: Running, device: DeviceIdentity, method: str, params: dict[str, Any]
) -> None:
    """Its sockets close and the next connect with it is refused, while others go on."""
    token = await pair(gateway, device)
    async with connected(gateway) as operator, knocking(gateway, device, headers=ELSEWHERE, deviceToken=token) as visit:
        answer = await operator.ask(method, deviceId=device.device_id, **params)
        assert token not in str(answer)
        assert "token" not in answer
        assert await visit.client.wait_closed() == (1008, "the device's token has ended")
        async with knocking(gateway, device, headers=ELSEWHERE, deviceToken=token) as again:
            assert again.details["code"] == "AUTH_DEVICE_TOKEN_MISMATCH"
        assert (await operator.ask("health"))["ok"] is True


@pytest.mark.parametrize(
    ("method", "params"),
    [
        pytest.param("device.token.revoke", {"role": "operator"}, id="revoked"),
        pytest.param("device.pair.remove", {}, id="removed"),
    ],
)
async def test_p09_a_token_that_is_revoked_ends_its_runs(
    gateway: Running, upstream: Upstream, device: DeviceIdentity, method: str, params: dict[str, Any]
) -> None:
    """Its run is aborted, its message that waits is withdrawn, and somebody else's run goes on."""
    token = await pair(gateway, device, *WRITE)
    upstream.say("One", PAUSE, " more.")
    async with (
        connected(gateway) as operator,
        knocking(gateway, device, headers=ELSEWHERE, deviceToken=token, scopes=WRITE) as visit,
    ):
        await visit.client.ask("chat.send", sessionKey="its", message="first", idempotencyKey="its-1")
        second = {"message": "second", "idempotencyKey": "its-2", "queueMode": "followup"}
        await visit.client.ask("chat.send", sessionKey="its", **second)
        await operator.ask("chat.send", sessionKey="ours", message="hello", idempotencyKey="ours-1")
        await operator.ask(method, deviceId=device.device_id, **params)
        for run_id in ("its-1", "its-2"):
            ended = await operator.wait_event("chat", runId=run_id, state="aborted")
            assert ended["errorMessage"] == "the token of the device that ordered this run was taken away"
        history = await operator.ask("chat.history", sessionKey="its")
        assert history["pendingInputs"]["items"] == []
        assert "second" not in str(history["messages"])
        upstream.go_on()
        await operator.wait_event("chat", runId="ours-1", state="final")


async def test_a_device_rotates_its_own_token(gateway: Running, device: DeviceIdentity) -> None:
    """It is given the next one before its socket closes, and that one works."""
    token = await pair(gateway, device, *PAIRING)
    async with knocking(gateway, device, headers=ELSEWHERE, deviceToken=token, scopes=PAIRING) as visit:
        params = {"deviceId": device.device_id, "role": "operator", "scopes": ["operator.read"]}
        answer = await visit.client.ask("device.token.rotate", **params)
        assert answer["tokenDelivery"] == "in-band"
        assert answer["scopes"] == ["operator.read"]
        assert (await visit.client.wait_closed())[0] == 1008
    async with knocking(gateway, device, headers=ELSEWHERE, deviceToken=answer["token"]) as visit:
        assert visit.grant["scopes"] == list(READ)
    async with knocking(gateway, device, headers=ELSEWHERE, deviceToken=answer["token"], scopes=PAIRING) as visit:
        assert visit.details["code"] == "AUTH_SCOPE_MISMATCH"


async def test_a_rotated_device_fetches_its_token_with_the_secret(gateway: Running, device: DeviceIdentity) -> None:
    """A token that an operator rotated goes to the device when it shows the shared secret, not for its key alone."""
    await pair(gateway, device)
    async with connected(gateway) as operator:
        answer = await operator.ask("device.token.rotate", deviceId=device.device_id, role="operator")
    assert answer["tokenDelivery"] == "withheld-cross-device"
    async with knocking(gateway, device, headers=ELSEWHERE) as visit:
        assert visit.details["code"] == "PAIRING_REQUIRED"
    async with knocking(gateway, device, headers=ELSEWHERE, token=TOKEN) as visit:
        assert visit.grant["deviceToken"]


async def test_a_device_sees_and_manages_itself_alone(gateway: Running, tmp_path: Path, device: DeviceIdentity) -> None:
    """With its own token and without admin, other devices are neither shown nor within reach."""
    other = new_device(tmp_path)
    await pair(gateway, other)
    token = await pair(gateway, device, *PAIRING)
    waiting = new_device(tmp_path)
    async with knocking(gateway, waiting, headers=ELSEWHERE) as visit:
        request_id = visit.details["requestId"]
    async with knocking(gateway, device, headers=ELSEWHERE, deviceToken=token, scopes=PAIRING) as visit:
        ask = visit.client.ask
        listed = await ask("device.pair.list")
        assert [one["deviceId"] for one in listed["paired"]] == [device.device_id]
        assert (listed["pending"], listed["paired"][0]["connected"]) == ([], True)
        role = {"deviceId": other.device_id, "role": "operator"}
        for method, params in (
            ("device.pair.approve", {"requestId": request_id}),
            ("device.pair.reject", {"requestId": request_id}),
            ("device.pair.remove", {"deviceId": other.device_id}),
            ("device.pair.rename", {"deviceId": other.device_id, "label": "Mine"}),
            ("device.token.rotate", role),
            ("device.token.revoke", role),
        ):
            with pytest.raises(Refused, match="denied"):
                await ask(method, **params)


async def test_a_label_stays(gateway: Running, device: DeviceIdentity) -> None:
    """What an operator calls a device outlives its next approval."""
    await pair(gateway, device)
    async with connected(gateway) as operator:
        named = await operator.ask("device.pair.rename", deviceId=device.device_id, label=" Kitchen ")
        assert named == {"deviceId": device.device_id, "label": "Kitchen"}
        with pytest.raises(Refused, match="label required"):
            await operator.ask("device.pair.rename", deviceId=device.device_id, label="  ")
    async with knocking(gateway, device, headers=ELSEWHERE, scopes=PAIRING):
        pass
    assert (await approve_latest(gateway))["device"]["operatorLabel"] == "Kitchen"


@pytest.mark.parametrize(
    ("method", "params", "message"),
    [
        pytest.param("device.pair.approve", {"requestId": "x"}, "unknown requestId", id="approve"),
        pytest.param("device.pair.reject", {"requestId": "x"}, "unknown requestId", id="reject"),
        pytest.param("device.pair.remove", {"deviceId": "x"}, "unknown deviceId", id="remove"),
        pytest.param("device.token.rotate", {"deviceId": "x", "role": "operator"}, "unknown deviceId", id="rotate"),
        pytest.param("device.token.revoke", {"deviceId": "x", "role": "node"}, "revocation denied", id="other role"),
        pytest.param(
            "device.token.rotate",
            {"deviceId": "x", "role": "operator", "scopes": ["operator.nonsense"]},
            "rotation denied",
            id="unknown scope",
        ),
    ],
)
async def test_what_is_not_there(gateway: Running, method: str, params: dict[str, Any], message: str) -> None:
    """An unknown request, device, role or scope is told as such."""
    async with connected(gateway) as operator:
        with pytest.raises(Refused, match=message):
            await operator.ask(method, **params)


async def test_the_gateway_has_a_key(tmp_path: Path, upstream: Upstream) -> None:
    """Its id is the digest of its public key, and stays; the private one is in a file that only its owner reads."""
    seen = []
    for _ in range(2):
        async with running_gateway(tmp_path, upstream) as gateway, connected(gateway) as client:
            seen.append(await client.ask("gateway.identity.get"))
    assert seen[0] == seen[1]
    assert device_id_of(decode_base64url(seen[0]["publicKey"]) or b"") == seen[0]["deviceId"]
    assert (tmp_path / "state" / "gateway-device-key").stat().st_mode & 0o777 == 0o600


async def test_p09_a_changed_secret_closes_devices_that_came_with_it(
    tmp_path: Path, upstream: Upstream, device: DeviceIdentity
) -> None:
    """A device that showed the old shared secret goes, one with its own token stays."""
    async with (
        running_gateway(tmp_path, upstream, config=behind_proxy(upstream)) as gateway,
        knocking(gateway, device, token=TOKEN) as owner,
        knocking(gateway, device, headers=ELSEWHERE, deviceToken=owner.grant["deviceToken"]) as other,
        connected(gateway) as operator,
    ):
        config = await operator.ask("config.get")
        patch = '{"gateway": {"auth": {"token": "another-token-of-the-tests-0123456789"}}}'
        await operator.ask("config.patch", raw=patch, baseHash=config["hash"])
        assert (await owner.client.wait_closed())[0] == 1008
        assert (await other.client.ask("health"))["ok"] is True
