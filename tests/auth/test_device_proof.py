"""Proofs that anybody may send: only the one that the key's holder made for this connection holds."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.auth.device_proof import MAX_SKEW_MS, DeviceRefused, Proof, verify_proof
from openclaw_gateway.client.device_identity import Claim, DeviceIdentity, device_id_of, encode_base64url

NOW_MS = 1_700_000_000_000
NONCE = "0123456789abcdef"
ANY_TEXT = st.text(st.characters(), max_size=80)


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> DeviceIdentity:
    folder: Path = tmp_path_factory.mktemp("device")
    return DeviceIdentity.load(folder / "key")


def proof_of(device: DeviceIdentity, **changes: object) -> Proof:
    """A good proof, or one whose claim is signed after these changes."""
    claim = Claim(device.device_id, "cli", "cli", "operator", ("operator.read",), NOW_MS, "t", NONCE, "linux", "")
    claim = dataclasses.replace(claim, **changes)  # type: ignore[arg-type]  # fields of a claim, by name
    return Proof(device.public_key, device.sign(claim.text_v3()), claim)


def test_a_good_proof_names_the_device(device: DeviceIdentity) -> None:
    """The device is the digest of its key."""
    assert verify_proof(proof_of(device), nonce=NONCE, now_ms=NOW_MS).device_id == device.device_id


@pytest.mark.parametrize(
    ("skew_ms", "is_taken"),
    [
        pytest.param(MAX_SKEW_MS, True, id="just in time"),
        pytest.param(-MAX_SKEW_MS, True, id="a clock that is ahead"),
        pytest.param(MAX_SKEW_MS + 1, False, id="too late"),
        pytest.param(-MAX_SKEW_MS - 1, False, id="too early"),
    ],
)
def test_a_proof_ends_with_its_time(device: DeviceIdentity, skew_ms: int, is_taken: bool) -> None:
    """Two minutes either way are a clock, more is a replay."""
    proof = proof_of(device, signed_at_ms=NOW_MS - skew_ms)
    if is_taken:
        verify_proof(proof, nonce=NONCE, now_ms=NOW_MS)
        return
    with pytest.raises(DeviceRefused, match="device signature expired"):
        verify_proof(proof, nonce=NONCE, now_ms=NOW_MS)


@pytest.mark.parametrize("field", ["device_id", "client_id", "role", "token", "nonce", "platform", "device_family"])
@given(text=ANY_TEXT)
def test_p05_what_was_not_signed_does_not_hold(device: DeviceIdentity, field: str, text: str) -> None:
    """Whatever text stands in a field after signing, the proof is refused, and nothing else is raised."""
    good = proof_of(device)
    spoilt = Proof(good.public_key, good.signature, dataclasses.replace(good.claim, **{field: f"{text}~"}))
    with pytest.raises(DeviceRefused):
        verify_proof(spoilt, nonce=NONCE, now_ms=NOW_MS)


@given(public_key=ANY_TEXT, signature=ANY_TEXT, raw=st.binary(min_size=32, max_size=32))
def test_p05_keys_and_signatures_of_strangers(
    device: DeviceIdentity, public_key: str, signature: str, raw: bytes
) -> None:
    """No text and no bytes in the place of a key or of a signature do more than be refused."""
    good = proof_of(device)
    for proof in (
        Proof(public_key, good.signature, good.claim),
        Proof(good.public_key, signature, good.claim),
        Proof(good.public_key, (raw + raw).hex(), good.claim),
    ):
        with pytest.raises(DeviceRefused):
            verify_proof(proof, nonce=NONCE, now_ms=NOW_MS)


def test_who_has_no_device_pays_for_none() -> None:
    """A gateway with its whole table of methods has not imported the cryptography that devices need."""
    program = (
        "import sys, openclaw_gateway.gateway, openclaw_gateway.endpoints.gateway.methods as methods; "
        "methods.build_table(); print('cryptography' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "False\n"


@pytest.mark.parametrize(
    "public_key",
    [
        pytest.param(bytes(32), id="order 4"),
        pytest.param(bytes(31) + b"\x80", id="order 4, other sign"),
        pytest.param(b"\x01" + bytes(31), id="order 1"),
        pytest.param(b"\xec" + b"\xff" * 30 + b"\x7f", id="order 2"),
        pytest.param(b"\xed" + b"\xff" * 30 + b"\x7f", id="0 written otherwise"),
        pytest.param(b"\xee" + b"\xff" * 31, id="1 written otherwise"),
        pytest.param(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), id="order 8"),
        pytest.param(
            bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"), id="order 8, other half"
        ),
    ],
)
def test_p05_a_key_that_everybody_holds_is_no_device(device: DeviceIdentity, public_key: bytes) -> None:
    """A point of small order, for which signatures can be made up, is refused as a key."""
    claim = dataclasses.replace(proof_of(device).claim, device_id=device_id_of(public_key))
    proof = Proof(encode_base64url(public_key), encode_base64url(public_key + bytes(32)), claim)
    with pytest.raises(DeviceRefused, match="device public key invalid"):
        verify_proof(proof, nonce=NONCE, now_ms=NOW_MS)
