"""Methods of parts that do not exist here, in the shape that clients expect: empty lists, and nothing made up.

The original's terminal client asks some of them at connect.
"""

from typing import Annotated

import msgspec

from openclaw_gateway.endpoints.gateway.session_address import AgentIdText, choose_agent
from openclaw_gateway.endpoints.gateway.sessions_subscribe import NoParams
from openclaw_gateway.endpoints.table import Call


class AnyParams(msgspec.Struct, frozen=True):
    """Whatever chooses among nothing."""


class SkillsStatusParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Whose skills."""

    agent_id: AgentIdText | None = None
    session_key: Annotated[str, msgspec.Meta(max_length=512)] | None = None


async def question_list(call: Call[NoParams]) -> dict[str, object]:  # noqa: ARG001
    """Agents ask no questions beside the chat."""
    return {"questions": ()}


async def plugin_approval_list(call: Call[AnyParams]) -> tuple[str, ...]:  # noqa: ARG001
    """There are no plugins that could ask."""
    return ()


async def task_suggestions_list(call: Call[AnyParams]) -> dict[str, object]:  # noqa: ARG001
    """Nothing suggests tasks."""
    return {"suggestions": ()}


async def cron_list(call: Call[AnyParams]) -> dict[str, object]:  # noqa: ARG001
    """There are no scheduled jobs."""
    return {"jobs": (), "total": 0, "offset": 0, "limit": 50, "hasMore": False, "nextOffset": None}


async def commands_list(call: Call[AnyParams]) -> dict[str, object]:  # noqa: ARG001
    """Messages that begin with a slash are words like any others."""
    return {"commands": ()}


async def skills_status(call: Call[SkillsStatusParams]) -> dict[str, object]:
    """No skills are loaded; the folders are where they would be."""
    services = call.services
    agent_id = choose_agent(services.prepared.index, call.params.agent_id)
    workspace = services.prepared.agents[agent_id].workspace
    return {
        "workspaceDir": str(workspace),
        "managedSkillsDir": str((services.state_dir or workspace) / "skills"),
        "agentId": agent_id,
        "skills": (),
    }
