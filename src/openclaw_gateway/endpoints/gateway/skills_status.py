"""`skills.status`: the skills of an agent, and what those that cannot be used are lacking."""

import asyncio
from typing import Annotated

import msgspec

from openclaw_gateway.agents.skills import Requirements, Skill, find_skills
from openclaw_gateway.endpoints.gateway.session_address import AgentIdText, choose_agent
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.routing.session_key import agent_of_key


class SkillsStatusParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Whose skills: by the agent's id or by a session of it, else the default agent's."""

    agent_id: AgentIdText | None = None
    session_key: Annotated[str, msgspec.Meta(max_length=512)] | None = None


async def skills_status(call: Call[SkillsStatusParams]) -> dict[str, object]:
    """All skills of the agent, usable or not, as they are on disk now."""
    params, services = call.params, call.services
    named = params.agent_id or (agent_of_key(params.session_key) if params.session_key else None)
    agent_id = choose_agent(services.prepared.index, named)
    settings = services.prepared.prompts[agent_id].settings
    skills = await asyncio.to_thread(find_skills, settings.skills)
    return {
        "workspaceDir": str(settings.workspace),
        "managedSkillsDir": str(settings.state_dir / "skills"),
        "agentId": agent_id,
        "skills": [_tell(skill) for skill in skills],
    }


def _tell(skill: Skill) -> dict[str, object]:
    return {
        "name": skill.name,
        "description": skill.description,
        "source": f"openclaw-{skill.source}",
        "filePath": str(skill.file),
        "baseDir": str(skill.file.parent),
        "skillKey": skill.name,
        "bundled": False,
        "always": skill.is_always,
        "disabled": skill.is_disabled,
        "eligible": skill.is_eligible,
        "modelVisible": skill.is_eligible and skill.is_for_model,
        "userInvocable": skill.is_for_user,
        "requirements": _tell_needs(skill.requirements),
        "missing": _tell_needs(skill.missing),
    }


def _tell_needs(needs: Requirements) -> dict[str, object]:
    return {
        "bins": needs.bins,
        "anyBins": needs.any_bins,
        "env": needs.env,
        "config": needs.config,
        "os": needs.os,
    }
