"""A tool that runs nothing and asks the gate as one that did would, and a gateway that has it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from tests.running import Running, config_for, running_gateway
from tests.upstream import Answer, Call, Upstream

from openclaw_gateway.gateway import GatewayOptions
from openclaw_gateway.tools.permission.gate import CommandWish, Gate
from openclaw_gateway.tools.tool import ToolContext, ToolResult

COMMAND = "touch made-by-hand"


class AskingTool:
    """`run` with a command: says `ran` if it may."""

    name = "run"
    description = "Runs."
    parameters = msgspec.Raw(b'{"type":"object","properties":{"command":{"type":"string"}}}')
    is_parallel = True

    def __init__(self, search_path: str) -> None:
        self.search_path = search_path
        self.gate: Gate | None = None
        self.settings: Any = None

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        assert self.gate is not None
        context.place.folder.mkdir(parents=True, exist_ok=True)
        wish = CommandWish(
            command=str(arguments["command"]),
            cwd=context.place.folder,
            settings=self.settings(),
            search_path=self.search_path,
            shell="/bin/sh",
        )
        permit = await self.gate.permit(wish, context)
        permit.check()
        return ToolResult.of_text("ran")


@asynccontextmanager
async def asking_gateway(
    tmp_path: Path,
    upstream: Upstream,
    *,
    is_open: bool = False,
    search_path: str = "/usr/bin:/bin",
    **exec_settings: Any,
) -> AsyncIterator[Running]:
    """A gateway whose only tool asks. is_open: it asks nobody for a token, so that headers say what a caller may do."""
    tool = AskingTool(search_path)
    config = config_for(upstream, tools={"allow": ["run"], "exec": exec_settings})
    if is_open:
        config["gateway"]["auth"] = {"mode": "none"}
    options = GatewayOptions(tools={"run": tool})
    async with running_gateway(tmp_path, upstream, config=config, options=options) as gateway:
        tool.gate = gateway.gateway.services.gate
        tool.settings = lambda: gateway.gateway.loaded.config.tools.exec
        yield gateway


def call_of(command: str) -> Answer:
    """A model's reply that asks for the command."""
    return Answer(calls=(Call("run", (msgspec.json.encode({"command": command}).decode(),)),))
