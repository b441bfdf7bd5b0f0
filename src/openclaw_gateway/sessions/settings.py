"""What people decide about a session: its name, its place in lists, the model it uses; not what is said in it."""

import msgspec

from openclaw_gateway.asking import QueueDrop, QueueMode


class SessionSettings(msgspec.Struct, frozen=True, gc=False, rename="camel", omit_defaults=True):
    """Settings of one session; None and "" mean that nobody decided. Stored as JSON, so fields may be added.

    lifecycle_revision: another one after each reset; "" for a session that was never reset. reset_at_ms: when that was.
    model: `provider/model`, instead of the agent's choice. queue_*: of messages that come during a run.
    Times are ms since the epoch.
    """

    lifecycle_revision: str = ""
    reset_at_ms: int | None = None
    label: str | None = None
    display_name: str | None = None
    category: str | None = None
    icon: str | None = None
    color: str | None = None
    status_note: str | None = None
    archived_at_ms: int | None = None
    pinned_at_ms: int | None = None
    marked_unread_at_ms: int | None = None
    last_read_at_ms: int | None = None
    model: str | None = None
    thinking_level: str | None = None
    verbose_level: str | None = None
    trace_level: str | None = None
    reasoning_level: str | None = None
    response_usage: str | None = None
    created_via: str | None = None
    parent_session_key: str | None = None
    queue_mode: QueueMode | None = None
    queue_debounce_ms: int | None = None
    queue_cap: int | None = None
    queue_drop: QueueDrop | None = None

    @property
    def is_archived(self) -> bool:
        """Whether lists leave it out."""
        return self.archived_at_ms is not None


NO_SETTINGS = SessionSettings()
