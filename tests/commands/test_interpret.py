"""Commands in chats: who may give them, what they leave behind, and what of an old chat is not done again."""

from pathlib import Path
from typing import Any

import pytest
from tests.commands.saying import HEADERS, KEY, answer, say
from tests.protocol_client import Refused, connected
from tests.running import Running, config_for, running_gateway, texts_of
from tests.upstream import Upstream

from openclaw_gateway.commands.table import COMMANDS, Command

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def asked(upstream: Upstream) -> list[tuple[str, str]]:
    """What the model was shown last, without system text."""
    messages = upstream.requests[-1].json["messages"]
    return [(message["role"], message["content"]) for message in messages if message["role"] != "system"]


# --- What a command leaves behind ------------------------------------------------------------------------------------


async def test_model_is_not_shown_commands(gateway: Running, upstream: Upstream) -> None:
    """A command and its answer are in the history, marked, and in no prompt."""
    upstream.say("Hello.")
    upstream.say("Again.")
    await say(gateway, "hi")
    told = await answer(gateway, "/whoami")
    assert len(upstream.requests) == 1
    await say(gateway, "more")
    assert asked(upstream) == [("user", "hi"), ("assistant", "Hello."), ("user", "more")]
    history = await gateway.history("talk")
    assert texts_of(history)[2:4] == [("user", "/whoami"), ("assistant", told)]
    assert [message.get("excludeFromContext", False) for message in history] == [False, False, True, True, False, False]


async def test_resent_chat_does_not_grow(gateway: Running, upstream: Upstream) -> None:
    """A client that sends its whole chat again, commands included, adds only what is new."""
    upstream.say("Hello.")
    upstream.say("Again.")
    chat: list[Any] = [user("hi")]
    for text in ("/status", "more"):
        reply = await gateway.chat(*chat, headers=HEADERS)
        chat += [assistant(reply.json()["choices"][0]["message"]["content"]), user(text)]
    await gateway.chat(*chat, headers=HEADERS)
    assert len(await gateway.history("talk")) == 6
    assert asked(upstream) == [("user", "hi"), ("assistant", "Hello."), ("user", "more")]


async def test_chat_without_another_clients_command_goes_on(gateway: Running, upstream: Upstream) -> None:
    """Somebody else gave a command in between; a client whose chat lacks it still only adds its new message."""
    upstream.say("Hello.")
    upstream.say("Again.")
    await say(gateway, "hi")
    await answer(gateway, "/status")
    await gateway.chat(user("hi"), assistant("Hello."), user("more"), headers=HEADERS)
    assert [text for _, text in texts_of(await gateway.history("talk"))][-2:] == ["more", "Again."]
    assert len(await gateway.history("talk")) == 6


async def test_old_commands_are_not_done_again(gateway: Running, upstream: Upstream) -> None:
    """Of a resent chat only the newest message does something; earlier commands reach no model either."""
    upstream.say("Hello.")
    chat = [user("/think high"), assistant("Thinking: high."), user("hi")]
    await gateway.chat(*chat)
    assert asked(upstream) == [("user", "hi")]
    assert "reasoning_effort" not in upstream.requests[-1].json


async def test_chat_begins_anew_where_it_says_so(gateway: Running, upstream: Upstream) -> None:
    """What a resent chat has before its last /new is gone, in a chat that is kept and in one that is not."""
    upstream.say("Hello.")
    chat = [user("secret"), assistant("I see."), user("/new"), assistant("New session."), user("hi")]
    await gateway.chat(*chat)
    assert asked(upstream) == [("user", "hi")]


async def test_new_forgets_and_stays_forgotten(gateway: Running, upstream: Upstream) -> None:
    """After /new the model is shown nothing from before, though the client resends all of it."""
    upstream.say("I see.")
    upstream.say("Hello.")
    chat: list[Any] = [user("secret")]
    for text in ("/new", "hi"):
        reply = await gateway.chat(*chat, headers=HEADERS)
        chat += [assistant(reply.json()["choices"][0]["message"]["content"]), user(text)]
    await gateway.chat(*chat, headers=HEADERS)
    assert asked(upstream) == [("user", "hi")]
    assert len(await gateway.history("talk")) == 4


# --- Directives -------------------------------------------------------------------------------------------------------


async def test_directive_is_for_its_message(gateway: Running, upstream: Upstream) -> None:
    """Before text a directive counts once and is taken out; the next message is as before."""
    for _ in range(2):
        upstream.say("Hello.")
    await say(gateway, "/think high why?")
    assert upstream.requests[-1].json["reasoning_effort"] == "high"
    assert asked(upstream) == [("user", "why?")]
    await say(gateway, "and now?")
    assert "reasoning_effort" not in upstream.requests[-1].json


async def test_resent_directive_is_the_stored_message(gateway: Running, upstream: Upstream) -> None:
    """A client resends what it typed; the session holds it without the directive and still does not branch."""
    for _ in range(2):
        upstream.say("Hello.")
    chat: list[Any] = [user("/think high why?")]
    await gateway.chat(*chat, headers=HEADERS)
    await gateway.chat(*chat, assistant("Hello."), user("more"), headers=HEADERS)
    assert [text for _, text in texts_of(await gateway.history("talk"))] == ["why?", "Hello.", "more", "Hello."]


async def test_directive_beside_a_picture(tmp_path: Path, upstream: Upstream) -> None:
    """A directive may stand with a picture; a command with one is text."""
    for _ in range(2):
        upstream.say("A cat.")
    config = config_for(upstream)
    config["models"]["providers"]["up"]["models"][0]["input"] = ["text", "image"]
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        await gateway.chat({"role": "user", "content": [{"type": "text", "text": "/think low"}, picture]})
        assert upstream.requests[-1].json["reasoning_effort"] == "low"
        await gateway.chat({"role": "user", "content": [{"type": "text", "text": "/status"}, picture]})
        assert "/status" in str(upstream.requests[-1].json["messages"])


# --- Turned off -------------------------------------------------------------------------------------------------------


async def test_config_turns_commands_off(tmp_path: Path, upstream: Upstream) -> None:
    """With commands.text false a slash is a letter like any other."""
    upstream.say("Hello.")
    config = config_for(upstream, commands={"text": False})
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        await say(gateway, "/status")
        assert asked(upstream) == [("user", "/status")]
        async with connected(gateway) as client:
            assert (await client.ask("commands.list"))["commands"] == []


async def test_message_may_be_meant_as_text(gateway: Running, upstream: Upstream) -> None:
    """chat.send can say that a message is no command, and then needs no more than for words."""
    upstream.say("Hello.")
    async with connected(gateway, scopes=["operator.write", "operator.read"]) as client:
        await client.ask(
            "chat.send", sessionKey="talk", message="/new", idempotencyKey="k", suppressCommandInterpretation=True
        )
        await client.wait_event("chat", runId="k", state="final")
    assert asked(upstream) == [("user", "/new")]


# --- Who may (security property P8) -----------------------------------------------------------------------------------

WORDS = {"approve": "/approve 1234 deny", "steer": "/steer"}
TRANSPORTS = ("chat", "stream", "responses", "agent", "chat.send", "sessions.send")


async def verdict(gateway: Running, transport: str, text: str, scope: str) -> bool:
    """Whether that scope is enough for the command over this transport: all else that may be wrong does not count."""
    match transport:
        case "chat" | "stream" | "responses":
            headers = {**HEADERS, "x-openclaw-scopes": f"operator.write,{scope}", "authorization": ""}
            if transport == "responses":
                body = {"model": "openclaw", "input": text}
                reply = await gateway.http.post("/v1/responses", json=body, headers=headers)
            else:
                reply = await gateway.chat(text, headers=headers, stream=transport == "stream")
            assert reply.status_code in (200, 400, 403, 404), reply.text
            return reply.status_code != 403
    async with connected(gateway, scopes=["operator.write", scope]) as client:
        params: dict[str, Any] = {"message": text, "idempotencyKey": f"{transport} {text} {scope}"}
        params["key" if transport == "sessions.send" else "sessionKey"] = "talk"
        try:
            await client.ask(transport, **params)
        except Refused as refused:
            return "missing scope" not in str(refused)
        return True


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.name)
async def test_p08_same_verdict_everywhere(tmp_path: Path, upstream: Upstream, row: Command) -> None:
    """A command needs the scope of its row, whichever way it comes; writing messages is needed for all."""
    config = config_for(upstream)
    config["gateway"] |= {"auth": {"mode": "none"}}
    config["gateway"]["http"]["endpoints"]["responses"] = {"enabled": True}
    text = WORDS.get(row.name, f"/{row.name}")
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        async with connected(gateway) as client:
            await client.ask("sessions.create", key="talk")
        is_for_writers = row.scope in ("operator.read", "operator.write")
        for transport in TRANSPORTS:
            assert await verdict(gateway, transport, text, "operator.read") is is_for_writers, transport
            assert await verdict(gateway, transport, text, row.scope), transport
    assert upstream.requests == []


@pytest.mark.parametrize("text", ["/model up/tiny hello", "/model up/tiny -a", "/model up/tiny -g"])
async def test_p08_other_models_are_for_admins(gateway: Running, upstream: Upstream, text: str) -> None:
    """A model for one message needs what `agent` wants for its param, one for the config what config.patch does."""
    async with connected(gateway, scopes=["operator.write", "operator.read"]) as client:
        with pytest.raises(Refused, match=r"missing scope: operator\.admin"):
            await client.ask("chat.send", sessionKey=KEY, message=text, idempotencyKey="k")
    assert upstream.requests == []
