"""Whether a client holds the key of the device that it says it is: the signature over this connection's challenge.

A proof is worth nothing on another connection (the nonce is its own), later (the time is bounded), or with another
grant, client or token than the one it was made for (all of them are signed). What a proven device may do is decided
elsewhere (`auth/device_registry.py`).
"""

import hmac
from dataclasses import dataclass

from openclaw_gateway.client.device_identity import Claim, decode_base64url, device_id_of
from openclaw_gateway.errors import Unauthorized

# A clock may be wrong by so much; the challenge's own time makes this a matter of old clients only.
MAX_SKEW_MS = 120_000
_PUBLIC_KEY_BYTES = 32
_SIGNATURE_BYTES = 64
# The y of every point of small order, as 0, 1, p - 1, p, p + 1 and the two of order 8: what a key of these "signs",
# everybody can. The libraries verify it all the same (RFC 8032, section 5.1.7, does not forbid them).
_P = 2**255 - 19
_Y_OF_ORDER_8 = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
_SMALL_ORDERS = frozenset({0, 1, _P - 1, _P, _P + 1, _Y_OF_ORDER_8, _P - _Y_OF_ORDER_8})


class DeviceRefused(Unauthorized):
    """The proof does not hold; details: `code` and `reason`, which clients act on."""

    def __init__(self, message: str, code: str, reason: str) -> None:
        super().__init__(message, details={"code": code, "reason": reason})


@dataclass(frozen=True, slots=True)
class Proof:
    """What came with `connect`. claim: what should have been signed. public_key, signature: base64url."""

    public_key: str
    signature: str
    claim: Claim


@dataclass(frozen=True, slots=True)
class ProvenDevice:
    """A device that holds its key. public_key: base64url, in the one form without padding."""

    device_id: str
    public_key: str


def verify_proof(proof: Proof, *, nonce: str, now_ms: int) -> ProvenDevice:
    """The device behind the proof; nonce: of this connection's challenge. Raises DeviceRefused.

    The cheap checks come first; the signature costs 60 us.
    """
    claim = proof.claim
    if not claim.nonce.strip():
        raise DeviceRefused("device nonce required", "DEVICE_AUTH_NONCE_REQUIRED", "device-nonce-missing")
    if not hmac.compare_digest(claim.nonce.encode(errors="replace"), nonce.encode()):
        raise DeviceRefused("device nonce mismatch", "DEVICE_AUTH_NONCE_MISMATCH", "device-nonce-mismatch")
    if abs(claim.signed_at_ms - now_ms) > MAX_SKEW_MS:
        raise DeviceRefused("device signature expired", "DEVICE_AUTH_SIGNATURE_EXPIRED", "device-signature-stale")
    public_key = decode_base64url(proof.public_key)
    if public_key is None or len(public_key) != _PUBLIC_KEY_BYTES or _is_everybodys(public_key):
        raise DeviceRefused("device public key invalid", "DEVICE_AUTH_PUBLIC_KEY_INVALID", "device-public-key")
    if device_id_of(public_key) != claim.device_id:
        raise DeviceRefused("device identity mismatch", "DEVICE_AUTH_DEVICE_ID_MISMATCH", "device-id-mismatch")
    if not _is_signed(public_key, decode_base64url(proof.signature), claim):
        raise DeviceRefused("device signature invalid", "DEVICE_AUTH_SIGNATURE_INVALID", "device-signature")
    return ProvenDevice(claim.device_id, proof.public_key.rstrip("="))


def _is_everybodys(public_key: bytes) -> bool:
    return int.from_bytes(public_key, "little") % 2**255 in _SMALL_ORDERS  # without the sign of x


def _is_signed(public_key: bytes, signature: bytes | None, claim: Claim) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if signature is None or len(signature) != _SIGNATURE_BYTES:
        return False
    for text in (claim.text_v3(), claim.text_v2()):
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text.encode("utf-8", "surrogatepass"))
        except (InvalidSignature, ValueError):  # ValueError: bytes that some backends do not take as a key
            continue
        return True
    return False
