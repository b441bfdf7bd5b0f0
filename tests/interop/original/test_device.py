"""The original's reference client with a device identity of its own, against our gateway."""

import json

from tests.interop.install import ORIGINAL_FOLDER
from tests.interop.original.conftest import BIN, Programs


async def test_reference_client_as_a_device(programs: Programs) -> None:
    """It asks to be paired, is approved, keeps its token and comes back with it; revoked, it is let go."""
    ended = await programs.run(str(BIN / "node"), str(ORIGINAL_FOLDER / "device.mjs"))
    assert ended.code == 0, ended.errors
    seen = json.loads(ended.output)
    assert seen["stranger"] == {"code": "PAIRING_REQUIRED", "reason": "not-paired"}
    assert seen["fetched"] == {"scopes": ["operator.read"], "token": True, "ok": True}
    assert seen["returned"] == {"scopes": ["operator.read"], "connected": True}
    assert seen["revoked"] == 1008
    assert seen["local"] == {"scopes": ["operator.read"], "token": True}


async def test_devices_command(programs: Programs) -> None:
    """The original's `openclaw devices` lists our devices; its own is one of them, since it comes as one."""
    listed = json.loads(await programs.openclaw("devices", "list", "--json"))
    assert set(listed) >= {"pending", "paired"}
