"""What tools ask of those above them, who own the runs: `runs/session_desk.py` answers."""

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from openclaw_gateway.asking import QueueMode
from openclaw_gateway.sessions.directory import SessionRow
from openclaw_gateway.sessions.session import SessionStore

SessionStatus = Literal["running", "queued", "done", "failed", "killed", "timeout"]


class AgentFacts(msgspec.Struct, frozen=True, gc=False):
    """An agent of the config. model: `provider/model` that it asks first, "" if there is none."""

    id: str
    model: str


class SessionFacts(msgspec.Struct, frozen=True, gc=False):
    """What is known of a session beside its row. status: of its last run, None where nobody remembers.

    model: `provider/model` that its next turn asks first, "" if there is none; context_tokens: its window.
    """

    status: SessionStatus | None
    model: str = ""
    context_tokens: int | None = None


class Letter(msgspec.Struct, frozen=True, gc=False):
    """A message of one session to another. sender_run: of the call that sends it. subject: whose run that is."""

    sender_run: str
    sender_key: str
    sender_agent: str
    subject: str
    session_key: str
    agent_id: str
    text: str
    queue_mode: QueueMode
    timeout_s: float


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """What became of a letter. reply: text of the answer. is_queued: the session was at work when it came."""

    run_id: str
    status: Literal["ok", "accepted", "timeout", "error"]
    is_queued: bool
    reply: str = ""
    error: str = ""


class SessionsPort(Protocol):
    """Promises: what it tells is as of the call; `send` returns once the message is durable, or says that it failed."""

    @property
    def store(self) -> SessionStore:
        """Where sessions are."""
        ...

    def agents(self) -> Sequence[AgentFacts]:
        """All agents, in the config's order."""
        ...

    def tell(self, row: SessionRow) -> SessionFacts:
        """What else is known of a session."""
        ...

    async def choose_model(self, row: SessionRow, model: str | None) -> None:
        """Let the session ask another model, None for its agent's own. Raises ToolFailure."""
        ...

    async def send(self, letter: Letter) -> Delivery:
        """Say something in a session and wait `timeout_s` for the answer, 0 for none. Raises ToolFailure."""
        ...
