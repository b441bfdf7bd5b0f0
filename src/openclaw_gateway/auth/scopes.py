"""What a scope grants: `operator.admin` everything, `operator.write` also reading and talking, any other only itself.

Scopes come from the server's grant. What a caller declares can narrow them and never widens them.
"""

from collections.abc import Iterable

ADMIN = "operator.admin"
READ = "operator.read"
WRITE = "operator.write"
APPROVALS = "operator.approvals"

# All that a method or a route may need. What is not here cannot be had, whatever a grant covers.
KNOWN = frozenset(
    {
        ADMIN,
        READ,
        WRITE,
        APPROVALS,
        "operator.pairing",
        "operator.questions",
        "operator.sessions.read",
        "operator.sessions.write",
        "operator.talk",
        "operator.talk.secrets",
    }
)

_IMPLIED_BY_WRITE = frozenset({READ, "operator.talk"})


def is_granted(scopes: frozenset[str], needed: str) -> bool:
    """Whether a grant of `scopes` covers `needed`. A scope nobody knows needs an exact match or admin."""
    return needed in scopes or ADMIN in scopes or (needed in _IMPLIED_BY_WRITE and WRITE in scopes)


def covers(scopes: frozenset[str], needed: Iterable[str]) -> bool:
    """Whether a grant of `scopes` covers all of `needed`."""
    return all(is_granted(scopes, scope) for scope in needed)


def narrow(granted: frozenset[str], declared: Iterable[str] | None) -> frozenset[str]:
    """The declared scopes that exist and that the grant covers; the whole grant when none were declared (None)."""
    if declared is None:
        return granted
    return frozenset([scope for scope in declared if scope in KNOWN and is_granted(granted, scope)])


def parse_scopes(header: str | None) -> list[str] | None:
    """The scopes of an `x-openclaw-scopes` header: comma-separated; absent is None, present and empty is no scope."""
    if header is None:
        return None
    return [scope for part in header.split(",") if (scope := part.strip())]
