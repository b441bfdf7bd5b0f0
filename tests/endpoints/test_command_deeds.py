"""What commands do through the methods."""

import pytest
from tests.commands.saying import KEY, answer
from tests.running import Running

from openclaw_gateway.endpoints.command_deeds import CommandDeeds
from openclaw_gateway.errors import InvalidRequest


async def test_patch_is_that_of_the_method(gateway: Running) -> None:
    """A value that sessions.patch would refuse is refused, and one that it takes is kept."""
    await answer(gateway, "/status")
    deeds = CommandDeeds(gateway.gateway.services)
    for changes in ({"label": "a\x1b[2J"}, {"responseUsage": "loud"}, {"nosuch": 1}):
        with pytest.raises(InvalidRequest):
            await deeds.patch(KEY, "main", changes)
    await deeds.patch(KEY, "main", {"label": "Plans"})
    assert await answer(gateway, "/name") == "This session is called 'Plans'."
