"""CPU of a turn in which the agent calls three tools.

The model is the scripted one, so that no upstream is in the numbers. What the tools themselves need is measured by
calling the very same one outside of any gateway.
"""

import time
from pathlib import Path

from bench.load import Target
from bench.processes import Gateway, free_port, gateway_config

CALLS = 3
LAST_TEXT = "a few words " * 5 + "fin."
FILE = "note.txt"

_CALLS = [{"name": "read", "arguments": {"path": FILE}} for _ in range(CALLS)]


def start_tool_gateway(folder: Path) -> Gateway:
    """A gateway with two agents of the coding profile: `main` answers at once, `tools` calls three tools before."""
    scripts = {"plain": [{"text": LAST_TEXT}], "tools": [{"toolCalls": _CALLS}, {"text": LAST_TEXT}]}
    models = [{"id": name, "params": {"script": script}} for name, script in scripts.items()]
    config = gateway_config(
        free_port(),
        {"script": {"api": "scripted", "models": models}},
        {"main": "script/plain", "tools": "script/tools"},
    )
    workspace = folder / "workspace"
    workspace.mkdir(parents=True)
    (workspace / FILE).write_text("a line of text\n" * 20)
    agents = config["agents"]
    assert isinstance(agents, dict)
    for entry in agents["entries"].values():
        entry["workspace"] = str(workspace)
    return Gateway(folder, {**config, "tools": {"profile": "coding"}})


def turns_of(gateway: Gateway, agent: str) -> Target:
    """One-off turns of an agent."""
    return Target(gateway.port, model=f"openclaw/{agent}")


async def cost_of_calls(folder: Path, calls: int = 1000) -> float:
    """CPU milliseconds of three calls of the tool, without anything around them."""
    from openclaw_gateway.tools.files.read import ReadTool
    from openclaw_gateway.tools.place import Place
    from openclaw_gateway.tools.tool import ToolContext

    tool, context = ReadTool(), ToolContext("run", "agent:main:main", "main", Place.of_host(folder / "workspace"))
    await tool.call({"path": FILE}, context)
    before = time.process_time()
    for _ in range(calls):
        await tool.call({"path": FILE}, context)
    return (time.process_time() - before) / calls * CALLS * 1000
