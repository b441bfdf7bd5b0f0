"""The original's reference client, `@openclaw/gateway-client`, against our gateway."""

import asyncio
import json

from tests.interop.install import ORIGINAL_FOLDER
from tests.interop.original.conftest import BIN, MAX_PROGRAM_S, Programs


async def test_reference_client(programs: Programs) -> None:
    """It streams a turn, aborts one, finds a run in flight again after a lost connection, and keeps sessions."""
    process = await asyncio.create_subprocess_exec(
        str(BIN / "node"),
        str(ORIGINAL_FOLDER / "client.mjs"),
        stdout=asyncio.subprocess.PIPE,
        env=programs.environment,
    )
    assert process.stdout is not None
    last = b"{}"
    try:
        async with asyncio.timeout(MAX_PROGRAM_S):
            async for line in process.stdout:
                if line == b"cut\n":
                    programs.relay.cut()
                last = line
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    seen = json.loads(last)
    assert seen["turn"]["text"] == "one two three"
    assert seen["turn"]["deltas"] >= 1
    assert seen["agent"] == {"accepted": ["accepted"], "status": "ok", "text": "by agent"}
    assert seen["abort"] == {"aborted": True, "isThis": True}
    assert seen["sessions"] == {"text": "in a session", "isResolved": True, "deleted": True}
    assert seen["recovery"] == {"isThis": True, "text": "half of it", "roles": ["user"]}
    assert seen["gaps"] == 0
    assert programs.relay.refused == {}
