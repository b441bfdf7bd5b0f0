"""The system text of real turns, as the model's server sees it."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.protocol_client import connected
from tests.running import Running, config_for, running_gateway
from tests.upstream import Upstream

from openclaw_gateway.gateway import GatewayOptions
from openclaw_gateway.tools.tool import ToolContext, ToolResult

MAIN = {"x-openclaw-session-key": "agent:main:main"}


class Scribe:
    """Writes a file of the workspace, as a tool would."""

    name = "scribe"
    description = "Writes SOUL.md."
    parameters = msgspec.Raw(b'{"type":"object"}')
    is_parallel = False

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        (context.place.folder / "SOUL.md").write_text("I speak in rhymes.")
        return ToolResult.of_text("ok")


TOOLS = GatewayOptions(tools={"scribe": Scribe()})


def config_of(upstream: Upstream, defaults: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """An agent that has the scribe alone."""
    agents = {"defaults": {"model": "up/tiny", "userTimezone": "UTC", **(defaults or {})}}
    return config_for(upstream, agents=agents, tools={"allow": ["scribe"]})


def system_of(upstream: Upstream, place: int = -1) -> str:
    """The system text of a request."""
    message = upstream.requests[place].json["messages"][0]
    assert message["role"] == "system"
    text: str = message["content"]
    return text


def users_of(upstream: Upstream, place: int = -1) -> list[str]:
    return [turn["content"] for turn in upstream.requests[place].json["messages"] if turn["role"] == "user"]


def stable_of(text: str) -> str:
    return text.partition("\n\n## Now\n")[0]


async def test_beginning_is_the_same_across_turns_and_restarts(tmp_path: Path, upstream: Upstream) -> None:
    """Stable text, tools and all that was said before are the same bytes in each turn, after a restart too."""
    for _ in range(2):
        async with running_gateway(tmp_path, upstream, config=config_of(upstream), options=TOOLS) as gateway:
            for word in ("one", "two"):
                assert (await gateway.chat(word, headers=MAIN, user=None)).status_code == 200
    requests = [request.json for request in upstream.requests]
    assert len({system_of(upstream, place) for place in range(4)}) == 1
    assert len({str(request["tools"]) for request in requests}) == 1
    for earlier, later in pairwise(requests):
        assert later["messages"][: len(earlier["messages"])] == earlier["messages"]


async def test_order_is_stable_day_caller(tmp_path: Path, upstream: Upstream) -> None:
    """What changes with the day stands behind what does not, and the caller's own text is last."""
    async with running_gateway(tmp_path, upstream, config=config_of(upstream), options=TOOLS) as gateway:
        await gateway.chat({"role": "system", "content": "Be brief."}, "hi")
    text = system_of(upstream)
    workspace = tmp_path / "workspace"
    places = [text.index(part) for part in ("You are OpenClaw,", f"### {workspace}/AGENTS.md", "## Now", "Be brief.")]
    assert places == sorted(places)
    assert text.endswith("\n\nBe brief.")
    assert "time zone UTC" in text
    assert "up/tiny" in text
    assert (workspace / "BOOTSTRAP.md").exists()


async def test_changed_file_changes_the_next_turn(tmp_path: Path, upstream: Upstream) -> None:
    """What a tool wrote, and what somebody wrote over the protocol, is in the prompt of the very next turn."""
    async with running_gateway(tmp_path, upstream, config=config_of(upstream), options=TOOLS) as gateway:
        upstream.call("scribe", "{}")
        await gateway.chat("write")
        await gateway.chat("hi")
        assert "I speak in rhymes." not in system_of(upstream, 0)
        assert "I speak in rhymes." in system_of(upstream)
        async with connected(gateway) as client:
            await client.ask("agents.files.set", agentId="main", name="USER.md", content="- Name: Grace")
        await gateway.chat("hi")
        assert "- Name: Grace" in system_of(upstream)


async def test_messages_are_shown_with_their_time(tmp_path: Path, upstream: Upstream) -> None:
    """The model is told when each thing was said; the session and a client that resends it know nothing of that."""
    async with running_gateway(tmp_path, upstream, config=config_of(upstream), options=TOOLS) as gateway:
        await gateway.chat("one", headers=MAIN)
        answer = {"role": "assistant", "content": "Hello."}
        await gateway.chat("one", answer, "two", headers=MAIN)
        stored = await gateway.history("main")
    first, second = users_of(upstream)
    assert users_of(upstream, 0) == [first]
    assert first.startswith("[")
    assert first.endswith(" UTC] one")
    assert second.endswith(" UTC] two")
    assert [turn["content"] for turn in stored if turn["role"] == "user"] in (
        ["one", "two"],
        [[{"type": "text", "text": "one"}], [{"type": "text", "text": "two"}]],
    )


async def test_agent_without_tools_pays_nothing(gateway: Running, upstream: Upstream) -> None:
    """Without tools the prompt is as short as it can be, and messages go as they are."""
    await gateway.chat("hi")
    assert len(system_of(upstream)) < 300
    assert users_of(upstream) == ["hi"]


@pytest.mark.parametrize(
    ("injection", "first", "second"),
    [
        pytest.param("always", True, True, id="always"),
        pytest.param("continuation-skip", True, False, id="at the beginning"),
        pytest.param("never", False, False, id="never"),
    ],
)
async def test_context_injection(tmp_path: Path, upstream: Upstream, injection: str, first: bool, second: bool) -> None:
    """The config says in which turns the files are shown."""
    config = config_of(upstream, {"contextInjection": injection})
    async with running_gateway(tmp_path, upstream, config=config, options=TOOLS) as gateway:
        await gateway.chat("one", headers=MAIN)
        await gateway.chat("two", headers=MAIN)
    assert ["AGENTS.md\n" in system_of(upstream, place) for place in (0, 1)] == [first, second]


async def test_limits_and_skipped_files_come_from_the_config(tmp_path: Path, upstream: Upstream) -> None:
    """Bounds of the files in the prompt, and which files are made, are the operator's."""
    config = config_of(upstream, {"bootstrapMaxChars": 300, "skipOptionalBootstrapFiles": ["SOUL.md"]})
    async with running_gateway(tmp_path, upstream, config=config, options=TOOLS) as gateway:
        await gateway.chat("hi")
    assert "Not shown whole: AGENTS.md" in system_of(upstream)
    assert not (tmp_path / "workspace" / "SOUL.md").exists()


@pytest.mark.parametrize(
    ("params", "has_rules", "has_work"),
    [
        pytest.param({"promptMode": "minimal"}, True, True, id="minimal"),
        pytest.param({"promptMode": "none"}, False, False, id="none"),
        pytest.param({"bootstrapContextMode": "lightweight"}, False, True, id="without files"),
    ],
)
async def test_modes_of_the_agent_method(
    tmp_path: Path, upstream: Upstream, params: dict[str, str], has_rules: bool, has_work: bool
) -> None:
    """A caller of `agent` chooses how much of the prompt there is; its own text is there in each mode."""
    async with (
        running_gateway(tmp_path, upstream, config=config_of(upstream), options=TOOLS) as gateway,
        connected(gateway) as client,
    ):
        await client.ask("agent", message="hi", idempotencyKey="k", extraSystemPrompt="Be brief.", **params)
        await upstream.wait_requests(1)
    text = system_of(upstream)
    assert text.startswith("You are OpenClaw,")
    assert text.endswith("\n\nBe brief.")
    assert ("AGENTS.md\n" in text, "## How to work" in text) == (has_rules, has_work)
    assert "SOUL.md\n" not in text


async def test_notes_are_told_once_after_a_reset(tmp_path: Path, upstream: Upstream) -> None:
    """The first turn after a reset is told the notes of the last days; no turn before or after it is."""
    async with (
        running_gateway(tmp_path, upstream, config=config_of(upstream), options=TOOLS) as gateway,
        connected(gateway) as client,
    ):
        await gateway.chat("one", headers=MAIN)
        prompts = gateway.gateway.services.prepared.prompts["main"]
        today = prompts.time.at(gateway.gateway.services.now_ms()).date()
        (tmp_path / "workspace" / "memory").mkdir()
        (tmp_path / "workspace" / "memory" / f"{today}.md").write_text("Ada likes tea.")
        await client.ask("sessions.reset", key="agent:main:main", reason="reset")
        for word in ("two", "three"):
            await gateway.chat(word, headers=MAIN)
    assert ["Ada likes tea." in system_of(upstream, place) for place in range(3)] == [False, True, False]
    assert stable_of(system_of(upstream, 1)) == stable_of(system_of(upstream, 2))


async def test_chat_works_without_a_workspace(tmp_path: Path, upstream: Upstream) -> None:
    """A workspace that cannot be made does not keep the agent from talking."""
    (tmp_path / "file").touch()
    config = config_of(upstream, {"workspace": str(tmp_path / "file" / "workspace")})
    async with running_gateway(tmp_path, upstream, config=config, options=TOOLS) as gateway:
        reply = await gateway.chat("hi")
    assert reply.status_code == 200
