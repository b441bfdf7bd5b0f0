"""Tools in the lists of `tools.catalog` and `tools.effective`: their groups and their risk."""

from pathlib import Path

import pytest
from tests.protocol_client import connected
from tests.running import config_for, running_gateway
from tests.upstream import Upstream

from openclaw_gateway.endpoints.gateway.tool_groups import LABELS, group_tools, risk_of
from openclaw_gateway.tools.tool_names import GROUPS


@pytest.mark.parametrize(
    ("tool", "risk"),
    [
        pytest.param("read", "low", id="looks"),
        pytest.param("edit", "medium", id="changes"),
        pytest.param("web_fetch", "medium", id="a stranger's words"),
        pytest.param("sessions_list", "low", id="looks at sessions"),
        pytest.param("sessions_send", "medium", id="speaks"),
        pytest.param("exec", "high", id="anything"),
        pytest.param("echo", None, id="unknown"),
    ],
)
def test_risk_is_that_of_the_worst_call(tool: str, risk: str | None) -> None:
    """What changes more is riskier, and of an unknown tool nothing is claimed."""
    assert risk_of(tool) == risk


def test_every_group_of_the_policy_has_a_label() -> None:
    """The groups are those that a config can name."""
    assert {f"group:{name}" for name in LABELS} == {name for name in GROUPS if name.startswith("group:")}


def test_tools_of_nobody_are_others() -> None:
    """A tool of no group stands in the last one."""
    told = group_tools([{"id": "echo"}, {"id": "read"}])
    assert [(group["id"], group["label"]) for group in told] == [("fs", "Files"), ("core", "Other")]


async def test_catalog_is_grouped(tmp_path: Path, upstream: Upstream) -> None:
    """The catalog has the policy's groups, with risk and profiles; the protocol lets the other list have one."""
    config = config_for(upstream, tools={"profile": "coding"})
    async with running_gateway(tmp_path, upstream, config=config) as gateway, connected(gateway) as client:
        catalog = (await client.ask("tools.catalog"))["groups"]
        effective = (await client.ask("tools.effective", sessionKey="main"))["groups"]
    assert [group["id"] for group in catalog] == ["fs", "runtime", "web", "memory", "sessions", "agents", "media"]
    assert [group["id"] for group in effective] == ["core"]
    tools = {tool["id"]: tool for group in catalog for tool in group["tools"]}
    assert tools["exec"]["risk"] == "high"
    assert tools["session_status"]["defaultProfiles"] == ["minimal", "coding", "messaging", "full"]
    assert tools["agents_list"]["defaultProfiles"] == ["full"]
