"""The chat events of one run."""

import json

import msgspec
import pytest

from openclaw_gateway.dialects.gateway.chat_events import ChatEvents
from openclaw_gateway.errors import GatewayError, RunCancelled, RunTimeout
from openclaw_gateway.events import (
    FinishReason,
    ModelStarted,
    RunEvent,
    RunFailed,
    RunFinished,
    RunStarted,
    TextDelta,
    ToolStarted,
)
from openclaw_gateway.messages import Usage
from openclaw_gateway.model_errors import ModelRateLimited, ModelServerError

STARTED = RunStarted("r", "agent:main:main", "s", "main", 10)
MODEL = ModelStarted("fake", "one", 0)
USAGE = Usage(input=3, output=2, cache_read=1)
COMMON = {"runId": "r", "sessionKey": "agent:main:main", "agentId": "main"}


def finished(reason: FinishReason = "stop") -> RunFinished:
    return RunFinished(reason, USAGE, USAGE, "fake", "one", 90, {})


def tell(*events: RunEvent) -> list[dict[str, object]]:
    translator = ChatEvents("r", "agent:main:main", "main")
    told = [payload for event in events if (payload := translator.translate(event, 50)) is not None]
    return [json.loads(msgspec.json.encode(payload)) for payload in told]


def message(text: str) -> dict[str, object]:
    return {"role": "assistant", "content": [{"type": "text", "text": text}], "timestamp": 50}


def test_one_turn_goes_from_status_over_deltas_to_final() -> None:
    """A delta carries what is new and the message so far; final the whole message, usage and why it stopped."""
    assert tell(STARTED, MODEL, TextDelta("Hel"), TextDelta("lo"), finished()) == [
        {**COMMON, "seq": 1, "state": "status", "phase": "preparing_context"},
        {**COMMON, "seq": 2, "state": "status", "phase": "starting_model"},
        {**COMMON, "seq": 3, "state": "delta", "deltaText": "Hel", "message": message("Hel")},
        {**COMMON, "seq": 4, "state": "delta", "deltaText": "lo", "message": message("Hello")},
        {
            **COMMON,
            "seq": 5,
            "state": "final",
            "message": message("Hello"),
            "usage": {"input": 3, "output": 2, "cacheRead": 1, "cacheWrite": 0, "totalTokens": 6},
            "stopReason": "stop",
        },
    ]


def test_text_after_a_tool_replaces_the_text_before() -> None:
    """The first delta of a later model call says that it replaces what was shown."""
    later = ModelStarted("fake", "one", 1)
    told = tell(TextDelta("let me see"), ToolStarted("c", "look", "{}"), later, TextDelta("it"), TextDelta(" is"))
    assert [(event["deltaText"], event.get("replace"), event["message"]) for event in told] == [
        ("let me see", None, message("let me see")),
        ("it", True, message("it")),
        (" is", None, message("it is")),
    ]


def test_final_without_text_has_no_message() -> None:
    """A turn that ends in the caller's tool calls shows no empty message."""
    [final] = tell(finished("tool_calls"))
    assert (final.get("message"), final["stopReason"]) == (None, "toolUse")


def test_aborted_run_shows_what_was_said() -> None:
    """An aborted run ends in `aborted` with the text so far."""
    *_, last = tell(TextDelta("Hel"), RunFailed(RunCancelled("stopped"), 90))
    assert last == {
        **COMMON,
        "seq": 2,
        "state": "aborted",
        "message": message("Hel"),
        "errorMessage": "stopped",
        "stopReason": "rpc",
    }


@pytest.mark.parametrize(
    ("error", "kind", "reason", "detail"),
    [
        pytest.param(RunTimeout("late"), "timeout", "timeout", None, id="run timeout"),
        pytest.param(GatewayError("?"), "unknown", "error", None, id="a bug of ours"),
        pytest.param(
            ModelRateLimited("slow down", provider="p" * 400, model="m", upstream_status=429),
            "rate_limit",
            "error",
            {
                "failoverReason": "rate_limit",
                "provider": "p" * 300,
                "model": "m",
                "httpStatus": 429,
                "providerErrorMessagePreview": "slow down",
            },
            id="model failed",
        ),
        pytest.param(
            ModelServerError("x" * 400, upstream_status=9999),
            "unknown",
            "error",
            {"failoverReason": "server_error", "providerErrorMessagePreview": "x" * 300},
            id="within the schema's bounds",
        ),
    ],
)
def test_failed_run_tells_kind_and_detail(
    error: GatewayError, kind: str, reason: str, detail: dict[str, object] | None
) -> None:
    """A failed run ends in `error` with a kind that clients choose their words by."""
    [last] = tell(RunFailed(error, 90))
    assert (last["state"], last["errorMessage"], last["errorKind"]) == ("error", error.message, kind)
    assert (last["stopReason"], last.get("errorDetail")) == (reason, detail)
