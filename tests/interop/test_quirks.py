"""What these servers get wrong is made good or told as an error; no broken answer reaches the application."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.interop.sdk import Access, Outcome, PythonSdk, Sdk
from tests.interop.test_answers import AGENTS, FORMS, request

# LiteLLM's own bridges to responses and to Gemini's form lose a chat's streamed calls (seen with the proxy alone).
CALLING_AGENTS = AGENTS[:2]
EVERY_AGENT = [*AGENTS, pytest.param("plain", id="openai-completions without compat flags")]
LOOK_UP = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Look something up.",
        "parameters": {
            "type": "object",
            "properties": {"where": {"type": "string", "enum": ["here", "there"]}},
            "required": ["where"],
        },
    },
}
CALL = {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": '{"where":"here"}'}}
PINNED: dict[str, object] = {"tools": [LOOK_UP], "tool_choice": {"type": "function", "function": {"name": "look_up"}}}


@pytest.mark.parametrize("agent", EVERY_AGENT)
@pytest.mark.parametrize(
    "messages",
    [
        pytest.param(
            [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "hi"}], id="developer role"
        ),
        pytest.param([{"role": "user", "content": [{"type": "text", "text": "hi"}]}], id="content in parts"),
        pytest.param(
            [
                {"role": "user", "content": "hi"},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [CALL],
                },
                {"role": "tool", "tool_call_id": "c1", "content": "nothing"},
            ],
            id="assistant content null",
        ),
    ],
)
def test_message_forms(sdk: Sdk, access: Access, agent: str, messages: list[object]) -> None:
    """Message forms that the server itself answers with 500 are turned into ones that it reads."""
    outcome = sdk.complete(access, {**request(agent), "messages": messages, "tools": [LOOK_UP]})
    assert (outcome.status, bool(outcome.text)) == (200, True), outcome


@pytest.mark.parametrize("agent", CALLING_AGENTS)
@pytest.mark.parametrize("stream", FORMS)
def test_tool_call_is_one(sdk: Sdk, access: Access, agent: str, stream: bool) -> None:
    """A call whose id and name come again with each fragment, or as many blocks of one id, is one whole call."""
    outcome = sdk.complete(access, {**request(agent, stream=stream, max_tokens=200), **PINNED})
    assert outcome.status == 200, outcome
    assert outcome.finish_reason == "tool_calls"
    assert [call["name"] for call in outcome.tool_calls] == ["look_up"]
    assert json.loads(outcome.tool_calls[0]["arguments"])["where"] in {"here", "there"}


def is_broken(outcome: Outcome) -> bool:
    """Whether the application would run a tool on arguments that are none."""
    if outcome.status != 200 or outcome.finish_reason != "tool_calls":
        return False
    try:
        return not all(isinstance(json.loads(call["arguments"]), dict) for call in outcome.tool_calls)
    except ValueError:
        return True


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("stream", FORMS)
def test_cut_tool_call_is_no_call(sdk: Sdk, access: Access, agent: str, stream: bool) -> None:
    """Arguments cut off by the token limit are not told as a finished call, though the server says so."""
    outcome = sdk.complete(access, {**request(agent, stream=stream, max_tokens=4), **PINNED})
    assert not is_broken(outcome), outcome


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("stream", FORMS)
def test_prompt_over_the_window(sdk: Sdk, access: Access, agent: str, stream: bool) -> None:
    """An empty 200 to a prompt over the server's window is an error."""
    outcome = sdk.complete(access, request(agent, "too long " * 20_000, stream=stream))
    assert outcome.status >= 400, outcome


@pytest.mark.parametrize("agent", AGENTS)
def test_odd_text(sdk: Sdk, access: Access, agent: str) -> None:
    """NUL, control characters, quotes, emoji and right-to-left text reach the model and come back as JSON."""
    text = '\x00\x07 "quoted" \\ \u202eabc \U0001f980 \u0645\u0631\u062d\u0628\u0627 \r\n data: [DONE]\n\n'
    outcome = sdk.complete(access, request(agent, text, stream=True, temperature=1, seed=3, max_tokens=100))
    assert (outcome.status, bool(outcome.text)) == (200, True), outcome


def test_interrupted_streams_end(access: Access) -> None:
    """A server that cuts one stream for the next leaves no client waiting."""
    body = request("interrupting", "Never stop.", stream=True, max_tokens=3000, temperature=1, seed=7)
    with ThreadPoolExecutor(3) as pool:
        outcomes = list(pool.map(lambda _: PythonSdk().complete(access, body), range(3)))
    assert any(outcome.status == 200 for outcome in outcomes)
