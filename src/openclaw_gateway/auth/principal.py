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
# The subject of everybody else.
ANONYMOUS = "anonymous"


class Principal(msgspec.Struct, frozen=True, gc=False):
    """Who was verified, how, and what was granted.

    subject: stable name of the credential ("shared-secret", "anonymous", later a device id), namespace of derived
    sessions. method: "none", "token" or "password". scopes: what the server grants, already narrowed by what the caller
    declared. client: address of the peer, or of the client behind a trusted proxy. is_local: a direct loopback peer.
    """

    subject: str
    method: str
    scopes: frozenset[str]
    client: str
    is_local: bool

    @classmethod
    def anonymous(cls, scopes: frozenset[str], client: str, *, is_local: bool) -> "Principal":
        """Whoever showed nothing, because nothing was asked for or because nothing but these scopes is granted."""
        return cls(ANONYMOUS, "none", scopes, client, is_local)

    def name_for_lanes(self, *, is_ephemeral: bool) -> str:
        """Who shares places with others. One-off requests and conversations of an address are two, so that a flood of
        the first does not keep the second from going on.
        """
        return self.client if is_ephemeral else f"{self.client} in sessions"
