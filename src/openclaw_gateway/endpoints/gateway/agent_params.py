"""Params of `agent`: one message to one agent.

All keys of the published schema are known, so that clients of the original are understood. What would change the
answer but has no part here yet is refused by name rather than passed over; the rest has no effect.
"""

import re
from typing import Annotated, Literal

import msgspec

from openclaw_gateway.endpoints.gateway.message_parts import Attachments
from openclaw_gateway.errors import InvalidRequest

# The loop's timer takes no longer ones; 24 days are as good as none.
MAX_TIMEOUT_S = 2_147_483

RunId = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
_Word = Annotated[str, msgspec.Meta(min_length=1)]
# Names are told again in answers, so they may not be endless.
_Name = Annotated[str, msgspec.Meta(max_length=512)]
_Label = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


class AgentParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What to ask of whom. timeout: seconds, 0 for none. idempotency_key: also the run's id."""

    message: _Word
    idempotency_key: RunId
    agent_id: _Name | None = None
    session_key: _Name | None = None
    session_id: _Name | None = None
    expected_existing_session_id: _Name | None = None
    provider: _Name | None = None
    model: _Name | None = None
    timeout: Annotated[int, msgspec.Meta(ge=0, le=MAX_TIMEOUT_S)] | None = None
    extra_system_prompt: str | None = None
    attachments: Attachments = ()
    thinking: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    prompt_mode: Literal["full", "minimal", "none"] = "full"
    bootstrap_context_mode: Literal["full", "lightweight"] | None = None
    # Refused when they ask for something; see `_UNSUPPORTED`.
    deliver: bool = False
    cwd: _Word | None = None
    model_run: bool = False
    internal_events: tuple[msgspec.Raw, ...] = ()
    suppress_prompt_persistence: bool = False
    session_effects: Literal["visible", "internal"] = "visible"
    swarm_collector: bool = False
    swarm_output_schema: dict[str, msgspec.Raw] | None = None
    # Without effect: hints, and names of places that do not exist here.
    to: str | None = None
    reply_to: str | None = None
    channel: str | None = None
    reply_channel: str | None = None
    account_id: str | None = None
    reply_account_id: str | None = None
    thread_id: str | None = None
    group_id: str | None = None
    group_channel: str | None = None
    group_space: str | None = None
    best_effort_deliver: bool = False
    lane: str | None = None
    label: _Label | None = None
    cleanup_bundle_mcp_on_run_end: bool = False
    bootstrap_context_run_kind: Literal["default", "heartbeat", "cron"] | None = None
    acp_turn_source: Literal["manual_spawn"] | None = None
    internal_runtime_handoff_id: _Word | None = None
    internal_execution_identity_retry: bool = False
    internal_execution_identity_recovery_attempt: Annotated[int, msgspec.Meta(ge=1)] | None = None
    exec_approval_followup_expected_session_id: _Word | None = None
    input_provenance: dict[str, msgspec.Raw] | None = None
    source_reply_delivery_mode: Literal["automatic", "message_tool_only"] | None = None
    disable_message_tool: bool = False
    force_restart_safe_tools: bool = False
    force_code_mode_tools: bool = False
    voice_wake_trigger: str | None = None

    @property
    def model_ref(self) -> str | None:
        """The model that replaces the agent's choice, as `provider/model` or as the caller wrote it."""
        if self.model and self.provider:
            return f"{self.provider}/{self.model}"
        return self.model or None


_SESSION_COMMAND = re.compile(r"/(new|reset)(\s|$)", re.IGNORECASE)

# Field, its name on the wire, and the values that ask for nothing.
_UNSUPPORTED = (
    ("deliver", "deliver", False),
    ("cwd", "cwd", None),
    ("model_run", "modelRun", False),
    ("internal_events", "internalEvents", ()),
    ("suppress_prompt_persistence", "suppressPromptPersistence", False),
    ("session_effects", "sessionEffects", "visible"),
    ("swarm_collector", "swarmCollector", False),
    ("swarm_output_schema", "swarmOutputSchema", None),
)
_SELECTORS = (("agent_id", "agentId"), ("session_key", "sessionKey"), ("session_id", "sessionId"))


def is_session_command(message: str) -> bool:
    """Whether the message is `/new` or `/reset`, alone or followed by text: a command, not words for the model."""
    return _SESSION_COMMAND.match(message) is not None


def check_params(params: AgentParams) -> None:
    """Refuse blank texts and what has no part here. Raises InvalidRequest naming the key."""
    if not params.message.strip() and not params.attachments:
        raise _invalid("message", "must not be blank")
    if not params.idempotency_key.isprintable():
        raise _invalid("idempotencyKey", "must hold printable characters only")
    for field, key in _SELECTORS:
        value: str | None = getattr(params, field)
        if value is not None and not value.strip():
            raise _invalid(key, "must not be blank")
    for field, key, nothing in _UNSUPPORTED:
        if getattr(params, field) != nothing:
            raise _invalid(key, "not supported by this gateway; leave it out")
    if params.provider and not params.model:
        raise _invalid("provider", "needs `model` beside it")


def _invalid(key: str, fault: str) -> InvalidRequest:
    return InvalidRequest(f"invalid agent params: at /{key}: {fault}", param=key)
