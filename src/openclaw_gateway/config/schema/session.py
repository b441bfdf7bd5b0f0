"""`session`: how conversations are told apart, when they begin anew, how long they are kept."""

# ruff: noqa: RUF012 - msgspec gives each instance its own copy of an empty dict

from typing import Annotated, Literal

from msgspec import Meta

from openclaw_gateway.config.schema.values import ByteSize, Duration, NoEffect, NonNegative, Positive, Section


class Reset(Section, frozen=True):
    """When a session begins anew. at_hour: local time, for daily; idle_minutes: for idle."""

    mode: Literal["none", "daily", "idle"] | None = None
    at_hour: Annotated[int, Meta(ge=0, le=23)] = 4
    idle_minutes: Positive | None = None


class ResetByType(Section, frozen=True):
    """Reset rules by the kind of conversation."""

    direct: Reset | None = None
    group: Reset | None = None
    thread: Reset | None = None
    dm: NoEffect = None


class SendMatch(Section, frozen=True):
    """What a send rule applies to. All that is given must agree."""

    channel: str | None = None
    chat_type: str | None = None
    key_prefix: str | None = None
    raw_key_prefix: str | None = None


class SendRule(Section, frozen=True):
    """One rule of the send policy; the first that matches decides."""

    action: Literal["allow", "deny"]
    match: SendMatch = SendMatch()


class SendPolicy(Section, frozen=True):
    """Into which sessions answers may be sent."""

    default: Literal["allow", "deny"] = "allow"
    rules: tuple[SendRule, ...] = ()


class ColdStorage(Section, frozen=True):
    """Whether old archives are packed."""

    enabled: bool = False
    after_days: NonNegative = 30


class Maintenance(Section, frozen=True):
    """How much is kept. high_water_bytes: None is 80 % of max_disk_bytes."""

    mode: Literal["enforce", "warn"] = "enforce"
    prune_after: Duration | NonNegative = "30d"
    archive_dashboard_after: Duration | NonNegative | Literal[False] = "7d"
    max_entries: Positive = 5_000
    preserve_recent: bool | NonNegative = False
    reset_archive_retention: Duration | NonNegative | Literal[False] | None = None
    max_disk_bytes: ByteSize | NonNegative | Literal[False] = "10gb"
    high_water_bytes: ByteSize | NonNegative | None = None
    cold_storage: ColdStorage = ColdStorage()
    prune_days: NoEffect = None
    rotate_bytes: NoEffect = None


class Session(Section, frozen=True):
    """All sessions. main_key is read and ignored: the main session is always `main`."""

    scope: Literal["per-sender", "global"] = "per-sender"
    dm_scope: Literal["main", "per-peer", "per-channel-peer", "per-account-channel-peer"] = "main"
    group_scope: Literal["per-group", "main"] = "per-group"
    reset: Reset = Reset()
    reset_by_type: ResetByType = ResetByType()
    reset_by_channel: dict[str, Reset] = {}
    reset_triggers: tuple[str, ...] = ("/new", "/reset")
    identity_links: dict[str, tuple[str, ...]] = {}
    store: str | None = None
    send_policy: SendPolicy = SendPolicy()
    maintenance: Maintenance = Maintenance()
    notify_on_create: bool = True
    main_key: NoEffect = None
    sharing: NoEffect = None
    thread_bindings: NoEffect = None
    agent_to_agent: NoEffect = None
    idle_minutes: NoEffect = None
    max_recent_turns: NoEffect = None
    parent_fork_max_tokens: NoEffect = None
    transcript_retention_days: NoEffect = None
    typing_interval_seconds: NoEffect = None
    typing_mode: NoEffect = None
    write_lock: NoEffect = None
