"""What a configuration means for whoever asks its gateway."""

import json
from pathlib import Path
from typing import Any

import pytest

from openclaw_gateway.cli.outlook import NO_MODEL, Outlook, look_ahead
from openclaw_gateway.config.load import LaunchOptions, load, read_environment

CHOSEN = {"agents": {"defaults": {"model": "openai/x"}}}
LISTED = {"providers": {"up": {"baseUrl": "http://127.0.0.1:1/v1", "models": [{"id": "tiny"}]}}}


def _look(folder: Path, config: dict[str, Any], **variables: str) -> Outlook:
    path = folder / "openclaw.json"
    path.write_text(json.dumps(config))
    surroundings = {"OPENCLAW_CONFIG_PATH": str(path), "OPENCLAW_STATE_DIR": str(folder), **variables}
    return look_ahead(load(LaunchOptions(), read_environment(surroundings)))


@pytest.mark.parametrize(
    ("config", "variables", "model", "chosen_by"),
    [
        pytest.param({}, {}, "", "", id="nothing"),
        pytest.param(
            {"agents": {"defaults": {"model": "openai/x"}}}, {"OPENAI_API_KEY": "k"}, "openai/x", "", id="set"
        ),
        pytest.param({}, {"ANTHROPIC_API_KEY": "k"}, "anthropic/claude-sonnet-4-5", "the key of anthropic", id="key"),
        pytest.param(
            {"models": LISTED}, {"OPENAI_API_KEY": "k"}, "up/tiny", "the first of models.providers", id="list"
        ),
    ],
)
def test_model(tmp_path: Path, config: dict[str, Any], variables: dict[str, str], model: str, chosen_by: str) -> None:
    """The model that will be asked, and why when nobody named it."""
    outlook = _look(tmp_path, config, **variables)
    assert outlook.model == model
    assert outlook.chosen_by.startswith(chosen_by)
    assert bool(outlook.chosen_by) == bool(chosen_by)


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        pytest.param({}, NO_MODEL, id="no model"),
        pytest.param(CHOSEN, "OPENAI_API_KEY", id="no key"),
        pytest.param({"agents": {"defaults": {"model": "nosuch/x"}}}, "nosuch/x", id="no provider"),
        pytest.param({"agents": {"defaults": {"model": "scripted/demo"}}}, None, id="fine"),
    ],
)
def test_problem(tmp_path: Path, config: dict[str, Any], problem: str | None) -> None:
    """A model that cannot be asked is told before the first request."""
    found = _look(tmp_path, config).problem
    assert (found is None) == (problem is None)
    assert (problem or "") in (found or "")


def test_agent_and_endpoint(tmp_path: Path) -> None:
    """The default agent, or who there is to choose from; and whether HTTP clients are heard."""
    fleet = {"agents": {"entries": {"a": {}, "b": {}}}}
    assert _look(tmp_path, fleet).agent == "none of a, b: name one"
    chat = {"gateway": {"http": {"endpoints": {"chatCompletions": {"enabled": True}}}}}
    outlook = _look(tmp_path, chat)
    assert (outlook.agent, outlook.is_chat_on) == ("main (OpenClaw)", True)
