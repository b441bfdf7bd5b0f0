"""How hard a model is to think: each level of ours in the words of each provider."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest

from openclaw_gateway.asking import Sampling, ToolSpec
from openclaw_gateway.config.schema import ModelEntry, Provider
from openclaw_gateway.messages import UserMessage
from openclaw_gateway.models.forms import SPOKEN, make_form
from openclaw_gateway.models.model import ModelRequest
from openclaw_gateway.runs.thinking import LEVELS, apply_thinking

Rows = Mapping[str, Sequence[object]]

ADAPTIVE = {"type": "adaptive", "display": "summarized"}
LOOK = '{"type":"object"}'


def budget(tokens: int) -> dict[str, object]:
    return {"thinking": {"type": "enabled", "budget_tokens": tokens}}


def adaptive(effort: str | None = None) -> dict[str, object]:
    return {"thinking": ADAPTIVE, **({"output_config": {"effort": effort}} if effort else {})}


def thoughts(**config: object) -> dict[str, object]:
    return {"thinkingConfig": {"includeThoughts": True, **config}}


# Model -> what is sent for each level, in the order of LEVELS, and last without any.
ANTHROPIC: Rows = {
    "claude-sonnet-4-5": [
        {},
        *map(budget, (1024, 2048, 8192, 16384, 32768)),
        budget(16384),
        budget(32768),
        budget(32768),
        {},
    ],
    "claude-opus-4-6": [
        {},
        *map(adaptive, ("low", "low", "medium", "high", "high", None, "max", "max")),
        {},
    ],
    "claude-sonnet-5": [
        {"thinking": {"type": "disabled"}},
        *map(adaptive, ("low", "low", "medium", "high", "xhigh", None, "max", "max")),
        {},
    ],
    "claude-opus-5-5": [
        *map(adaptive, ("low", "low", "low", "medium", "high", "xhigh", None, "max", "max")),
        {},
    ],
}
GOOGLE: Rows = {
    "gemini-2.5-pro": [
        {"thinkingConfig": {"thinkingBudget": 128}},
        *[thoughts(thinkingBudget=tokens) for tokens in (1024, 2048, 8192, 16384, 32768, -1, 32768, 32768)],
        thoughts(),
    ],
    "gemini-2.5-flash": [
        {"thinkingConfig": {"thinkingBudget": 0}},
        *[thoughts(thinkingBudget=tokens) for tokens in (1024, 2048, 8192, 16384, 24576, -1, 24576, 24576)],
        thoughts(),
    ],
    "gemini-3-pro": [
        {"thinkingConfig": {"thinkingLevel": "low"}},
        *[thoughts(thinkingLevel=level) for level in ("low", "low", "high", "high", "high")],
        thoughts(),
        *[thoughts(thinkingLevel="high")] * 2,
        thoughts(),
    ],
    "gemini-3-flash": [
        {"thinkingConfig": {"thinkingLevel": "minimal"}},
        *[thoughts(thinkingLevel=level) for level in ("minimal", "low", "medium", "high", "high")],
        thoughts(),
        *[thoughts(thinkingLevel="high")] * 2,
        thoughts(),
    ],
}
OLLAMA: Rows = {
    "qwen3": [{"think": False}, *[{"think": True}] * 8, {}],
    "gpt-oss:20b": [
        {"think": False},
        *[{"think": word} for word in ("low", "low", "medium", "high", "high", True, "high", "high")],
        {},
    ],
}
WORDS = ("minimal", "low", "medium", "high", "xhigh", None, "max", "ultra")
COMPLETIONS: Rows = {"gpt-5": [{}, *[{"reasoning_effort": word} if word else {} for word in WORDS], {}]}
RESPONSES: Rows = {
    "gpt-5": [
        {"reasoning": {"summary": "auto"}},
        *[{"reasoning": {"summary": "auto", **({"effort": word} if word else {})}} for word in WORDS],
        {"reasoning": {"summary": "auto"}},
    ]
}
TABLE = {
    "anthropic-messages": ANTHROPIC,
    "google-generative-ai": GOOGLE,
    "ollama": OLLAMA,
    "openai-completions": COMPLETIONS,
    "openai-responses": RESPONSES,
}
ROWS = [
    pytest.param(api, model, level, expected, id=f"{model} {level} by {api}")
    for api, models in TABLE.items()
    for model, row in models.items()
    for level, expected in zip((*LEVELS, None), row, strict=True)
]
FIELDS = ("thinking", "output_config", "thinkingConfig", "think", "reasoning_effort", "reasoning")


def write(api: str, entry: ModelEntry, sampling: Sampling, **more: Any) -> dict[str, Any]:
    """The body that the provider is sent; fields of Google's `generationConfig` stand beside the others."""
    form = make_form(api, "http://127.0.0.1:1", Provider(), entry, {}, accepts_images=False)
    assert form is not None
    request = ModelRequest((), (UserMessage("hi"),), sampling=sampling, **more)
    document: dict[str, Any] = json.loads(form.prompt.write(request))
    document |= document.get("generationConfig", {})
    return document


def test_table_has_every_form() -> None:
    """No form is without its row."""
    assert set(TABLE) == set(SPOKEN)


@pytest.mark.parametrize(("api", "model", "level", "expected"), ROWS)
def test_level(api: str, model: str, level: str | None, expected: dict[str, object]) -> None:
    """Every level of ours is something that this model takes, and what it does not know is not sent."""
    entry = ModelEntry(model, reasoning=True)
    body = write(api, entry, apply_thinking(Sampling(max_tokens=500), level, entry))
    assert {name: body[name] for name in FIELDS if name in body} == expected
    asked = body.get("thinking", {}).get("budget_tokens")
    assert asked is None or asked < body["max_tokens"]


@pytest.mark.parametrize("api", ["anthropic-messages", "google-generative-ai", "ollama"])
@pytest.mark.parametrize("level", LEVELS)
def test_model_that_cannot_think(api: str, level: str) -> None:
    """Where the entry does not say that the model reasons, it is not told."""
    entry = ModelEntry("m")
    body = write(api, entry, apply_thinking(Sampling(), level, entry))
    assert not any(name in body for name in FIELDS)


@pytest.mark.parametrize(
    ("answer", "limit", "expected"),
    [
        pytest.param(500, None, (16_884, 16_384), id="beside the answer"),
        pytest.param(500, 64_000, (16_884, 16_384), id="within the limit"),
        pytest.param(None, 16_000, (16_000, 14_976), id="the answer has the rest"),
        pytest.param(500, 10_000, (10_000, 9_500), id="the answer has its own"),
        pytest.param(None, 2_000, (2_000, None), id="no room to think"),
        pytest.param(9_000, 8_000, (9_000, 7_976), id="a caller that asks for more than the limit"),
    ],
)
def test_budget_within_the_bound(answer: int | None, limit: int | None, expected: tuple[int, int | None]) -> None:
    """Thoughts and answer together stay within what the model puts out, and the answer keeps a part of it."""
    entry = ModelEntry("claude-sonnet-4-5", reasoning=True, max_tokens=limit)
    body = write("anthropic-messages", entry, apply_thinking(Sampling(max_tokens=answer), "high", entry))
    assert (body["max_tokens"], body.get("thinking", {}).get("budget_tokens")) == expected


@pytest.mark.parametrize(
    ("choice", "thinks"),
    [
        pytest.param("auto", True, id="auto"),
        pytest.param("none", True, id="none"),
        pytest.param("required", False, id="any tool"),
        pytest.param("=look", False, id="one tool"),
    ],
)
def test_forced_tool(choice: str, thinks: bool) -> None:
    """A caller that demands a call gets it: Anthropic would refuse it beside thinking."""
    entry = ModelEntry("claude-sonnet-4-5", reasoning=True)
    tools = (ToolSpec("look", None, msgspec.Raw(LOOK.encode())),)
    sampling = apply_thinking(Sampling(), "low", entry)
    body = write("anthropic-messages", entry, sampling, tools=tools, tool_choice=choice)
    assert ("thinking" in body) is thinks


def test_sampling_beside_thinking() -> None:
    """Anthropic takes no sampling from who thinks, and its newest models from nobody."""
    extra = {"top_k": msgspec.Raw(b"5"), "reasoning_effort": msgspec.Raw(b'"low"')}
    body = write("anthropic-messages", ModelEntry("claude-sonnet-4-5", reasoning=True), Sampling(0.5, 0.9, extra=extra))
    assert not {"temperature", "top_p", "top_k"} & set(body)
    newest = write("anthropic-messages", ModelEntry("claude-opus-4-7"), Sampling(0.5, 0.9))
    assert not {"temperature", "top_p"} & set(newest)


def test_thinking_of_the_caller() -> None:
    """A caller that sets Anthropic's own field is not corrected."""
    own = b'{"type":"enabled","budget_tokens":2000}'
    extra = {"thinking": msgspec.Raw(own), "reasoning_effort": msgspec.Raw(b'"high"')}
    body = write("anthropic-messages", ModelEntry("claude-sonnet-4-5", reasoning=True), Sampling(None, extra=extra))
    assert (body["thinking"], body["max_tokens"]) == (json.loads(own), 8192)


@pytest.mark.parametrize("api", ["openai-completions", "openai-responses"])
def test_own_words(api: str) -> None:
    """`off` and `adaptive` are sent to a server that has a word for them."""
    entry = msgspec.convert({"id": "m", "thinkingLevelMap": {"off": "none", "adaptive": "auto"}}, ModelEntry)
    for level, word in (("off", "none"), ("adaptive", "auto")):
        body = write(api, entry, apply_thinking(Sampling(), level, entry))
        assert word in (body.get("reasoning_effort"), body.get("reasoning", {}).get("effort"))
