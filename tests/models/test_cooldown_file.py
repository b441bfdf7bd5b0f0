"""Cooldowns that outlive the gateway."""

from pathlib import Path

import pytest

from openclaw_gateway.config.files import Unreadable, read_regular
from openclaw_gateway.model_errors import ModelServerError
from openclaw_gateway.models.cooldown_file import CooldownFile, read_cooldowns
from openclaw_gateway.models.cooldowns import Cooldowns


async def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """What was known when the file was closed is known to the next start, and nobody else may read it."""
    path = tmp_path / "cooldowns.json"
    cooldowns = Cooldowns(lambda: 5_000)
    file = CooldownFile(path, cooldowns)
    cooldowns.note_failure("p:default", "m", ModelServerError(""))
    cooldowns.note_failure("p:default", "n", ModelServerError(""))
    await file.close()
    await file.close()
    assert read_cooldowns(path) == cooldowns.rows
    assert path.stat().st_mode & 0o777 == 0o600


async def test_nothing_is_written_when_nothing_happened(tmp_path: Path) -> None:
    """Turns that go well leave no trace on the disk."""
    path = tmp_path / "cooldowns.json"
    cooldowns = Cooldowns(lambda: 5_000)
    file = CooldownFile(path, cooldowns)
    cooldowns.note_success("p:default", "m", ("s", "p"))
    await file.close()
    with pytest.raises(Unreadable):
        read_regular(path, 1)


async def test_a_folder_that_is_gone_ends_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A disk that cannot be written costs a warning, not a turn."""
    cooldowns = Cooldowns(lambda: 5_000)
    file = CooldownFile(tmp_path / "gone" / "cooldowns.json", cooldowns)
    cooldowns.note_failure("p:default", "m", ModelServerError(""))
    await file.close()
    assert "cannot write" in caplog.text


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"not JSON", id="no JSON"),
        pytest.param(b'{"version":1,"usageStats":{"p:default":{"cooldownUntil":"soon"}}}', id="wrong type"),
        pytest.param(b'{"version":1,"usageStats":{"p:default":{"errorCount":-5}}}', id="fewer failures than none"),
        pytest.param(b"[" * 5_000, id="too deep"),
        pytest.param(b" " * 2_000_000, id="too large"),
    ],
)
def test_a_file_that_is_none_of_ours_is_no_reason_to_fail(tmp_path: Path, content: bytes) -> None:
    """The table is a hint: a damaged one is begun anew."""
    path = tmp_path / "cooldowns.json"
    path.write_bytes(content)
    assert read_cooldowns(path) == {}
    assert read_cooldowns(tmp_path / "none.json") == {}
