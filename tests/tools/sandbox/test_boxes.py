"""Which session is confined, and where its folder is."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from openclaw_gateway.config.schema import Sandbox
from openclaw_gateway.tools.sandbox.boxes import find_box_place, has_one_place, is_sandboxed, scope_name

WORKSPACE, STATE = Path("/w"), Path("/s")


def sandbox(**keys: Any) -> Sandbox:
    """As the config says it."""
    return msgspec.convert(keys, Sandbox)


@pytest.mark.parametrize(
    ("mode", "key", "is_confined"),
    [
        pytest.param("off", "agent:a:main", False, id="off"),
        pytest.param("all", "agent:a:main", True, id="all"),
        pytest.param("non-main", "agent:a:main", False, id="main is not"),
        pytest.param("non-main", "agent:a:chat", True, id="another is"),
        pytest.param("non-main", "agent:b:main", True, id="main of another agent is"),
    ],
)
def test_the_mode_says_which_sessions(mode: str, key: str, is_confined: bool) -> None:
    """Off, all, or all but the agent's main session."""
    assert is_sandboxed(sandbox(mode=mode), "a", key) is is_confined


@pytest.mark.parametrize(
    ("keys", "folder", "is_writable"),
    [
        pytest.param({}, "/s/sandboxes/agent-a", True, id="none: a folder of its own"),
        pytest.param({"workspaceAccess": "ro"}, "/w", False, id="ro"),
        pytest.param({"workspaceAccess": "rw"}, "/w", True, id="rw"),
        pytest.param({"scope": "shared"}, "/s/sandboxes/shared", True, id="shared"),
        pytest.param({"workspaceRoot": "/boxes"}, "/boxes/agent-a", True, id="elsewhere"),
    ],
)
def test_the_access_says_which_folder(keys: dict[str, Any], folder: str, is_writable: bool) -> None:
    """The folder is shown as /workspace, and nobody leaves it."""
    place = find_box_place(sandbox(mode="all", backend="bubblewrap", **keys), "a", "agent:a:x", WORKSPACE, STATE)
    assert (str(place.folder), place.is_writable, place.shown_as, place.is_contained) == (
        folder, is_writable, "/workspace", True,
    )  # fmt: skip


@pytest.mark.parametrize("mode", ["off", "non-main", "all"])
@pytest.mark.parametrize("access", ["none", "ro"])
@pytest.mark.parametrize("scope", ["session", "agent"])
def test_one_place_is_said_of_those_that_have_one(mode: str, access: str, scope: str) -> None:
    """Whoever is said to have one place has the same confinement and folder in every session."""
    box = sandbox(mode=mode, backend="bubblewrap", workspaceAccess=access, scope=scope)
    keys = ("agent:a:main", "agent:a:x", "agent:a:y", "")
    seen = {
        find_box_place(box, "a", key, WORKSPACE, STATE).folder if is_sandboxed(box, "a", key) else None for key in keys
    }
    assert has_one_place(box) is (len(seen) == 1)


def test_no_two_share_a_folder_by_accident() -> None:
    """Whatever is in a key, its folder is one file name, and its own."""
    keys = ["agent:a:x", "agent:a:X", "agent:a:../x", "agent:a:x/y", "agent:a:x:y", "agent:b:x", "agent:a:" + "x" * 300]
    names = [scope_name(sandbox(scope="session"), "a", key) for key in keys]
    agents = [scope_name(sandbox(), agent, "k") for agent in ("a", "A", "../a", "a/b", "shared")]
    assert len({*names, *agents, "shared"}) == len(names) + len(agents) + 1
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_") and len(name) < 80 for name in names + agents)
