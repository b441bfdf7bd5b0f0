"""More or fewer agents, decided from the config."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.config.folder import load_text

from openclaw_gateway.agents.roster import (
    Details,
    RosterChange,
    RosterRefused,
    make_agent_id,
    move_to_trash,
    plan_addition,
    plan_removal,
    plan_update,
)
from openclaw_gateway.config.key_path import format_key_path
from openclaw_gateway.config.load import Loaded


def loaded_with(folder: Path, entries: dict[str, Any], **defaults: Any) -> Loaded:
    return load_text(folder, json.dumps({"agents": {"entries": entries, "defaults": defaults}}))


def told(change: RosterChange) -> dict[str, object]:
    return {format_key_path(each.path): None if each.is_removal else each.value for each in change.changes}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("Night Shift", "night-shift", id="words"),
        pytest.param("  a__b ", "a__b", id="trimmed"),
        pytest.param("x" * 100, "x" * 64, id="long"),
    ],
)
def test_ids_of_names(name: str, expected: str) -> None:
    """An id is made of the letters and digits of a name."""
    assert make_agent_id(name) == expected


def test_no_id_of_signs() -> None:
    """A name without letters and digits has no id."""
    with pytest.raises(RosterRefused, match="no id can be made"):
        make_agent_id("!?")


@pytest.mark.parametrize(
    ("entries", "defaults", "also"),
    [
        pytest.param({}, {}, {"agents.entries.main.workspace": "state/workspace"}, id="beside the unnamed one"),
        pytest.param(
            {"ops": {}},
            {},
            {"agents.entries.ops.workspace": "state/workspace", "agents.defaults.systemAgent.agentId": "ops"},
            id="beside an only one with a name",
        ),
        pytest.param({"ops": {"workspace": "/w"}}, {"systemAgent": {"agentId": "ops"}}, {}, id="beside an owner"),
        pytest.param({"main": {}, "ops": {}}, {}, {}, id="beside several"),
    ],
)
def test_addition_keeps_the_others(
    tmp_path: Path, entries: dict[str, Any], defaults: dict[str, Any], also: dict[str, str]
) -> None:
    """With one agent more, the others work where they worked and answer what they answered."""
    planned = plan_addition(loaded_with(tmp_path, entries, **defaults), "new", Details(model="a/b", emoji="x"))
    expected = {key: value.replace("state/", f"{tmp_path}/state/") for key, value in also.items()}
    workspace = str(tmp_path / "state" / "workspace-new")
    entry = {"workspace": workspace, "model": {"primary": "a/b"}, "identity": {"emoji": "x"}}
    assert told(planned) == {**expected, "agents.entries.new": entry}
    assert (planned.agent_id, str(planned.workspace)) == ("new", workspace)


def test_removal_keeps_the_others(tmp_path: Path) -> None:
    """With one agent less, the one that is left works where it worked, and nobody who is gone is the default."""
    loaded = loaded_with(tmp_path, {"main": {}, "ops": {}}, systemAgent={"agentId": "ops"})
    planned = plan_removal(loaded, "OPS")
    assert told(planned) == {
        "agents.entries.ops": None,
        "agents.entries.main.workspace": str(tmp_path / "state" / "workspace-main"),
        "agents.defaults.systemAgent.agentId": None,
    }


def test_update(tmp_path: Path) -> None:
    """Only what is named changes; a model in short form becomes one in full form."""
    loaded = loaded_with(tmp_path, {"main": {"model": "a/b"}, "ops": {"model": {"primary": "a/b", "fallbacks": []}}})
    assert told(plan_update(loaded, "main", Details(model="c/d"))) == {"agents.entries.main.model": {"primary": "c/d"}}
    changes = told(plan_update(loaded, "ops", Details(name="Ops", model="c/d", avatar="", workspace=Path("/w"))))
    assert changes == {
        "agents.entries.ops.name": "Ops",
        "agents.entries.ops.workspace": "/w",
        "agents.entries.ops.model.primary": "c/d",
        "agents.entries.ops.identity.avatar": "",
    }
    assert told(plan_update(loaded, "ops", Details(model=""))) == {"agents.entries.ops.model": None}
    assert told(plan_update(loaded, "ops", Details())) == {}


def test_refusals(tmp_path: Path) -> None:
    """The main agent and the only one stay, strangers are unknown, and the older form is to be rewritten first."""
    two = loaded_with(tmp_path, {"main": {}, "ops": {}})
    with pytest.raises(RosterRefused, match="it is the main agent"):
        plan_removal(two, "main")
    with pytest.raises(RosterRefused, match="Unknown agent id"):
        plan_update(two, "nobody", Details())
    with pytest.raises(RosterRefused, match="already"):
        plan_addition(two, "OPS", Details())
    with pytest.raises(RosterRefused, match="it is the only agent"):
        plan_removal(loaded_with(tmp_path, {"ops": {}}), "ops")
    older = load_text(tmp_path, '{"agents": {"list": [{"id": "main"}]}}')
    with pytest.raises(RosterRefused, match="older form"):
        plan_addition(older, "new", Details())


@pytest.mark.parametrize(
    ("place", "others", "reason"),
    [
        pytest.param("state/w", [], None, id="its own"),
        pytest.param("outside", [], "it lies outside the state folder", id="outside"),
        pytest.param("state/w", ["state/w/inner"], "another agent works there", id="another works inside"),
        pytest.param("state/w", ["state"], "another agent works there", id="another works around"),
    ],
)
def test_trash(tmp_path: Path, place: str, others: list[str], reason: str | None) -> None:
    """Only a folder that is the gateway's and nobody else's is put aside."""
    folder = tmp_path / place
    folder.mkdir(parents=True)
    planned = RosterChange("ops", folder, [], [tmp_path / other for other in others])
    (tmp_path / "state").mkdir(exist_ok=True)
    moved_to, why = move_to_trash(planned, tmp_path / "state")
    assert why == reason
    assert folder.exists() == (moved_to is None)
    if moved_to is not None:
        assert moved_to.is_dir()
        assert move_to_trash(planned, tmp_path / "state") == (None, None)
