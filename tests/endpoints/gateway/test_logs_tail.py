"""`logs.tail`: the gateway's own log, by cursor."""

import json
from pathlib import Path

import pytest
from tests.protocol_client import Refused, connected
from tests.running import Running


async def test_lines_come_once(gateway: Running, tmp_path: Path) -> None:
    """The newest lines first, then with the cursor what came since; the folder of the file is not told, nor is
    a line that no log wrote.
    """
    file = tmp_path / "gateway.log"
    one, two, three, four = [
        json.dumps({"_meta": {"logLevelName": "INFO"}, "time": "2026-01-01T00:00:00.000Z", "message": word})
        for word in ("one", "two", "three", "four")
    ]
    file.write_text(f"{one}\n{two}\n{three}\n")
    gateway.gateway.services.log_file = file
    async with connected(gateway) as client:
        first = await client.ask("logs.tail", limit=2)
        assert (first["file"], first["lines"], first["truncated"]) == ("gateway.log", [two, three], True)
        with file.open("a") as log:
            log.write(f"{four}\nexport KEY=secret\n")
        then = await client.ask("logs.tail", cursor=first["cursor"])
        assert then["lines"] == [four]
        assert then["cursor"] == then["size"] == file.stat().st_size


async def test_no_file_is_told(gateway: Running) -> None:
    """A gateway that logs to no file says so."""
    async with connected(gateway) as client:
        with pytest.raises(Refused, match="writes no log file"):
            await client.ask("logs.tail")
