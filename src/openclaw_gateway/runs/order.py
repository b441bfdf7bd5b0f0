"""What a front end asks of `Runs`: one turn of one session, fully resolved. No front end decides more than this."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from openclaw_gateway.asking import SILENT_SAMPLING, QueueMode, Sampling, ToolSpec
from openclaw_gateway.events import LastEvent
from openclaw_gateway.messages import Message
from openclaw_gateway.runs.showing import Reasoning, Verbose

if TYPE_CHECKING:
    from openclaw_gateway.runs.action_turn import Stage


class Action(Protocol):
    """What a command does. place: when it may begin, while its session is at work.

    "beside": at once, and then nothing of it is stored; "turn": in its turn; "instead": runs of the session are ended
    for it.
    """

    @property
    def place(self) -> Literal["beside", "turn", "instead"]:
        """When it may begin."""
        ...

    async def perform(self, stage: "Stage") -> str:
        """Do it; returns the answer, which is never empty. Raises a GatewayError."""
        ...


class RunOrder(msgspec.Struct, frozen=True, gc=False):
    """A turn to do.

    run_id: unique; also the idempotency key where the protocol says so. incoming: the caller's messages without system
    text; with history "chain" they may repeat what the session already holds, with "append" all of them are new.
    system: system text of this request only. model: a reference that replaces the agent's choice, or None. tools:
    functions of the caller, shown to the model beside the agent's own. timeout_s: limit of the whole run, 0 for none,
    None for the agent's. stores_input_first: the input must be durable before the model is asked, because the front
    end acknowledges it (`Run.wait_stored`). is_findable: the run can be found for a while after it ended. after_run:
    the turn goes on where this earlier run of the session ended, whatever was said there since. when_over: told the
    last event once the run's task has ended, for whoever keeps a record of it; may not fail. client: who shares the
    places with others. byte_count: of the request that the order was made of, for the bound on all orders.
    queue_mode: what happens while the session is at work; "own": the run answers one request, so it waits and shares
    its turn with nobody; "configured": what session or config say. channel: where it came from, for that config.
    thinking: how much the model is to think in this turn, as somebody wrote it; None for what session and config say.
    reasoning, verbose: what readers are shown of this run; None for what session and config say.
    action: what the gateway does itself, instead of a turn of the agent. tool_cap: patterns of the tools that the turn
    may use at most, None for what the config says.
    prompt_mode: how much of the agent's own prompt the model is given, "none" for its name only; has_files: with the
    workspace's files. when_admitted: awaited when a run that had to wait gets its place, before anything is done.
    """

    run_id: str
    agent_id: str
    session_key: str
    is_ephemeral: bool
    incoming: tuple[Message, ...]
    history: Literal["chain", "append"] = "chain"
    system: str = ""
    model: str | None = None
    sampling: Sampling = SILENT_SAMPLING
    tools: tuple[ToolSpec, ...] = ()
    tool_choice: str = "auto"
    parallel_tool_calls: bool | None = None
    timeout_s: float | None = None
    stores_input_first: bool = False
    is_findable: bool = False
    after_run: str | None = None
    when_over: Callable[[LastEvent], None] | None = None
    principal_subject: str = ""
    client: str = ""
    byte_count: int = 0
    queue_mode: QueueMode | Literal["own", "configured"] = "own"
    channel: str = ""
    thinking: str | None = None
    prompt_mode: Literal["full", "minimal", "none"] = "full"
    has_files: bool = True
    when_admitted: Callable[[], Awaitable[None]] | None = None
    action: Action | None = None
    tool_cap: tuple[str, ...] | None = None
    reasoning: Reasoning | None = None
    verbose: Verbose | None = None
