"""One turn of an agent over the protocol's `agent` method: accepted, then events, then the final response."""

import contextlib
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from openclaw_gateway.client.failures import ClientError, ConnectionLost, DeadlinePassed, RunUnfinished
from openclaw_gateway.client.frames import Event, JsonValue

if TYPE_CHECKING:
    from openclaw_gateway.client.gateway_client import GatewayClient

# The gateway ends a run that passes its limit and says so; we wait a little longer, so that its word is heard.
_GRACE_S = 30.0
_NO_LIMIT_S = 7 * 24 * 3600.0


def _new_run_id() -> str:
    return str(uuid.uuid4())


class AgentTurn(msgspec.Struct, frozen=True):
    """What to ask. None leaves the choice to the gateway.

    session_key: where the conversation is kept; session_id: an existing one by its id. timeout_s: limit of the whole
    run, 0 for none. run_id: also the idempotency key, so that the same turn sent again joins its run.
    """

    message: str
    agent_id: str | None = None
    session_key: str | None = None
    session_id: str | None = None
    model: str | None = None
    thinking: str | None = None
    timeout_s: int | None = None
    run_id: str = msgspec.field(default_factory=_new_run_id)

    def params(self) -> dict[str, object]:
        """Params of the `agent` method."""
        chosen = {
            "agentId": self.agent_id,
            "sessionKey": self.session_key,
            "sessionId": self.session_id,
            "model": self.model,
            "thinking": self.thinking,
            "timeout": self.timeout_s,
        }
        given = {name: value for name, value in chosen.items() if value is not None}
        return {"message": self.message, "idempotencyKey": self.run_id, **given}


class AgentAnswer(msgspec.Struct, frozen=True):
    """A run that finished. text: the visible answer; payload: the whole final response."""

    run_id: str
    text: str
    payload: dict[str, JsonValue]


def run_turn(
    gateway: "GatewayClient",
    turn: AgentTurn,
    on_text: Callable[[str], None] | None,
    on_event: Callable[[Event], None] | None,
) -> AgentAnswer:
    """See `GatewayClient.ask`. A caller that leaves early (KeyboardInterrupt, an error of on_text) ends its run too."""
    limit_s = 600 if turn.timeout_s is None else turn.timeout_s
    pieces = _Pieces(turn.run_id, on_text)

    def take(event: Event) -> None:
        pieces.take(event)
        if on_event is not None:
            on_event(event)

    try:
        payload = gateway.request(
            "agent",
            turn.params(),
            timeout_s=limit_s + _GRACE_S if limit_s else _NO_LIMIT_S,
            expect_final=True,
            on_event=take,
        )
    except ClientError:
        raise
    except BaseException:
        _stop(gateway, turn, pieces.session_key)
        raise
    answer = _read_answer(turn, payload)
    pieces.complete(answer.text)
    return answer


class _Pieces:
    """Gives the pieces of one run's text to on_text, and the rest of the answer when events were missed."""

    def __init__(self, run_id: str, on_text: Callable[[str], None] | None) -> None:
        self._run_id = run_id
        self._on_text = on_text
        self._given = ""
        self._item_id: JsonValue = None
        self.session_key: str | None = None

    def take(self, event: Event) -> None:
        """Look at one event; those of other runs pass by."""
        payload = event.payload
        if event.name != "agent" or not isinstance(payload, dict) or payload.get("runId") != self._run_id:
            return
        content = payload.get("data")
        if not isinstance(content, dict):
            return
        key = content.get("sessionKey") or payload.get("sessionKey")
        self.session_key = key if isinstance(key, str) else self.session_key
        delta = content.get("delta")
        if payload.get("stream") == "assistant" and isinstance(delta, str):
            # The text before a tool call and the text after it are two items of one answer.
            is_next_item = self._given != "" and content.get("itemId") != self._item_id
            self._item_id = content.get("itemId")
            self._give("\n\n" + delta if is_next_item else delta)

    def complete(self, answer: str) -> None:
        """Give what of the answer was not given yet."""
        if answer.startswith(self._given):
            self._give(answer[len(self._given) :])

    def _give(self, text: str) -> None:
        if text and self._on_text is not None:
            self._given += text
            self._on_text(text)


def _read_answer(turn: AgentTurn, payload: JsonValue) -> AgentAnswer:
    if not isinstance(payload, dict):
        raise ConnectionLost("the gateway's final response is not an object")
    status = payload.get("status")
    if status != "ok":
        summary = payload.get("summary")
        raise RunUnfinished(
            summary if isinstance(summary, str) and summary else f"the run ended with status {status!r}",
            run_id=turn.run_id,
            status=status if isinstance(status, str) else "error",
            payload=payload,
        )
    return AgentAnswer(turn.run_id, _text_of(payload), payload)


def _text_of(payload: dict[str, JsonValue]) -> str:
    """The texts of `result.payloads`, one below the other."""
    result = payload.get("result")
    entries = result.get("payloads") if isinstance(result, dict) else None
    texts = [entry.get("text") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return "\n\n".join([text for text in texts if isinstance(text, str) and text])


def _stop(gateway: "GatewayClient", turn: AgentTurn, session_key: str | None) -> None:
    """Ask the gateway to end the run. Best effort: the person who interrupts us does not want to wait.

    session_key: as the gateway told it; a run that still waits was told nothing, and then the key is what `agent` makes
    of the turn.
    """
    own_key = turn.session_key or (f"explicit:{turn.session_id}" if turn.session_id else "main")
    agent = {} if turn.agent_id is None else {"agentId": turn.agent_id}
    with contextlib.suppress(ConnectionLost, DeadlinePassed):
        gateway.notify("chat.abort", {"sessionKey": session_key or own_key, "runId": turn.run_id, **agent})
