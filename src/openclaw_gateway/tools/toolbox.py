"""The tools of one agent: what its model is shown, what a call finds, and why the others are not there."""

from collections.abc import Mapping
from dataclasses import dataclass

from openclaw_gateway.asking import ToolSpec
from openclaw_gateway.config.schema.tools import AgentTools, Tools
from openclaw_gateway.tools.policy import judge_for_agent
from openclaw_gateway.tools.tool import Tool


@dataclass(frozen=True, slots=True)
class Toolbox:
    """What an agent may use. specs: the same tools as its model is shown them. denied: name -> rule, of the rest.

    shelf: all tools that there are, whoever may use them.
    """

    shelf: Mapping[str, Tool]
    tools: Mapping[str, Tool]
    specs: tuple[ToolSpec, ...]
    denied: Mapping[str, str]


def fill_toolbox(tools: Mapping[str, Tool], policy: Tools, own_policy: AgentTools | None) -> Toolbox:
    """Sort the tools by what the config says of them for an agent; once for each revision of the config."""
    allowed: dict[str, Tool] = {}
    denied: dict[str, str] = {}
    for name, tool in tools.items():
        verdict = judge_for_agent(name, policy, own_policy)
        if verdict.is_allowed:
            allowed[name] = tool
        else:
            denied[name] = verdict.rule
    specs = tuple([ToolSpec(tool.name, tool.description, tool.parameters) for tool in allowed.values()])
    return Toolbox(tools, allowed, specs, denied)
