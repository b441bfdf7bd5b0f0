"""Which session a chat program's requests get, and what it leaves behind."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from tests.running import TOKEN, Running, config_for, running_gateway
from tests.upstream import Upstream

from openclaw_gateway.client import GatewayClient

CHAT = {"X-OpenWebUI-Chat-Id": "5c7bE1d2"}
CHAT_KEY = "agent:main:openai-chat:5c7be1d2"
TITLE = "### Task:\nGenerate a title.\n### Chat History:\n<chat_history>\nUSER: a\nASSISTANT: Hello.\n</chat_history>"


@pytest.fixture
async def gateway(tmp_path: Path, upstream: Upstream) -> AsyncIterator[Running]:
    """A gateway that logs."""
    config = config_for(upstream, logging={"level": "info", "consoleLevel": "silent"})
    async with running_gateway(tmp_path, upstream, config=config) as running:
        yield running


def told(reply: Any) -> tuple[str, str]:
    return reply.headers["x-openclaw-session-key"], reply.headers["x-openclaw-session-source"]


def said(*texts: str) -> list[dict[str, str]]:
    """A chat as a client resends it: questions and answers in turn."""
    return [{"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("headers", "user", "expected"),
    [
        pytest.param(CHAT, "ann", (CHAT_KEY, "client-header"), id="the chat's header"),
        pytest.param(CHAT | {"x-openclaw-session-key": "k"}, "ann", ("agent:main:k", "session-key"), id="a key"),
        pytest.param({"x-openwebui-chat-id": ""}, "ann", ("agent:main:openai-user:ann", "user"), id="blank header"),
        pytest.param({}, "ann", ("agent:main:openai-user:ann", "user"), id="user"),
    ],
)
async def test_ladder(gateway: Running, headers: dict[str, str], user: str, expected: tuple[str, str]) -> None:
    """An explicit key, then the header of a known client, then the user; the rung is echoed."""
    assert told(await gateway.chat("hi", headers=headers, user=user)) == expected


async def test_chats_of_a_client_are_kept_apart(gateway: Running, upstream: Upstream) -> None:
    """A client that resends each chat under its id gets one session for each, which grow by what is new."""
    other = {"x-openwebui-chat-id": "other"}
    await gateway.chat("a", headers=CHAT)
    await gateway.chat("b", headers=other)
    await gateway.chat(*said("a", "Hello.", "c"), headers=CHAT)
    assert [turn["content"] for turn in upstream.requests[2].json["messages"][1:]] == ["a", "Hello.", "c"]
    assert len(await gateway.history(CHAT_KEY)) == 4
    assert len(await gateway.history("agent:main:openai-chat:other")) == 2


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["x-my-chat"], "client-header", id="another header"),
        pytest.param([], "ephemeral", id="none"),
    ],
)
async def test_headers_are_configurable(tmp_path: Path, upstream: Upstream, names: list[str], expected: str) -> None:
    """`gateway.http.sessionHeaders` says which headers count."""
    config = config_for(upstream)
    config["gateway"]["http"]["sessionHeaders"] = names
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        assert told(await gateway.chat("hi", headers={"x-my-chat": "1", **CHAT}))[1] == expected


async def test_helper_prompts_stay_out_of_the_chat(gateway: Running) -> None:
    """A title that a chat program asks for under the chat's id is no turn of the chat."""
    await gateway.chat("a", headers=CHAT)
    assert told(await gateway.chat(TITLE, headers=CHAT))[1] == "ephemeral"
    assert len(await gateway.history(CHAT_KEY)) == 2


async def test_ephemeral_sessions_leave_no_trace(gateway: Running) -> None:
    """Requests that name no session are in no list and no count, over HTTP and over the Gateway protocol."""
    await gateway.chat("hi")
    await gateway.chat(TITLE)
    await gateway.chat(*said("a", "Hello.", "b"))
    await gateway.chat("kept", headers=CHAT)

    def ask_by_socket() -> tuple[Any, Any]:
        with GatewayClient.connect(gateway.url.replace("http", "ws"), token=TOKEN) as client:
            return client.request("status", {}), client.request("health", {})

    status, health = await asyncio.to_thread(ask_by_socket)
    assert status["sessions"]["count"] == 1
    assert [row["key"] for row in status["sessions"]["recent"]] == [CHAT_KEY]
    assert health["sessions"]["count"] == 1
    assert [row["key"] for row in health["sessions"]["recent"]] == [CHAT_KEY]
    summaries = await gateway.gateway.services.store.list_sessions()
    assert [summary.key for summary in summaries] == [CHAT_KEY]


async def test_user_of_a_whole_application_is_warned_about_once(
    gateway: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """When chats that have nothing to do with each other come under one `user`, the log says so, once."""
    with caplog.at_level(logging.WARNING, "openclaw_gateway.runs"):
        for chat in range(6):
            await gateway.chat(f"question {chat}", user="my-app")
            await gateway.chat(*said(f"question {chat}", "Hello.", "more"), user="my-app")
            await gateway.chat(*said(f"own {chat}", "Hello.", "more"), headers={"x-openclaw-session-key": "mine"})
    warnings = [record.getMessage() for record in caplog.records if "unrelated chats" in record.getMessage()]
    assert len(warnings) == 1
    assert warnings[0].startswith("session agent:main:openai-user:my-app: ")


async def test_one_persons_chat_is_not_warned_about(gateway: Running, caplog: pytest.LogCaptureFixture) -> None:
    """One long chat, edited and resent, is no reason to warn."""
    with caplog.at_level(logging.WARNING, "openclaw_gateway.runs"):
        chat = ["q"]
        for turn in range(8):
            await gateway.chat(*said(*chat), user="ann")
            chat += ["Hello.", f"q{turn}"]
        await gateway.chat(*said("q", "Hello.", "edited"), user="ann")
    assert "unrelated chats" not in caplog.text


@pytest.mark.parametrize("user", ["caf\u00e9", "caf%C3%A9", "a%b c", "plain@example.org"])
async def test_key_in_the_answer_can_be_decoded(gateway: Running, user: str) -> None:
    """The header that names the session is its key again once it is percent-decoded, whatever letters it has."""
    reply = await gateway.chat("hi", user=user)
    assert unquote(reply.headers["x-openclaw-session-key"]) == f"agent:main:openai-user:{user.lower()}"
