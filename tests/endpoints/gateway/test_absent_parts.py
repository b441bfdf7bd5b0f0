"""Parts that do not exist answer in the shape that clients expect."""

from pathlib import Path
from typing import Any

import pytest
from tests.protocol_client import connected
from tests.running import Running


@pytest.mark.parametrize(
    ("method", "params", "answer"),
    [
        pytest.param("question.list", {}, {"questions": []}, id="questions"),
        pytest.param("plugin.approval.list", {}, [], id="approvals of plugins"),
        pytest.param("taskSuggestions.list", {"agentId": "main"}, {"suggestions": []}, id="suggestions"),
    ],
)
async def test_lists_are_empty(gateway: Running, method: str, params: dict[str, Any], answer: object) -> None:
    """Nothing is made up."""
    async with connected(gateway) as client:
        assert await client.ask(method, **params) == answer


async def test_jobs_and_skills_are_none(gateway: Running, tmp_path: Path) -> None:
    """No scheduled jobs; no skills, and where they would be."""
    async with connected(gateway) as client:
        jobs = await client.ask("cron.list", includeDisabled=True)
        assert (jobs["jobs"], jobs["total"], jobs["hasMore"]) == ([], 0, False)
        skills = await client.ask("skills.status", agentId="main")
        assert skills == {
            "workspaceDir": str(tmp_path / "workspace"),
            "managedSkillsDir": str(tmp_path / "skills"),
            "agentId": "main",
            "skills": [],
        }
