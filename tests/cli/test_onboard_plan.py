"""What a plan of onboarding makes of a configuration."""

from pathlib import Path

import pytest

from openclaw_gateway.cli.first_config import Section
from openclaw_gateway.cli.onboard_plan import ChosenModel, LocalPlan, RemotePlan, reference

WORKSPACE = Path("/home/someone/files")


@pytest.mark.parametrize(
    ("plan", "patch"),
    [
        pytest.param(LocalPlan(), {"gateway": {"mode": "local"}}, id="nothing"),
        pytest.param(LocalPlan(port=20001), {"gateway": {"mode": "local", "port": 20001}}, id="port"),
        pytest.param(
            LocalPlan(auth_mode="password", secret="dummy"),
            {"gateway": {"mode": "local", "auth": {"mode": "password", "password": "dummy"}}},
            id="password",
        ),
        pytest.param(
            LocalPlan(auth_mode="token"), {"gateway": {"mode": "local", "auth": {"mode": "token"}}}, id="mode alone"
        ),
        pytest.param(
            LocalPlan(is_chat_on=False),
            {
                "gateway": {
                    "mode": "local",
                    "http": {"endpoints": {"chatCompletions": {"enabled": False}, "responses": {"enabled": False}}},
                }
            },
            id="endpoints off",
        ),
        pytest.param(
            LocalPlan(model=ChosenModel("scripted", {}, "demo")),
            {"gateway": {"mode": "local"}, "agents": {"defaults": {"model": {"primary": "scripted/demo"}}}},
            id="model that needs no entry",
        ),
        pytest.param(
            LocalPlan(exec_mode="deny"),
            {"gateway": {"mode": "local"}, "tools": {"exec": {"mode": "deny"}}},
            id="commands",
        ),
    ],
)
def test_what_is_not_named_is_not_written(plan: LocalPlan, patch: Section) -> None:
    """For a configuration that exists a patch holds what the plan names, and nothing else."""
    assert plan.patch(is_new=False) == patch


def test_first_configuration_is_whole() -> None:
    """A settled plan has a token that cannot be guessed, a bind, an agent, and tools that ask."""
    plan = LocalPlan().settled(WORKSPACE)
    patch = plan.patch(is_new=True)
    assert isinstance(plan.secret, str)
    assert len(plan.secret) >= 32
    assert patch == {
        "gateway": {"mode": "local", "bind": "loopback", "auth": {"mode": "token", "token": plan.secret}},
        "agents": {
            "entries": {"main": {"name": "OpenClaw", "identity": {"name": "OpenClaw"}, "workspace": str(WORKSPACE)}}
        },
        "tools": {"profile": "full", "exec": {"mode": "ask"}},
    }


def test_settling_keeps_what_was_chosen() -> None:
    """What a person chose is not replaced by a default."""
    plan = LocalPlan(bind="lan", auth_mode="password", secret="dummy", agent_name="Ada", workspace=Path("/a"))
    assert plan.settled(WORKSPACE) == plan


def test_variables_are_named() -> None:
    """A plan names the variables that its configuration will need."""
    model = ChosenModel("openai", {"apiKey": reference("OPENAI_API_KEY")}, "tiny")
    plan = LocalPlan(model=model, auth_mode="token", secret=reference("MY_TOKEN"))
    assert plan.variables == ("OPENAI_API_KEY", "MY_TOKEN")
    assert RemotePlan("wss://gateway.example").variables == ()


def test_secrets_are_not_shown() -> None:
    """No secret is in the text of a plan, which a traceback may hold."""
    model = ChosenModel("openai", {"apiKey": "dummy-key"}, "tiny")
    shown = repr(LocalPlan(model=model, secret="dummy-token")) + repr(RemotePlan("wss://a", "dummy-token"))
    assert "dummy" not in shown
