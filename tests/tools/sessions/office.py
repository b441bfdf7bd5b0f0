"""A gateway with two agents and some sessions, and its session tools called as a run calls them."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from tests.running import Running, config_for, running_gateway
from tests.tools.files.folder import context_of
from tests.upstream import Upstream

from openclaw_gateway.messages import TextPart
from openclaw_gateway.sessions.session import Session
from openclaw_gateway.sessions.settings import SessionSettings
from openclaw_gateway.tools.place import Place
from openclaw_gateway.tools.shelf import make_tools
from openclaw_gateway.tools.tool import ToolFailure


@dataclass
class Office:
    """The gateway and its model's server."""

    running: Running
    upstream: Upstream
    folder: Path

    async def say(self, key: str, text: str = "hi", answer: str = "Hello.") -> None:
        """One turn in a session, answered so."""
        self.upstream.say(answer)
        agent = key.split(":")[1]
        reply = await self.running.chat(text, model=f"openclaw/{agent}", headers={"x-openclaw-session-key": key})
        assert reply.status_code == 200, reply.text

    async def spawn(self, key: str, parent: str) -> Session:
        """An empty session that another one began."""
        store = self.running.gateway.services.store
        session = await store.open(key, key.split(":")[1], is_ephemeral=False)
        await store.directory.create(session)
        await store.directory.change_settings(
            key, lambda old: msgspec.structs.replace(old, parent_session_key=parent, label=f"child of {parent}")
        )
        return session

    async def settle(self, key: str, **settings: Any) -> SessionSettings | None:
        """Change settings of a session."""
        directory = self.running.gateway.services.store.directory
        return await directory.change_settings(key, lambda old: msgspec.structs.replace(old, **settings))

    async def call(
        self,
        name: str,
        session: str = "agent:main:main",
        *,
        run: str = "run",
        max_chars: int = 16_000,
        **arguments: Any,
    ) -> dict[str, Any]:
        """Call a tool from a session; the result as its model reads it."""
        gateway = self.running.gateway
        agent = session.split(":")[1]
        settings = gateway.services.prepared.tool_settings[agent]
        tool = make_tools(settings, gateway._tool_parts)[name]
        context = msgspec.structs.replace(
            context_of(Place.of_host(self.folder), max_chars=max_chars), run_id=run, session_key=session, agent_id=agent
        )
        result = await tool.call(arguments, context)
        (part,) = result.content
        assert isinstance(part, TextPart)
        assert len(part.text) <= max_chars
        read: dict[str, Any] = json.loads(part.text)
        return read

    async def refusal(self, name: str, session: str = "agent:main:main", **arguments: Any) -> str:
        """The sentence with which a call is refused."""
        try:
            told = await self.call(name, session, **arguments)
        except ToolFailure as failure:
            return str(failure)
        raise AssertionError(f"not refused: {told}")

    async def keys(self, session: str, **arguments: Any) -> set[str]:
        """What a session sees in its list."""
        return {row["key"] for row in (await self.call("sessions_list", session, **arguments))["sessions"]}


@asynccontextmanager
async def office(
    folder: Path, tools: Mapping[str, Any] | None = None, agents: Mapping[str, Any] | None = None
) -> AsyncIterator[Office]:
    """A gateway with the agents `main` and `ops`; tools, agents: those parts of its config."""
    async with Upstream() as upstream:
        config = config_for(upstream, tools={"exec": {"mode": "deny"}, **(tools or {})})
        config["agents"] = {"entries": {"main": {}, "ops": {}}, **(agents or {})}
        defaults = {"model": "up/tiny", "skipBootstrap": True, "systemAgent": {"agentId": "main"}}
        config["agents"]["defaults"] = {**defaults, **config["agents"].get("defaults", {})}
        async with running_gateway(folder, upstream, config=config) as running:
            yield Office(running, upstream, folder)
