"""`openclaw agents`: from the gateway when it runs, else from the configuration, which it changes."""

import json
from pathlib import Path

import pytest
from tests.cli.command import openclaw
from tests.cli.home import demo_gateway, read_config, write_config


def test_add_list_delete(tmp_path: Path) -> None:
    """A second agent leaves the first one where it was, as the default and in its folder; deleting it undoes that."""
    write_config(tmp_path)
    state = tmp_path / ".openclaw"
    before = openclaw(tmp_path, "agents", "--json")
    assert "does not run" in before.err
    assert [(row["id"], row["isDefault"]) for row in before.document] == [("main", True)]

    added = openclaw(tmp_path, "agents", "add", "Work Bot", "--model", "scripted/demo", "--json").document
    assert added == {
        "agentId": "work-bot",
        "name": "Work Bot",
        "workspace": str(state / "workspace-work-bot"),
        "agentDir": None,
        "bindings": {"added": [], "updated": [], "skipped": [], "conflicts": []},
    }
    after = {row["id"]: row for row in openclaw(tmp_path, "agents", "list", "--json").document}
    assert after["main"] == before.document[0]
    assert (after["work-bot"]["model"], after["work-bot"]["isDefault"]) == ("scripted/demo", False)

    notes = state / "workspace-work-bot" / "notes"
    notes.write_text("kept")
    assert openclaw(tmp_path, "agents", "delete", "work-bot").code == 2
    deleted = openclaw(tmp_path, "agents", "delete", "Work-Bot", "--force", "--json").document
    assert (deleted["failed"], deleted["removed"][0]["method"]) == ([], "trash")
    assert (Path(deleted["removed"][0]["movedTo"]) / "notes").read_text() == "kept"
    assert openclaw(tmp_path, "agents", "--json").document == before.document


def test_only_agent_of_another_name_stays_the_default(tmp_path: Path) -> None:
    """Where the only agent is not main, a second one makes it the default by name."""
    write_config(tmp_path, agents={"defaults": {"model": "scripted/demo"}, "entries": {"ada": {}}})
    assert openclaw(tmp_path, "agents", "add", "bob").code == 0
    assert read_config(tmp_path)["agents"]["defaults"]["systemAgent"] == {"agentId": "ada"}
    assert "ada (default)" in openclaw(tmp_path, "agents").out
    assert openclaw(tmp_path, "agents", "delete", "ada", "--force").code == 0
    assert "agentId" not in read_config(tmp_path)["agents"]["defaults"]["systemAgent"]


def test_workspace_elsewhere_is_left(tmp_path: Path) -> None:
    """A workspace outside the state folder is nobody's to throw away."""
    write_config(tmp_path)
    project = tmp_path / "project"
    assert openclaw(tmp_path, "agents", "add", "dev", "--workspace", str(project)).code == 0
    deleted = openclaw(tmp_path, "agents", "delete", "dev", "--force")
    assert (deleted.code, project.is_dir()) == (0, True)
    assert "outside the state folder" in deleted.err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        pytest.param(["add", "main"], "already", id="an agent that is there"),
        pytest.param(["add", "???"], "no id can be made", id="a name without letters"),
        pytest.param(["add", "x", "--model", "zzz/y"], 'Unknown model provider "zzz"', id="unknown model"),
        pytest.param(["delete", "main", "--force"], "the only agent", id="the only agent"),
        pytest.param(["delete", "nope", "--force"], 'Unknown agent id "nope"', id="no such agent"),
    ],
)
def test_refused(tmp_path: Path, arguments: list[str], reason: str) -> None:
    """What cannot be done is said, and the file stays as it is."""
    write_config(tmp_path)
    before = read_config(tmp_path)
    outcome = openclaw(tmp_path, "agents", *arguments)
    assert outcome.code in (1, 2)
    assert reason in outcome.err
    assert read_config(tmp_path) == before


@pytest.mark.parametrize(
    ("gateway", "told"),
    [
        pytest.param({}, "takes it over in a moment", id="as it is by default"),
        pytest.param({"reload": {"mode": "off"}}, "not take it over before a restart", id="reload off"),
    ],
)
def test_running_gateway_is_spoken_of(tmp_path: Path, gateway: dict[str, object], told: str) -> None:
    """Who changes the agents under a running gateway is told when it has them; without one nothing is said."""
    write_config(tmp_path)
    config = read_config(tmp_path)
    with demo_gateway(tmp_path, gateway={**config["gateway"], **gateway}):
        assert told in openclaw(tmp_path, "agents", "add", "ada", "--json").err
        assert told in openclaw(tmp_path, "agents", "delete", "ada", "--force").err
    assert openclaw(tmp_path, "agents", "add", "ada").err == ""


def test_running_gateway_is_asked(tmp_path: Path) -> None:
    """While the gateway runs, its own agents are listed, whatever the command's configuration says."""
    with demo_gateway(tmp_path):
        other = tmp_path / "other.json"
        other.write_text(json.dumps({**read_config(tmp_path), "agents": {"entries": {"later": {}}}}))
        listed = openclaw(tmp_path, "agents", "--json", OPENCLAW_CONFIG_PATH=str(other))
        assert (listed.err, [row["id"] for row in listed.document]) == ("", ["main"])
    assert openclaw(tmp_path, "agents", "--port", "1").code == 4
