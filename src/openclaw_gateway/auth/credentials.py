"""Secrets and how they are compared; the one place that takes a credential out of a request."""

import hmac
from collections.abc import Mapping
from hashlib import sha256

from openclaw_gateway.errors import Unauthorized

UNAUTHORIZED = "Unauthorized"


class CredentialMissing(Unauthorized):
    """The caller showed nothing. Does not count as an attempt."""


class CredentialMismatch(Unauthorized):
    """The caller showed a wrong credential."""


class SharedSecret:
    """A configured secret, kept as its digest: what is compared has one length, whatever the caller sends."""

    __slots__ = ("_digest",)

    def __init__(self, secret: str) -> None:
        self._digest = _digest(secret)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SharedSecret) and other._digest == self._digest

    def __hash__(self) -> int:
        return hash(self._digest)

    def matches(self, candidate: str) -> bool:
        """Whether the candidate is the secret, in time that does not depend on either."""
        return hmac.compare_digest(self._digest, _digest(candidate))


def _digest(text: str) -> bytes:
    # A JSON string may hold lone surrogates, which have no UTF-8 form; they just never match.
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def read_bearer(headers: Mapping[str, str]) -> str | None:
    """The credential of a request: `Authorization: Bearer <secret>`, no other header, never the URL."""
    value = headers.get("authorization")
    if value is None:
        return None
    scheme, _, secret = value.partition(" ")
    return secret.strip() or None if scheme.lower() == "bearer" else None
