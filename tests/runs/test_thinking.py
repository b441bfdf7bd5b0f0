"""How much a model is to think: who is heard, and what the model takes."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.protocol_client import Refused, connected
from tests.running import config_for, running_gateway
from tests.upstream import Upstream

from openclaw_gateway.asking import SILENT_SAMPLING, Sampling
from openclaw_gateway.config.schema import Config, ModelEntry
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.runs.thinking import (
    MAX_KNOWN,
    ThinkingRules,
    apply_thinking,
    find_entry,
    read_level,
    resolve_thinking,
    supported_levels,
)

REF = "up/tiny"
LOW, HIGH = {"params": {"thinking": "low"}}, {"params": {"thinking": "high"}}


def config_of(defaults: dict[str, Any], agent: dict[str, Any], **entry: Any) -> Config:
    models = {"providers": {"up": {"models": [{"id": "tiny", **entry}]}}}
    return msgspec.convert({"agents": {"defaults": defaults, "entries": {"ops": agent}}, "models": models}, Config)


@pytest.mark.parametrize(
    ("word", "level"),
    [
        pytest.param("low", "low", id="as it is"),
        pytest.param(" HIGH ", "high", id="case and space"),
        pytest.param("x-high", "xhigh", id="x-high"),
        pytest.param("extra high", "xhigh", id="two words"),
        pytest.param("extra_high", "xhigh", id="underscore"),
        pytest.param("highest", "high", id="highest"),
        pytest.param("a lot", None, id="no level"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_words_for_levels(word: str, level: str | None) -> None:
    """Levels are known in every spelling that people use."""
    assert read_level(word) == level


@pytest.mark.parametrize(
    ("inline", "stored", "agent", "defaults", "expected"),
    [
        pytest.param(None, None, {}, {}, None, id="nobody"),
        pytest.param("off", "high", {"thinkingDefault": "low"}, {}, "off", id="the message first"),
        pytest.param("default", "high", {"thinkingDefault": "low"}, {}, "high", id="a message that wants the default"),
        pytest.param(None, "high", {"thinkingDefault": "low"}, {}, "high", id="then the session"),
        pytest.param(None, "nonsense", {"thinkingDefault": "low"}, {}, "low", id="a session that says nothing"),
        pytest.param(None, None, {"thinkingDefault": "low", "models": {REF: HIGH}}, {}, "low", id="then the agent"),
        pytest.param(None, None, {"models": {REF: LOW}, **HIGH}, {}, "low", id="its settings of the model"),
        pytest.param(None, None, LOW, {"models": {REF: HIGH}}, "low", id="its settings of all models"),
        pytest.param(None, None, {}, {"models": {REF: LOW}, "thinkingDefault": "high"}, "low", id="shared settings"),
        pytest.param(None, None, {}, {"thinkingDefault": "high"}, "high", id="last the default"),
        pytest.param(None, None, {}, {"params": {"thinking": {"type": "x"}}}, None, id="a provider's own object"),
    ],
)
def test_who_is_heard(
    inline: str | None, stored: str | None, agent: dict[str, Any], defaults: dict[str, Any], expected: str | None
) -> None:
    """The narrowest place that names a level decides."""
    config = config_of(defaults, agent)
    assert resolve_thinking(config, "ops", REF, inline=inline, stored=stored) == expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param({}, "off minimal low medium high", id="any model"),
        pytest.param({"compat": {"supportedReasoningEfforts": ["low", "xhigh"]}}, "off low xhigh", id="listed"),
        pytest.param({"thinkingLevelMap": {"max": "huge", "minimal": None}}, "off low medium high max", id="mapped"),
    ],
)
def test_what_a_model_takes(entry: dict[str, Any], expected: str) -> None:
    """The model's entry says which levels it has."""
    config = config_of({}, {}, **entry)
    assert " ".join(supported_levels(find_entry(config, REF))) == expected
    assert supported_levels(find_entry(config, "up/other")) == supported_levels(None)
    assert find_entry(config, "nobody/tiny") is None


def test_unsupported_level() -> None:
    """One that is asked for now is refused with those there are; one that was stored becomes the next lower one."""
    config = config_of({"thinkingDefault": "minimal"}, {}, compat={"supportedReasoningEfforts": ["low", "medium"]})
    with pytest.raises(InvalidRequest, match="use one of: off, low, medium"):
        resolve_thinking(config, "ops", REF, inline="max", stored=None)
    assert resolve_thinking(config, "ops", REF, inline=None, stored="max") == "medium"
    assert resolve_thinking(config, "ops", REF, inline=None, stored=None) == "off"


@pytest.mark.parametrize(
    ("level", "words", "expected"),
    [
        pytest.param(None, {}, {}, id="no level"),
        pytest.param("off", {}, {"reasoning_effort": b'"off"'}, id="off"),
        pytest.param("adaptive", {}, {"reasoning_effort": b'"adaptive"'}, id="adaptive"),
        pytest.param("off", {"off": "none"}, {"reasoning_effort": b'"none"'}, id="off by the model's word"),
        pytest.param("high", {}, {"reasoning_effort": b'"high"'}, id="high"),
        pytest.param("max", {"max": "huge"}, {"reasoning_effort": b'"huge"'}, id="by the model's word"),
    ],
)
def test_what_is_sent(level: str | None, words: dict[str, str | None], expected: dict[str, bytes]) -> None:
    """A level is the effort of OpenAI's request, in the model's own word; each provider's form reads it."""
    sampling = apply_thinking(SILENT_SAMPLING, level, ModelEntry("m", thinking_level_map=words))
    assert {name: bytes(value) for name, value in sampling.extra.items()} == expected
    if not expected:
        assert sampling is SILENT_SAMPLING


def test_listed_word() -> None:
    """A level that the model's entry lists in its own spelling is sent in that spelling."""
    entry = find_entry(config_of({}, {}, compat={"supportedReasoningEfforts": ["none", "x-high"]}), REF)
    words = [
        bytes(apply_thinking(SILENT_SAMPLING, level, entry).extra["reasoning_effort"]) for level in ("off", "xhigh")
    ]
    assert words == [b'"none"', b'"x-high"']


def test_effort_of_the_caller_stays() -> None:
    """A caller that set the field itself knows what it wants."""
    sampling = Sampling(extra={"reasoning_effort": msgspec.Raw(b'"low"')})
    assert apply_thinking(sampling, "high", None) is sampling


async def test_effect_on_turns(tmp_path: Path, upstream: Upstream) -> None:
    """Message, session and config each reach the provider, and a level that the model has not is refused at once."""
    config = config_for(upstream, agents={"defaults": {"model": REF, "thinkingDefault": "minimal"}})
    async with running_gateway(tmp_path, upstream, config=config) as gateway, connected(gateway) as client:
        await client.ask("sessions.create", key="deep", thinkingLevel="high")
        for number, (key, thinking) in enumerate((("deep", "low"), ("deep", None), ("plain", None), ("plain", "off"))):
            params = {"thinking": thinking} if thinking else {}
            await client.ask("chat.send", sessionKey=key, message="hi", idempotencyKey=f"k{number}", **params)
            await client.ask("agent.wait", runId=f"k{number}")
        efforts = [request.json.get("reasoning_effort") for request in upstream.requests]
        assert efforts == ["low", "high", "minimal", None]
        for method, place in (("agent", "sessionKey"), ("chat.send", "sessionKey"), ("sessions.send", "key")):
            with pytest.raises(Refused, match="use one of: off, minimal, low, medium, high"):
                await client.ask(
                    method, **{place: "deep"}, message="hi", idempotencyKey=f"bad-{method}", thinking="much"
                )


def test_rules_are_bounded() -> None:
    """However many models callers name, what is remembered of them is bounded."""
    rules = ThinkingRules(config_of({"thinkingDefault": "low"}, {}))

    class Named:
        provider, context_window, max_output_tokens, accepts_images = "up", 1, None, False

        def __init__(self, name: str) -> None:
            self.id = name

    for number in range(MAX_KNOWN + 2):
        sampling = rules.sample(SILENT_SAMPLING, "ops", Named(str(number)), inline=None, stored=None)  # type: ignore[arg-type]  # never asked
        assert bytes(sampling.extra["reasoning_effort"]) == b'"low"'
    rules.check("low", "ops", REF)
    with pytest.raises(InvalidRequest):
        rules.check("lots", "ops", REF)
