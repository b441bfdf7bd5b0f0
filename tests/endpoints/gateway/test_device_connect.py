"""Who is let in with a device identity: over real sockets, from this machine and through a proxy."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.devices import CLIENT, READ, knocking, new_device
from tests.protocol_client import Frame, connected
from tests.running import TOKEN, Running, config_for, running_gateway
from tests.upstream import Upstream

from openclaw_gateway.client.device_identity import Claim, DeviceIdentity

# The gateway of these tests stands behind a proxy on this machine, so a request can come from elsewhere.
ELSEWHERE = {"x-forwarded-for": "192.0.2.7"}
ADMIN = ("operator.admin",)


def behind_proxy(upstream: Upstream, **auth: Any) -> dict[str, Any]:
    config = config_for(upstream)
    config["gateway"]["trustedProxies"] = ["127.0.0.1"]
    config["gateway"]["auth"] |= auth
    return config


@pytest.fixture
async def gateway(tmp_path: Path, upstream: Upstream) -> AsyncIterator[Running]:
    async with running_gateway(tmp_path, upstream, config=behind_proxy(upstream)) as gateway:
        yield gateway


@pytest.fixture
def device(tmp_path: Path) -> DeviceIdentity:
    return new_device(tmp_path)


async def approve_latest(gateway: Running) -> Frame:
    async with connected(gateway) as operator:
        pending = (await operator.ask("device.pair.list"))["pending"]
        approved: Frame = await operator.ask("device.pair.approve", requestId=pending[0]["requestId"])
        return approved


async def pair(gateway: Running, device: DeviceIdentity, *scopes: str) -> str:
    """Ask from elsewhere, be approved, fetch the token."""
    async with knocking(gateway, device, headers=ELSEWHERE, scopes=scopes or READ):
        pass
    await approve_latest(gateway)
    async with knocking(gateway, device, headers=ELSEWHERE, scopes=scopes or READ) as visit:
        token: str = visit.grant["deviceToken"]
        return token


# --- The proof --------------------------------------------------------------------------------------------------------


def _set(name: str, value: object) -> Callable[[Frame], object]:
    return lambda params: params["device"].__setitem__(name, value)


@pytest.mark.parametrize(
    ("spoil", "code", "reason"),
    [
        pytest.param(_set("nonce", ""), "NONCE_REQUIRED", "device-nonce-missing", id="blank nonce"),
        pytest.param(lambda p: p["device"].pop("nonce"), "NONCE_REQUIRED", "device-nonce-missing", id="no nonce"),
        pytest.param(_set("nonce", "another"), "NONCE_MISMATCH", "device-nonce-mismatch", id="another's nonce"),
        pytest.param(_set("signedAt", 1), "SIGNATURE_EXPIRED", "device-signature-stale", id="signed long ago"),
        pytest.param(_set("signedAt", 2**52), "SIGNATURE_EXPIRED", "device-signature-stale", id="signed later"),
        pytest.param(_set("publicKey", "AAAA"), "PUBLIC_KEY_INVALID", "device-public-key", id="short key"),
        pytest.param(_set("publicKey", "=é="), "PUBLIC_KEY_INVALID", "device-public-key", id="no base64"),
        pytest.param(_set("id", "0" * 64), "DEVICE_ID_MISMATCH", "device-id-mismatch", id="another's id"),
        pytest.param(_set("signature", "AAAA"), "SIGNATURE_INVALID", "device-signature", id="no signature"),
        pytest.param(_set("signature", "A" * 86), "SIGNATURE_INVALID", "device-signature", id="empty signature"),
        pytest.param(lambda p: p.update(scopes=ADMIN), "SIGNATURE_INVALID", "device-signature", id="more scopes"),
        pytest.param(
            lambda p: p["client"].update(platform="mac"), "SIGNATURE_INVALID", "device-signature", id="other machine"
        ),
        pytest.param(lambda p: p["client"].update(mode="ui"), "SIGNATURE_INVALID", "device-signature", id="other mode"),
        pytest.param(lambda p: p["auth"].pop("token"), "SIGNATURE_INVALID", "device-signature", id="without the token"),
    ],
)
async def test_p05_present_and_wrong_is_refused(
    gateway: Running, device: DeviceIdentity, spoil: Callable[[Frame], object], code: str, reason: str
) -> None:
    """A proof that does not hold is refused with its own code, also beside the right token."""
    async with knocking(gateway, device, spoil=spoil, token=TOKEN) as visit:
        assert visit.details["code"] == f"DEVICE_AUTH_{code}"
        assert visit.details["reason"] == reason
        assert (await visit.client.wait_closed())[0] == 1008


@pytest.mark.parametrize("form", [pytest.param(Claim.text_v3, id="v3"), pytest.param(Claim.text_v2, id="v2")])
async def test_both_forms_are_taken(gateway: Running, device: DeviceIdentity, form: Callable[[Claim], str]) -> None:
    """Older clients sign nothing of their machine."""
    async with knocking(gateway, device, form=form, token=TOKEN) as visit:
        assert visit.grant["scopes"] == list(READ)


# --- This machine -----------------------------------------------------------------------------------------------------


async def test_a_device_of_this_machine_is_paired_silently(gateway: Running, device: DeviceIdentity) -> None:
    """With the shared secret it is paired at once and keeps a token, which alone lets it in from then on."""
    async with knocking(gateway, device, token=TOKEN) as visit:
        token = visit.grant["deviceToken"]
        assert visit.grant["issuedAtMs"] > 0
    async with knocking(gateway, device, token=TOKEN) as again:
        assert "deviceToken" not in again.grant
    for auth in ({"deviceToken": token}, {"token": token}, {"token": token, "deviceToken": token}):
        async with knocking(gateway, device, headers=ELSEWHERE, **auth) as visit:
            assert visit.grant["scopes"] == list(READ), auth
            assert visit.hello["snapshot"]["authMode"] == "token"
            assert (await visit.client.ask("health"))["ok"] is True


@pytest.mark.parametrize(
    ("headers", "auth"),
    [
        pytest.param({}, {}, id="this machine, no secret"),
        pytest.param(ELSEWHERE, {"token": TOKEN}, id="elsewhere"),
        pytest.param(
            {"x-forwarded-for": "192.0.2.7, 127.0.0.1"}, {"token": TOKEN}, id="a client that says it is local"
        ),
        pytest.param(
            {"x-forwarded-for": "192.0.2.7", "x-real-ip": "127.0.0.1"}, {"token": TOKEN}, id="spoofed address"
        ),
        pytest.param({"origin": "https://ui.example"}, {"token": TOKEN}, id="a page from elsewhere in a browser here"),
    ],
)
async def test_p10_nobody_else_is_paired_silently(
    tmp_path: Path, upstream: Upstream, device: DeviceIdentity, headers: dict[str, str], auth: dict[str, str]
) -> None:
    """No address, header or page makes a device one of this machine, and the address alone makes none."""
    config = behind_proxy(upstream)
    config["gateway"]["controlUi"] = {"allowedOrigins": ["https://ui.example"]}
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        async with knocking(gateway, device, headers=headers, **auth) as visit:
            assert (visit.error["code"], visit.details["code"]) == ("NOT_PAIRED", "PAIRING_REQUIRED")
            assert visit.details["reason"] == "not-paired"
        async with connected(gateway) as operator:
            listed = await operator.ask("device.pair.list")
        assert [request["deviceId"] for request in listed["pending"]] == [device.device_id]
        assert listed["paired"] == []


async def test_p02_a_page_of_this_machine_needs_the_secret(gateway: Running, device: DeviceIdentity) -> None:
    """A page that we could have served is paired with the shared secret, and without it asks like everybody."""
    origin = {"origin": gateway.url}
    async with knocking(gateway, device, headers=origin) as visit:
        assert visit.details["code"] == "PAIRING_REQUIRED"
    async with knocking(gateway, device, headers=origin, token=TOKEN) as visit:
        assert visit.grant["deviceToken"]


async def test_an_open_gateway_gives_no_tokens(tmp_path: Path, upstream: Upstream, device: DeviceIdentity) -> None:
    """Where nobody is asked for anything a device gets nothing that would outlast that."""
    config = config_for(upstream)
    config["gateway"]["auth"] = {"mode": "none"}
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        async with knocking(gateway, device) as visit:
            assert visit.grant == {"role": "operator", "scopes": list(READ)}
        async with knocking(gateway, device, spoil=_set("signature", "A" * 86)) as visit:
            assert visit.details["code"] == "DEVICE_AUTH_SIGNATURE_INVALID"


# --- Approval ---------------------------------------------------------------------------------------------------------


async def test_an_approved_device_fetches_its_token_once(gateway: Running, device: DeviceIdentity) -> None:
    """After the approval the key alone lets it in, once, and brings the token; from then on it is the token."""
    async with knocking(gateway, device, headers=ELSEWHERE) as visit:
        request_id = visit.details["requestId"]
        assert visit.details["requestedScopes"] == list(READ)
        assert request_id in visit.error["message"]
    async with knocking(gateway, device, headers=ELSEWHERE) as visit:
        assert visit.details["requestId"] == request_id
    approved = await approve_latest(gateway)
    assert approved["requestId"] == request_id
    assert "digest" not in str(approved)
    async with knocking(gateway, device, headers=ELSEWHERE) as visit:
        token = visit.grant["deviceToken"]
        assert visit.grant["scopes"] == list(READ)
    async with knocking(gateway, device, headers=ELSEWHERE) as visit:
        assert visit.details["reason"] == "not-paired"
    async with knocking(gateway, device, headers=ELSEWHERE, deviceToken=token) as visit:
        assert "deviceToken" not in visit.grant


async def test_a_token_is_of_its_device(gateway: Running, tmp_path: Path, device: DeviceIdentity) -> None:
    """A stolen token opens nothing without the key that it was given to."""
    token = await pair(gateway, device)
    async with knocking(gateway, new_device(tmp_path), headers=ELSEWHERE, deviceToken=token) as visit:
        assert visit.details["code"] == "AUTH_DEVICE_TOKEN_MISMATCH"
    async with connected(gateway) as client:
        assert token not in str(await client.ask("device.pair.list"))
    reply = await gateway.http.get("/v1/models", headers={"authorization": f"Bearer {token}"})
    assert reply.status_code == 401


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"scopes": ADMIN}, "scope-upgrade", id="more scopes"),
        pytest.param({"client": {**CLIENT, "platform": "darwin"}}, "metadata-upgrade", id="another machine"),
    ],
)
async def test_more_than_was_approved_is_asked_for(
    gateway: Running, device: DeviceIdentity, changes: dict[str, Any], reason: str
) -> None:
    """A paired device that wants more waits for a person, keeps what it has, and gets it with the token it has."""
    token = await pair(gateway, device)
    async with knocking(gateway, device, headers=ELSEWHERE, deviceToken=token, **changes) as visit:
        assert (visit.details["code"], visit.details["reason"]) == ("PAIRING_REQUIRED", reason)
        assert visit.details["approvedScopes"] == list(READ)
    async with knocking(gateway, device, headers=ELSEWHERE, deviceToken=token) as visit:
        assert visit.grant["scopes"] == list(READ)
    await approve_latest(gateway)
    async with knocking(gateway, device, headers=ELSEWHERE, deviceToken=token, **changes) as visit:
        assert visit.grant["scopes"] == list(changes.get("scopes", READ))


async def test_p07_a_narrowed_token_stays_narrow(gateway: Running, device: DeviceIdentity) -> None:
    """A token that was rotated to less is not widened by what its device tells of its machine, here or elsewhere."""
    await pair(gateway, device, *ADMIN, *READ)
    async with connected(gateway) as client:
        await client.ask("device.token.rotate", deviceId=device.device_id, role="operator", scopes=list(READ))
    async with knocking(gateway, device, token=TOKEN) as visit:
        token = visit.grant["deviceToken"]
    moved = {**CLIENT, "platform": "darwin"}
    async with knocking(gateway, device, deviceToken=token, client=moved, scopes=ADMIN) as visit:
        assert visit.details["code"] == "AUTH_SCOPE_MISMATCH"
    async with knocking(gateway, device, deviceToken=token, client=moved, scopes=None) as visit:
        assert visit.grant["scopes"] == list(READ)
    async with knocking(gateway, device, headers=ELSEWHERE, deviceToken=token, scopes=None) as visit:
        assert visit.details["reason"] == "metadata-upgrade"
    await approve_latest(gateway)
    async with knocking(gateway, device, headers=ELSEWHERE, deviceToken=token, scopes=None) as visit:
        assert visit.grant["scopes"] == list(READ)


async def test_p06_scopes_come_from_the_grant(gateway: Running, device: DeviceIdentity) -> None:
    """Scopes that do not exist are not granted, and none declared is what the token has."""
    token = await pair(gateway, device, "operator.read", "operator.nonsense")
    async with knocking(gateway, device, headers=ELSEWHERE, deviceToken=token, scopes=None) as visit:
        assert visit.grant["scopes"] == list(READ)
        with pytest.raises(Exception, match=r"missing scope: operator\.admin"):
            await visit.client.ask("config.set", raw="{}")


async def test_a_restart_keeps_devices(tmp_path: Path, upstream: Upstream, device: DeviceIdentity) -> None:
    """Paired devices and their tokens outlive the process; the file holds no token and is its owner's alone."""
    config = behind_proxy(upstream)
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        token = await pair(gateway, device)
    file = tmp_path / "state" / "paired-devices.json"
    assert token not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    async with (
        running_gateway(tmp_path, upstream, config=config) as gateway,
        knocking(gateway, device, headers=ELSEWHERE, deviceToken=token) as visit,
    ):
        assert visit.grant["scopes"] == list(READ)


async def test_a_damaged_file_lets_nobody_in(tmp_path: Path, upstream: Upstream, device: DeviceIdentity) -> None:
    """Devices stay outside with a reason when the file cannot be read; others come in as before."""
    file = tmp_path / "state" / "paired-devices.json"
    file.parent.mkdir(mode=0o700)
    file.write_text("{")
    file.chmod(0o600)
    async with running_gateway(tmp_path, upstream) as gateway:
        async with knocking(gateway, device, token=TOKEN) as visit:
            assert (visit.error["code"], visit.error["retryable"]) == ("UNAVAILABLE", True)
        async with connected(gateway) as operator:
            assert (await operator.ask("health"))["ok"] is True


# --- Wrong credentials ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("auth", "code"),
    [
        pytest.param({"token": "wrong"}, "AUTH_TOKEN_MISMATCH", id="token"),
        pytest.param({"deviceToken": "wrong"}, "AUTH_DEVICE_TOKEN_MISMATCH", id="device token"),
        pytest.param({"token": "wrong", "deviceToken": "wrong"}, "AUTH_DEVICE_TOKEN_MISMATCH", id="stored token"),
        pytest.param({"token": "wrong", "deviceToken": "bogus"}, "AUTH_DEVICE_TOKEN_MISMATCH", id="two of them"),
        pytest.param({"password": "wrong", "deviceToken": "bogus"}, "AUTH_DEVICE_TOKEN_MISMATCH", id="and a password"),
    ],
)
async def test_p11_every_wrong_credential_counts(
    tmp_path: Path, upstream: Upstream, device: DeviceIdentity, auth: dict[str, str], code: str
) -> None:
    """Whatever is put beside a wrong credential, so many of them lock the client out."""
    config = behind_proxy(upstream, rateLimit={"maxAttempts": 2})
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        for _ in range(2):
            async with knocking(gateway, device, headers=ELSEWHERE, **auth) as visit:
                assert visit.details["code"] == code
        async with knocking(gateway, device, headers=ELSEWHERE, **auth) as visit:
            assert visit.details["code"] == "AUTH_RATE_LIMITED"
            assert visit.error["retryAfterMs"] > 0


async def test_p11_a_device_token_is_no_cover_for_guesses(
    tmp_path: Path, upstream: Upstream, device: DeviceIdentity
) -> None:
    """Wrong shared secrets beside the right device token count, so its owner cannot guess without end."""
    config = behind_proxy(upstream, rateLimit={"maxAttempts": 2})
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        token = await pair(gateway, device)
        for guess in ("one", "two", "three"):
            async with knocking(gateway, device, headers=ELSEWHERE, deviceToken=token, token=guess) as visit:
                assert visit.grant["scopes"] == list(READ)
        async with knocking(gateway, device, headers=ELSEWHERE, token=TOKEN) as visit:
            assert visit.details["code"] == "AUTH_RATE_LIMITED"


async def test_a_stale_secret_is_told_of_the_token(gateway: Running, device: DeviceIdentity) -> None:
    """A device with a token that shows a wrong shared secret learns that its token would do."""
    token = await pair(gateway, device)
    async with knocking(gateway, device, headers=ELSEWHERE, token="stale") as visit:
        assert visit.details["canRetryWithDeviceToken"] is True
        assert visit.details["recommendedNextStep"] == "retry_with_device_token"
    async with knocking(gateway, device, headers=ELSEWHERE, token="stale", deviceToken=token) as visit:
        assert visit.grant["scopes"] == list(READ)
