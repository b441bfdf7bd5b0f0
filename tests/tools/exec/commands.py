"""What tests of commands need: a table that leaves nothing behind, and the two tools on top of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from openclaw_gateway.config.schema import Sandbox
from openclaw_gateway.config.schema.tools import Exec
from openclaw_gateway.events import ToolEvent
from openclaw_gateway.messages import TextPart
from openclaw_gateway.tools.exec.command import Command
from openclaw_gateway.tools.exec.exec_tool import ExecTool
from openclaw_gateway.tools.exec.order import Start
from openclaw_gateway.tools.exec.process_table import ProcessTable
from openclaw_gateway.tools.exec.process_tool import ProcessTool
from openclaw_gateway.tools.permission.gate import Gate
from openclaw_gateway.tools.place import Place
from openclaw_gateway.tools.tool import ToolContext, ToolFailure, ToolResult

VARIABLES = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/", "SHELL": "/bin/bash"}


@dataclass
class Bench:
    """An agent's workspace and its tools."""

    folder: Path
    table: ProcessTable
    settings: Exec = field(default_factory=lambda: Exec(mode="full"))
    place: Place | None = None
    told: list[ToolEvent] = field(default_factory=list)
    hidden: tuple[Path, ...] = ()

    def context(self, **changes: Any) -> ToolContext:
        """That of a call in the session `agent:main:main`."""
        place = self.place or Place.of_host(self.folder)
        plain = ToolContext("run", "agent:main:main", "main", place, "call", self.told.append)
        return msgspec.structs.replace(plain, **changes)

    async def exec(self, command: str, context: ToolContext | None = None, **arguments: Any) -> ToolResult:
        """Call the tool that runs commands."""
        gate = Gate.of(self.folder.parent, lambda: 0)
        tool = ExecTool(self.settings, self.table, gate, self.hidden)
        return await tool.call({"command": command, **arguments}, context or self.context())

    async def process(self, action: str, context: ToolContext | None = None, **arguments: Any) -> ToolResult:
        """Call the tool that follows them up."""
        return await ProcessTool(self.table).call({"action": action, **arguments}, context or self.context())

    async def in_background(self, command: str, **arguments: Any) -> str:
        """Start a command in the background; returns its session. It begins when that is known."""
        result = await self.exec(f"read go; {command}", background=True, **arguments)
        session = str(details_of(result)["sessionId"])
        self.table.find(session, "main").write(b"\n")
        return session


@asynccontextmanager
async def at_work(tmp_path: Path, **changes: Any) -> AsyncIterator[Bench]:
    """A bench whose commands end with it."""
    folder = tmp_path / "workspace"
    folder.mkdir(exist_ok=True)
    bench = Bench(folder, ProcessTable(VARIABLES), **changes)
    try:
        yield bench
    finally:
        async with asyncio.timeout(20):
            await bench.table.close()


def sandboxed(folder: Path, *, is_writable: bool = True, **bubblewrap: Any) -> Place:
    """A place in a sandbox of bubblewrap."""
    sandbox = msgspec.convert({"mode": "all", "backend": "bubblewrap", "bubblewrap": bubblewrap}, Sandbox)
    return Place(folder, "/workspace", is_contained=True, is_writable=is_writable, sandbox=sandbox)


async def start(table: ProcessTable, command: str, **options: Any) -> Command:
    """A command straight from the table, without tools."""
    order = Start(("/bin/sh", "-c", command), {"PATH": "/usr/bin:/bin"}, "/")
    return await table.start(order, command, cwd="/", agent_id="main", session_key="agent:main:main", **options)


def text_of(result: ToolResult) -> str:
    """What the model reads."""
    return "".join(part.text for part in result.content if isinstance(part, TextPart))


def details_of(result: ToolResult) -> Mapping[str, Any]:
    """What programs read."""
    assert result.details is not None
    details: Mapping[str, Any] = msgspec.json.decode(result.details)
    return details


async def failure_of(call: Any) -> str:
    """The sentence with which a call is refused."""
    try:
        await call
    except ToolFailure as failure:
        return str(failure)
    raise AssertionError("the call was not refused")


def is_alive(pid: int) -> bool:
    """Whether a process is there and no mere zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def read_number(path: Path) -> int:
    """The number in a file; 0 before it is there."""
    text = path.read_text().strip() if path.is_file() else ""
    return int(text or 0)


def count_descriptors() -> int:
    """How many files this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


async def pid_in(path: Path) -> int:
    """The number that a command writes into a file, once it is there."""
    async with asyncio.timeout(10):
        while not read_number(path):  # noqa: ASYNC110  (files announce nothing)
            await asyncio.sleep(0.01)
    return read_number(path)
