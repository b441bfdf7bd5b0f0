"""The verified caller. Made in one place (`auth/`), carried by every request, read by every decision."""

import msgspec

# What the owner of a shared secret is granted (OpenClaw docs/gateway/authentication.md).
DEFAULT_SCOPES = frozenset(
    {
        "operator.admin",
        "operator.approvals",
        "operator.pairing",
        "operator.read",
        "operator.talk.secrets",
        "operator.write",
    }
)

# The subject of whoever showed the gateway's token or password.
SHARED_SECRET = "shared-secret"  # noqa: S105 - the name of the kind
# The method of a device that showed its own token; its subject is its id.
DEVICE_TOKEN = "device-token"  # noqa: S105 - the name of the kind
# The subject of everybody else.
ANONYMOUS = "anonymous"


class Principal(msgspec.Struct, frozen=True, gc=False):
    """Who was verified, how, and what was granted.

    subject: stable name of the credential ("shared-secret", "anonymous", or a device's id), namespace of derived
    sessions. method: "none", "token", "password" or "device-token". scopes: what the server grants, already narrowed by
    what the caller declared. client: address of the peer, or of the client behind a trusted proxy. is_local: a direct
    loopback peer. device_id: the paired device that proved itself, beside whatever credential.
    """

    subject: str
    method: str
    scopes: frozenset[str]
    client: str
    is_local: bool
    device_id: str | None = None

    @classmethod
    def anonymous(cls, scopes: frozenset[str], client: str, *, is_local: bool) -> "Principal":
        """Whoever showed nothing, because nothing was asked for or because nothing but these scopes is granted."""
        return cls(ANONYMOUS, "none", scopes, client, is_local)

    @property
    def name_for_record(self) -> str:
        """Who has decided something, for those who look it up later."""
        return self.device_id or self.subject

    def name_for_lanes(self, *, is_ephemeral: bool) -> str:
        """Who shares places with others. One-off requests and conversations of an address are two, so that a flood of
        the first does not keep the second from going on.
        """
        return self.client if is_ephemeral else f"{self.client} in sessions"
