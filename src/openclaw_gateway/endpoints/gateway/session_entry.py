"""What methods that change a session answer: its `entry`, and the model that was `resolved` for it."""

from openclaw_gateway.endpoints.gateway.session_counts import HIDDEN_PATH
from openclaw_gateway.endpoints.gateway.session_rows import ListedSession, SessionTeller, find_model
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.sessions.directory import SessionRow


def tell_entry(services: Services, row: SessionRow) -> ListedSession:
    """The session's row is its entry: one form for both, as clients read the same names from either."""
    return SessionTeller(services).tell(row)


def tell_change(services: Services, row: SessionRow) -> dict[str, object]:
    """{ok, path, key, entry, resolved}."""
    model = find_model(services, row)
    resolved = {} if model is None else {"modelProvider": model.provider, "model": model.id}
    return {
        "ok": True,
        "path": HIDDEN_PATH,
        "key": row.key,
        "entry": tell_entry(services, row),
        "resolved": resolved,
    }
