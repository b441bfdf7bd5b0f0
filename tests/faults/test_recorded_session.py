"""The recorded session in the sandbox of bubblewrap."""

from pathlib import Path

from tests.recorded import play, recorded_gateway
from tests.test_recorded_session import check

from openclaw_gateway.config.schema import Sandbox
from openclaw_gateway.tools.sandbox.probe import find_fault


async def test_agent_fixes_a_failing_test_in_the_sandbox(tmp_path: Path) -> None:
    """The same answers and the same result as outside, with the repository at the sandbox's own place."""
    fault = find_fault(Sandbox(mode="all", backend="bubblewrap"))
    assert not fault, fault
    sandbox = {"mode": "all", "backend": "bubblewrap", "workspaceAccess": "rw"}
    async with recorded_gateway(tmp_path, sandbox) as gateway:
        played = await play(gateway)
    check(played, tmp_path / "repository", shown_as="/workspace")
