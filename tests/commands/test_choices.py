"""Commands that decide how turns are done."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.commands.saying import KEY, answer, refusal, say
from tests.protocol_client import connected
from tests.running import Running, config_for, running_gateway
from tests.upstream import PAUSE, Upstream

from openclaw_gateway.commands.choices import read_queue, split_model
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.sessions.settings import NO_SETTINGS, SessionSettings


async def describe(gateway: Running) -> dict[str, Any]:
    async with connected(gateway) as client:
        row: dict[str, Any] = (await client.ask("sessions.describe", key=KEY))["session"]
        return row


@pytest.mark.parametrize(
    ("text", "field", "kept"),
    [
        pytest.param("/think high", "thinkingLevel", "high", id="think"),
        pytest.param("/think highest", "thinkingLevel", "high", id="think by another word"),
        pytest.param("/verbose full", "verboseLevel", "full", id="verbose"),
        pytest.param("/reasoning stream", "reasoningLevel", "stream", id="reasoning"),
        pytest.param("/model up/other", "model", "other", id="model"),
    ],
)
async def test_alone_it_is_kept(gateway: Running, text: str, field: str, kept: str) -> None:
    """Alone it is the session's setting, and `default` takes it back."""
    await answer(gateway, "/status")
    earlier = (await describe(gateway)).get(field)
    await answer(gateway, text)
    assert (await describe(gateway))[field] == kept
    await answer(gateway, f"{text.split(maxsplit=1)[0]} default")
    assert (await describe(gateway)).get(field) == earlier


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("/think", "Thinking: as the provider does.", id="think"),
        pytest.param("/verbose", "Verbose: default.", id="verbose"),
        pytest.param("/reasoning", "Reasoning: default.", id="reasoning"),
        pytest.param("/queue", "Queue: steer, debounce 0.5 s, cap 20, drop summarize.", id="queue"),
        pytest.param("/model", "Model: up/tiny (as configured).", id="model"),
        pytest.param("/model status", "Model: up/tiny (as configured).", id="model status"),
        pytest.param(
            "/model list",
            "Models (in use: up/tiny):\nup/tiny · window 32,000\nscripted/demo · window of unknown size",
            id="model list",
        ),
    ],
)
async def test_without_words_it_tells(gateway: Running, text: str, said: str) -> None:
    """Without a word it tells how things are."""
    assert await answer(gateway, text) == said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("/think bogus", "off, minimal, low, medium, high", id="think"),
        pytest.param("/verbose loud", "on|off|full|default", id="verbose"),
        pytest.param("/reasoning loud", "on|off|stream|default", id="reasoning"),
        pytest.param("/queue first", "steer|followup|collect|interrupt", id="queue"),
        pytest.param("/model default -a", "takes back", id="model"),
        pytest.param("/steer", "/steer <message>", id="steer"),
    ],
)
async def test_wrong_word_is_refused(gateway: Running, text: str, message: str) -> None:
    """A word that means nothing is refused with those that do."""
    status, told = await refusal(gateway, text)
    assert status == 400
    assert message in told


async def test_thinking_reaches_the_model(gateway: Running, upstream: Upstream) -> None:
    """What was decided alone holds for the turns after it."""
    upstream.say("Hello.")
    await answer(gateway, "/think low")
    await say(gateway, "hi")
    assert upstream.requests[-1].json["reasoning_effort"] == "low"


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        pytest.param("collect", SessionSettings(queue_mode="collect"), id="mode"),
        pytest.param("cap:5 drop:old", SessionSettings(queue_cap=5, queue_drop="old"), id="options"),
        pytest.param("debounce:2s", SessionSettings(queue_debounce_ms=2000), id="seconds"),
        pytest.param("steer debounce:250ms", SessionSettings(queue_mode="steer", queue_debounce_ms=250), id="both"),
        pytest.param("default", NO_SETTINGS, id="default"),
    ],
)
def test_queue_words(words: str, kept: SessionSettings) -> None:
    """Modes and options become settings."""
    assert read_queue(words)(NO_SETTINGS) == kept


@pytest.mark.parametrize("words", ["cap:0", "cap:101", "cap:x", "cap:٣", "drop:all", "debounce:2h", "debounce:61s"])
def test_wrong_queue_words(words: str) -> None:
    """Values that mean nothing are refused."""
    with pytest.raises(InvalidRequest):
        read_queue(words)


async def test_queue_is_kept(gateway: Running) -> None:
    """The rules of the session are told as they are now."""
    assert await answer(gateway, "/queue collect cap:5") == "Queue: collect, debounce 0.5 s, cap 5, drop summarize."
    assert await answer(gateway, "/queue") == "Queue: collect, debounce 0.5 s, cap 5, drop summarize."


async def test_queue_for_one_message(gateway: Running, upstream: Upstream) -> None:
    """Before text a mode is that message's own: it ends the run at work."""
    upstream.say("Hel", PAUSE, "lo.")
    upstream.say("New.")
    async with connected(gateway) as client:
        await client.ask("chat.send", sessionKey=KEY, message="hi", idempotencyKey="a")
        await client.ask("chat.send", sessionKey=KEY, message="/queue interrupt stop that", idempotencyKey="b")
        await client.wait_event("chat", runId="a", state="aborted")
        final = await client.wait_event("chat", runId="b", state="final")
    assert final["message"]["content"][0]["text"] == "New."
    assert upstream.requests[-1].json["messages"][-1]["content"] == "stop that"


@pytest.mark.parametrize(
    ("args", "parts"),
    [
        ("", ("", "session")), ("a/b", ("a/b", "session")), ("a/b -s", ("a/b", "session")),
        ("a/b --agent", ("a/b", "agent")), ("-g a/b", ("a/b", "global")),
    ],
)  # fmt: skip
def test_model_scopes(args: str, parts: tuple[str, str]) -> None:
    """A flag says where the model is to hold."""
    assert split_model(args) == parts


@pytest.mark.parametrize("args", ["a/b c/d", "a/b -a -g"])
def test_model_scopes_are_one(args: str) -> None:
    """One model, one place."""
    with pytest.raises(InvalidRequest):
        split_model(args)


@pytest.mark.parametrize(
    ("flag", "place"),
    [pytest.param("-a", ["entries", "main", "model"], id="agent"), pytest.param("-g", ["defaults", "model"], id="all")],
)
async def test_model_in_the_config(tmp_path: Path, upstream: Upstream, flag: str, place: list[str]) -> None:
    """With a flag the model is written into the config, and in force when the answer comes."""
    upstream.say("Hello.")
    async with running_gateway(tmp_path, upstream, config=config_for(upstream)) as gateway:
        await answer(gateway, f"/model up/other {flag}")
        await gateway.chat("hi")
    value = json.loads((tmp_path / "openclaw.json").read_text())["agents"]
    for key in place:
        value = value[key]
    assert value == "up/other"
    assert upstream.requests[-1].json["model"] == "other"


async def test_model_policy_counts(tmp_path: Path, upstream: Upstream) -> None:
    """A model that the policy leaves out can be chosen neither alone nor before text."""
    agents = {"defaults": {"model": "up/tiny", "modelPolicy": {"allow": ["up/tiny"]}}}
    async with running_gateway(tmp_path, upstream, config=config_for(upstream, agents=agents)) as gateway:
        assert (await refusal(gateway, "/model up/other"))[0] == 403
        assert (await refusal(gateway, "/model up/other hello"))[0] == 403
    assert upstream.requests == []


async def test_model_that_is_gone_can_be_left(tmp_path: Path, upstream: Upstream) -> None:
    """A session whose model the config does not know any more still takes commands."""
    config = config_for(upstream)
    config["models"]["providers"]["gone"] = config["models"]["providers"]["up"]
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        await answer(gateway, "/model gone/tiny")
    upstream.say("Hello.")
    async with running_gateway(tmp_path, upstream, config=config_for(upstream)) as gateway:
        assert (await say(gateway, "hi")).status_code == 404
        assert await answer(gateway, "/model default") == "Model: up/tiny (as configured)."
        assert await answer(gateway, "hi") == "Hello."
