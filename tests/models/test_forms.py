"""One table of promises over all forms: whatever a model's server speaks, its answers come to the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.models.asking import HI, catalog
from tests.models.feeding import FORMS, Fed, feed
from tests.running import TOKEN, config_for, running_gateway
from tests.upstream import Answer, Call, Raw, Upstream

from openclaw_gateway.asking import Sampling
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import TextPart, ThinkingPart, ToolCall, Usage
from openclaw_gateway.model_errors import ModelAnswerEmpty, ModelRateLimited, ModelRefused, ModelUnreachable
from openclaw_gateway.models.answer import ErrorInStream
from openclaw_gateway.models.classify import classify_event
from openclaw_gateway.models.forms import SPOKEN, google_url, ollama_url, responses_url
from openclaw_gateway.models.http_client import HttpClient
from openclaw_gateway.models.http_connection import UpstreamTrouble

RECORDED = Path(__file__).with_name("recorded_streams")

# What each provider counts: Anthropic does not tell thinking apart, Ollama not what it had in its cache.
COUNTED = {
    "anthropic-messages": Usage(input=80, output=30, cache_read=20),
    "google-generative-ai": Usage(input=80, output=30, cache_read=20, reasoning=12),
    "ollama": Usage(input=100, output=30),
    "openai-completions": Usage(input=80, output=30, cache_read=20, reasoning=12),
    "openai-responses": Usage(input=80, output=30, cache_read=20, reasoning=12),
}
# The events that each form may add one day, for which nobody waits.
NEWS = {
    "anthropic-messages": b'event: news\ndata: {"type":"news","delta":{"type":"news_delta","x":[1]}}\n\n',
    "google-generative-ai": b'data: {"news":[{"text":"no"}],"candidates":[{"index":1,"content":{"parts":[{}]}}]}\n\n',
    "ollama": b'{"news":true,"message":{"role":"assistant","content":"","news":[]},"done":false}\n',
    "openai-completions": b'data: {"object":"news","choices":[],"news":{"content":"no"}}\n\n',
    "openai-responses": b'event: response.news\ndata: {"type":"response.news","item":{"type":"news"},"delta":"no"}\n\n',
}
# Where the end of each form begins: what is lost before it is lost.
ENDS = {
    "anthropic-messages": b"message_delta",
    "google-generative-ai": b"finishReason",
    "ollama": b'"done":true',
    "openai-completions": b'"finish_reason":"',
    "openai-responses": b"event: response.completed",
}


def recorded(api: str, case: str) -> bytes:
    """The stream of a case as the provider's reference describes it."""
    ending = "ndjson" if api == "ollama" else "sse"
    return (RECORDED / f"{api}.{case}.{ending}").read_bytes()


def each_split(api: str, stream: bytes) -> Iterator[Fed]:
    """What comes of a stream cut in two at every place, and into single bytes."""
    yield feed(api, [stream[place : place + 1] for place in range(len(stream))])
    for place in range(1, len(stream)):
        yield feed(api, [stream[:place], stream[place:]])


def test_every_form_that_is_spoken_is_in_the_table() -> None:
    """A form that is added gets the same promises."""
    assert set(SPOKEN) == set(COUNTED) == set(NEWS) == set(ENDS)
    assert set(SPOKEN) <= set(FORMS)


@pytest.mark.parametrize("api", SPOKEN)
def test_reasoning_text_and_usage(api: str) -> None:
    """Reasoning and text are told apart and said as they come, tokens are counted alike, at every split."""
    stream = recorded(api, "text")
    whole = feed(api, [stream])
    assert whole.said == [("reasoning", "Let me think."), ("text", "42 €")]
    assert [part for part in whole.parts if type(part) is TextPart] == [TextPart("42 €")]
    assert (whole.finish, whole.usage) == ("stop", COUNTED[api])
    assert all(fed == whole for fed in each_split(api, stream))


@pytest.mark.parametrize("api", SPOKEN)
def test_calls_side_by_side(api: str) -> None:
    """Two calls in one answer are two calls with their own arguments, at every split."""
    stream = recorded(api, "tools")
    whole = feed(api, [stream])
    calls = [part for part in whole.parts if isinstance(part, ToolCall)]
    assert [(call.id, call.name, call.arguments) for call in calls] == [
        ("call_a", "look", '{"at":1}'),
        ("call_b", "look", '{"at":2}'),
    ]
    assert whole.said == [
        ("call", 0, "call_a", "look"),
        ("arguments", 0, '{"at":1}'),
        ("call", 1, "call_b", "look"),
        ("arguments", 1, '{"at":2}'),
    ]
    assert (whole.finish, whole.usage) == ("tool_calls", COUNTED[api])
    assert all(fed == whole for fed in each_split(api, stream))


@pytest.mark.parametrize("api", ["anthropic-messages", "google-generative-ai", "openai-responses"])
def test_proofs_of_reasoning_are_kept(api: str) -> None:
    """What the provider wants to see again is in the message, in one piece."""
    parts = feed(api, [recorded(api, "text")]).parts
    assert [part.signature for part in parts if type(part) is ThinkingPart and part.signature] == ["cHJvb2Y="]


def test_the_proof_of_a_call_stays_with_it() -> None:
    """Google's proof stands on the call that it came with."""
    parts = feed("google-generative-ai", [recorded("google-generative-ai", "tools")]).parts
    assert [part.thought_signature for part in parts if isinstance(part, ToolCall)] == ["cHJvb2Y=", None]


@pytest.mark.parametrize("api", SPOKEN)
def test_an_answer_that_is_too_long_says_so(api: str) -> None:
    """An answer that met its bound ends with length."""
    fed = feed(api, [recorded(api, "length")])
    assert (fed.parts, fed.finish) == ((TextPart("4"),), "length")


@pytest.mark.parametrize("api", [api for api in SPOKEN if api != "ollama"])
def test_a_refusal_is_an_error(api: str) -> None:
    """An answer that the provider's safety layer stopped is not passed off as one."""
    with pytest.raises(UpstreamTrouble) as caught:
        feed(api, [recorded(api, "refusal")])
    assert caught.value.kind is ModelRefused


@pytest.mark.parametrize("api", SPOKEN)
def test_an_empty_answer_is_an_error(api: str) -> None:
    """A good end after nothing is no answer."""
    with pytest.raises(UpstreamTrouble) as caught:
        feed(api, [recorded(api, "empty")])
    assert caught.value.kind is ModelAnswerEmpty


@pytest.mark.parametrize("api", SPOKEN)
def test_an_error_in_the_stream_is_what_it_says(api: str) -> None:
    """A rate limit that is told after 200 is a rate limit, wherever the network cuts the event."""
    stream = recorded(api, "error")
    for pieces in ([stream], [stream[place : place + 1] for place in range(len(stream))]):
        with pytest.raises(ErrorInStream) as caught:
            feed(api, pieces)
        error = classify_event(caught.value.event, provider="p", model="m")
        assert type(error) is ModelRateLimited
        assert "imit" in error.message


@pytest.mark.parametrize("api", SPOKEN)
@pytest.mark.parametrize("case", ["text", "tools"])
def test_a_stream_that_is_cut_is_no_answer(api: str, case: str) -> None:
    """A connection that is lost before the end is told as lost, wherever that happens."""
    stream = recorded(api, case)
    for place in range(stream.rindex(ENDS[api])):
        with pytest.raises(UpstreamTrouble) as caught:
            feed(api, [stream[:place]], is_whole=False)
        assert caught.value.kind in {ModelUnreachable, ModelAnswerEmpty}, place


@pytest.mark.parametrize("api", SPOKEN)
@pytest.mark.parametrize("case", ["text", "tools"])
def test_what_is_new_is_passed_over(api: str, case: str) -> None:
    """Events and fields that a provider adds later change nothing, wherever they stand."""
    stream = recorded(api, case)
    gap = b"\n" if api == "ollama" else b"\r\n\r\n" if b"\r" in stream else b"\n\n"
    events = [event + gap for event in stream.split(gap) if event]
    news = NEWS[api].replace(b"\n\n", gap) if api != "ollama" else NEWS[api]
    whole = feed(api, [stream])
    for place in range(len(events) + 1):
        assert feed(api, [b"".join([*events[:place], news, *events[place:]])]) == whole


def provider(api: str, upstream: Upstream) -> dict[str, Any]:
    """A config with one model of this form."""
    entry = {"id": "tiny", "input": ["text", "image"], "reasoning": True}
    return {
        "providers": {"p": {"baseUrl": upstream.anthropic_url, "api": api, "apiKey": "dummy-key", "models": [entry]}}
    }


PATHS = {
    "anthropic-messages": "/v1/messages",
    "google-generative-ai": "/v1beta/models/tiny:streamGenerateContent?alt=sse",
    "ollama": "/api/chat",
    "openai-completions": "/v1/chat/completions",
    "openai-responses": "/v1/responses",
}


@pytest.mark.parametrize("api", SPOKEN)
async def test_each_form_over_a_real_socket(client: HttpClient, upstream: Upstream, api: str) -> None:
    """A model of each form is asked at its address with its key, and its message says which form it was."""
    upstream.plan(Raw(steps=(recorded(api, "text"),)))
    reply = await catalog(client, models=provider(api, upstream)).resolve("p/tiny").ask(HI, lambda event: None)
    assert (reply.message.text, reply.message.api, reply.usage) == ("42 €", api, COUNTED[api])
    seen = upstream.requests[0]
    assert seen.path == PATHS[api]
    assert "dummy-key" in "".join(seen.headers.values())


@pytest.mark.parametrize("api", SPOKEN)
async def test_each_form_tells_a_rate_limit(client: HttpClient, upstream: Upstream, api: str) -> None:
    """A 429 is a rate limit with the time to wait, and with the provider's own words."""
    body = b'{"error":{"code":429,"message":"slow down","status":"RESOURCE_EXHAUSTED","type":"rate_limit_error"}}'
    upstream.plan(Raw(status=429, headers={"retry-after": "60"}, steps=(body,)))
    with pytest.raises(ModelRateLimited, match="slow down") as caught:
        await catalog(client, models=provider(api, upstream)).resolve("p/tiny").ask(HI, lambda event: None)
    assert caught.value.retry_after_s == 60


@pytest.mark.parametrize(
    ("made", "url"),
    [
        pytest.param(responses_url("http://h"), "http://h/v1/responses", id="responses, no path"),
        pytest.param(responses_url("http://h/v1/"), "http://h/v1/responses", id="responses, a path"),
        pytest.param(ollama_url("http://h:11434"), "http://h:11434/api/chat", id="ollama, no path"),
        pytest.param(ollama_url("http://h:11434/v1"), "http://h:11434/api/chat", id="ollama, as for chat completions"),
        pytest.param(ollama_url("http://h:11434/api/"), "http://h:11434/api/chat", id="ollama, its own path"),
        pytest.param(
            google_url("http://h", "a/b"),
            "http://h/v1beta/models/a%2Fb:streamGenerateContent?alt=sse",
            id="google, no path",
        ),
        pytest.param(
            google_url("http://h/v1", "models/g"),
            "http://h/v1/models/g:streamGenerateContent?alt=sse",
            id="google, a path",
        ),
    ],
)
def test_addresses(made: str, url: str) -> None:
    """Base URLs are understood as people write them."""
    assert made == url


async def test_what_a_form_lacks_is_refused_by_name(client: HttpClient, upstream: Upstream) -> None:
    """A field that would change the answer and has no place in the form is not dropped in silence."""
    biased = msgspec.structs.replace(HI, sampling=Sampling(extra={"logit_bias": msgspec.Raw(b'{"1":5}')}))
    for api in ("anthropic-messages", "google-generative-ai", "ollama", "openai-responses"):
        model = catalog(client, models=provider(api, upstream)).resolve("p/tiny")
        with pytest.raises(InvalidRequest, match="logit_bias"):
            await model.ask(biased, lambda event: None)


async def test_one_gateway_is_the_model_of_another(tmp_path: Path, upstream: Upstream) -> None:
    """What our own `/v1/responses` serves is what `openai-responses` reads: text, calls and results, usage."""
    config = config_for(upstream)
    config["gateway"]["http"]["endpoints"]["responses"] = {"enabled": True}
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    asked = {"role": "user", "content": "look"}
    (tmp_path / "near").mkdir()
    (tmp_path / "far").mkdir()
    async with running_gateway(tmp_path / "far", upstream, config=config) as far:
        provider = {"baseUrl": far.url, "api": "openai-responses", "apiKey": TOKEN, "models": [{"id": "openclaw"}]}
        over = config_for(upstream, models={"providers": {"far": provider}})
        over["agents"] = {"defaults": {"model": "far/openclaw"}}
        over["tools"] = {"deny": ["*"]}  # the far agent has tools of these names itself
        async with running_gateway(tmp_path / "near", upstream, config=over) as near:
            upstream.plan(Answer(calls=(Call("look", ('{"at"', ":1}")),), usage=(11, 7, 3)), Answer(("seen it",)))
            called = (await near.chat(asked, tools=[tool])).json()
            message = called["choices"][0]["message"]
            assert message["tool_calls"][0]["function"] == {"name": "look", "arguments": '{"at":1}'}
            assert (called["usage"]["prompt_tokens"], called["usage"]["completion_tokens"]) == (11, 7)
            result = {"role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "content": "a cat"}
            _, events = await near.stream(asked, message, result, tools=[tool])
    assert "seen it" in "".join(events)
    roles = [each["role"] for each in upstream.requests[-1].json["messages"] if each["role"] != "system"]
    assert roles == ["user", "assistant", "tool"]
