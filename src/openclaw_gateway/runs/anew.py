"""Beginning a conversation anew: same session, same name, an empty path. What was said stays stored."""

import msgspec

from openclaw_gateway.identifiers import new_uuid
from openclaw_gateway.runs.prompt import restart_context
from openclaw_gateway.sessions.session import Session, SessionStore


async def begin_anew(store: SessionStore, session: Session, now_ms: int) -> None:
    """Reset a session whose lane the caller holds; durable when this returns. Raises StoreUnavailable."""
    if not session.is_ephemeral:
        await store.directory.create(session)
    await store.branch(session, 0)
    restart_context(session)
    await store.append(session, (), run_id="")
    await store.directory.change_settings(
        session.key,
        lambda old: msgspec.structs.replace(old, lifecycle_revision=new_uuid(), reset_at_ms=now_ms),
    )
