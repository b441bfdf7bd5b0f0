"""Answers, errors and aborts through the official clients, over both wire formats of real model servers."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from tests.interop.sdk import Access, PythonSdk, Sdk

AGENTS = [
    pytest.param("main", id="openai-completions"),
    pytest.param("claude", id="anthropic-messages"),
    pytest.param("responses", id="openai-responses"),
    pytest.param("gemini", id="google-generative-ai"),
]
FORMS = [pytest.param(False, id="plain"), pytest.param(True, id="streamed")]


def request(agent: str, text: str = "Tell me a story.", *, stream: bool = False, **more: object) -> dict[str, object]:
    """A chat request as an application writes it."""
    options: dict[str, object] = {"stream_options": {"include_usage": True}} if stream else {}
    body = {"model": f"openclaw/{agent}", "stream": stream, "messages": [{"role": "user", "content": text}]}
    return {**body, "max_tokens": 24, "temperature": 0, **options, **more}


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("stream", FORMS)
def test_answer(sdk: Sdk, access: Access, agent: str, stream: bool) -> None:
    """A turn is answered with text, a reason to end, and usage."""
    outcome = sdk.complete(access, request(agent, stream=stream))
    assert outcome.status == 200, outcome
    assert outcome.text
    assert outcome.finish_reason in {"stop", "length"}
    assert outcome.usage is not None
    assert isinstance(outcome.usage["prompt_tokens"], int)
    assert outcome.usage["prompt_tokens"] > 0
    assert outcome.usage["completion_tokens"] != 0


@pytest.mark.parametrize("agent", AGENTS)
def test_forms_agree(sdk: Sdk, access: Access, agent: str) -> None:
    """At temperature 0 the streamed pieces are the plain answer."""
    plain = sdk.complete(access, request(agent))
    streamed = sdk.complete(access, request(agent, stream=True))
    assert (streamed.text, streamed.finish_reason) == (plain.text, plain.finish_reason)
    assert streamed.deltas > 1


@pytest.mark.parametrize("agent", AGENTS)
def test_token_limit_reaches_the_model(sdk: Sdk, access: Access, agent: str) -> None:
    """max_completion_tokens, the newer name, ends the answer also at a server that knows only the older one."""
    body = request(agent)
    del body["max_tokens"]
    outcome = sdk.complete(access, {**body, "max_completion_tokens": 3})
    assert outcome.finish_reason == "length"
    assert len(outcome.text) < 24


@pytest.mark.parametrize("agent", AGENTS)
def test_conversation(sdk: Sdk, access: Access, agent: str) -> None:
    """A second turn that resends the first, and one that sends only what is new, are answered."""
    first = request(agent)
    answer = sdk.complete(access, {**first, "user": f"resend-{agent}"})
    history = [
        {"role": "user", "content": "Tell me a story."},
        {"role": "assistant", "content": answer.text},
        {"role": "user", "content": "Go on."},
    ]
    resent = sdk.complete(access, {**first, "user": f"resend-{agent}", "messages": history})
    assert (resent.status, bool(resent.text)) == (200, True), resent
    stable = replace(access, headers={"x-openclaw-session-key": f"agent:{agent}:interop"})
    for _ in range(2):
        assert sdk.complete(stable, first).status == 200


@pytest.mark.parametrize(
    ("agent", "statuses"),
    [
        pytest.param("nobody", {400}, id="unknown agent"),
        pytest.param("nowhere", {502}, id="no server there"),
        pytest.param("wrong-key", {502}, id="key of the gateway refused"),
        pytest.param("wrong-model", {502}, id="model unknown to its server"),
    ],
)
@pytest.mark.parametrize("stream", FORMS)
def test_error(sdk: Sdk, access: Access, agent: str, statuses: set[int], stream: bool) -> None:
    """A turn that cannot be answered is an error with its status, streamed or not."""
    outcome = sdk.complete(access, request(agent, stream=stream))
    assert outcome.status in statuses, outcome
    assert not outcome.text


@pytest.mark.parametrize("stream", FORMS)
def test_wrong_token(sdk: Sdk, access: Access, stream: bool) -> None:
    """A wrong gateway token is the client's authentication error."""
    assert sdk.complete(replace(access, key="wrong-token-0123456789"), request("main", stream=stream)).status == 401


@pytest.mark.parametrize("agent", AGENTS)
def test_abort_frees_the_model(sdk: Sdk, access: Access, agent: str) -> None:
    """A client that leaves its stream ends the work of the model: the next turn does not wait for it."""
    # Much more than it can say in five seconds.
    endless = request(agent, "Never stop.", stream=True, max_tokens=4096, temperature=1, seed=1)
    outcome = sdk.complete(access, endless, abort_after=3)
    left_at = time.monotonic()
    assert outcome.deltas >= 3, outcome
    assert sdk.complete(access, request(agent)).status == 200
    assert time.monotonic() - left_at < 5


@pytest.mark.parametrize("agent", AGENTS)
def test_streams_beside_each_other(access: Access, agent: str) -> None:
    """Streams asked for at the same time are all answered, though the model's server takes one at a time."""
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: PythonSdk().complete(access, request(agent, stream=True)), range(4)))
    assert [outcome.status for outcome in outcomes] == [200] * 4
    assert len({outcome.text for outcome in outcomes}) == 1
