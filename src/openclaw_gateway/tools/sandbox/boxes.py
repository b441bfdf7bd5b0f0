"""Which sandbox a session has: its folder, its name in it, and whether it has one at all. Pure."""

import re
from hashlib import sha256
from pathlib import Path

from openclaw_gateway.config.schema.sandbox import Sandbox
from openclaw_gateway.tools.place import Place
from openclaw_gateway.tools.sandbox.bubblewrap import WORKSPACE


def is_sandboxed(sandbox: Sandbox, agent_id: str, session_key: str) -> bool:
    """Whether the tools of a session are confined."""
    if sandbox.mode == "non-main":
        return session_key != f"agent:{agent_id}:main"
    return sandbox.mode == "all"


def has_one_place(sandbox: Sandbox) -> bool:
    """Whether the tools of all sessions of an agent work in the same place."""
    if sandbox.mode == "all":
        return sandbox.workspace_access != "none" or sandbox.scope != "session"
    return sandbox.mode == "off"


def find_box_place(sandbox: Sandbox, agent_id: str, session_key: str, workspace: Path, state_dir: Path) -> Place:
    """The place of a session that is confined. A folder under the state is made when a tool first needs it.

    With workspaceAccess "none" it is a folder of the sandbox alone, else the workspace itself, "ro" or "rw".
    """
    folder = workspace
    if sandbox.workspace_access == "none":
        root = Path(sandbox.workspace_root).expanduser() if sandbox.workspace_root else state_dir / "sandboxes"
        folder = root / scope_name(sandbox, agent_id, session_key)
    workdir = sandbox.docker.workdir if sandbox.backend == "docker" else WORKSPACE
    is_writable = sandbox.workspace_access != "ro"
    return Place(folder, workdir, is_contained=True, is_writable=is_writable, sandbox=sandbox)


def scope_name(sandbox: Sandbox, agent_id: str, session_key: str) -> str:
    """Who shares a folder, as a file name: keys hold what a file name may not, and case must not make two of one."""
    match sandbox.scope:
        case "shared":
            return "shared"
        case "agent":
            return f"agent-{_plain(agent_id)}"
        case "session":
            return f"session-{_plain(session_key.removeprefix(f'agent:{agent_id}:'))}-{_digest(session_key)}"


def _plain(text: str) -> str:
    plain = re.sub(r"[^a-z0-9_-]+", "-", text.lower())[:40]
    return plain if plain == text else f"{plain}-{_digest(text)}"


def _digest(text: str) -> str:
    return sha256(text.encode(errors="replace")).hexdigest()[:10]
