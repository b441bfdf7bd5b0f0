"""What file tools may not touch of the gateway."""

from pathlib import Path

import pytest

from openclaw_gateway.tools.closed import Closed


@pytest.mark.parametrize(
    ("path", "is_closed"),
    [
        pytest.param("/proc/1/environ", True, id="what a process was given"),
        pytest.param("/proc/12/task/34/environ", True, id="the same of a thread"),
        pytest.param("/proc/cpuinfo", False, id="what is of the machine"),
    ],
)
def test_processes_are_closed(tmp_path: Path, path: str, is_closed: bool) -> None:
    """No file tool shows the environment of the gateway, in which its keys may be."""
    assert Closed(tmp_path).holds(path, str(tmp_path)) is is_closed


@pytest.mark.parametrize(
    ("path", "folder", "is_closed"),
    [
        pytest.param("state", "state/workspace", True, id="the state itself"),
        pytest.param("state/exec-approvals.json", "state/workspace", True, id="what is allowed to commands"),
        pytest.param("state/state/paired-devices.json", "elsewhere", True, id="devices"),
        pytest.param("STATE/Exec-Approvals.json", "elsewhere", True, id="on a disk without case"),
        pytest.param("etc/openclaw.json", "etc", True, id="a config elsewhere, inside of the workspace"),
        pytest.param("link.json", "elsewhere", False, id="a name of the config that was not walked"),
        pytest.param("state/workspace/a", "state/workspace", False, id="the usual workspace"),
        pytest.param("state/workspace-b/a", "state/workspace", False, id="another agent's"),
        pytest.param("state/workspaces/a.json", "state/workspace", True, id="what is like one by name"),
        pytest.param("state/skills/x/SKILL.md", "elsewhere", False, id="a skill that prompts name"),
        pytest.param("state/sandboxes/one/a", "state/sandboxes/one", False, id="a sandbox's own folder"),
        pytest.param("state/sandboxes/two/a", "state/sandboxes/one", True, id="another sandbox's"),
        pytest.param("state/openclaw.json", "state", True, id="a workspace that is the state"),
        pytest.param("state/openclaw.json", ".", True, id="a workspace around the state"),
        pytest.param("statement", "elsewhere", False, id="a neighbour"),
    ],
)
def test_what_belongs_to_the_gateway(tmp_path: Path, path: str, folder: str, is_closed: bool) -> None:
    """The state and the config are closed, except for workspaces, skills and the folder of the session itself."""
    (tmp_path / "real").mkdir()
    (tmp_path / "state").symlink_to("real")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "openclaw.json").write_text("{}")
    (tmp_path / "link.json").symlink_to("etc/openclaw.json")
    closed = Closed(tmp_path / "state", (tmp_path / "link.json",))
    walked = path.replace("state/", "real/", 1) if path.startswith("state/") else path.replace("STATE", "REAL")
    walked = "real" if walked == "state" else walked
    assert closed.holds(str(tmp_path / walked), str(tmp_path / folder)) is is_closed
