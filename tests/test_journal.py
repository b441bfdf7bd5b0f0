"""The log: complete, private, and without secrets."""

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from openclaw_gateway.journal import REDACTED, Journal, Tail, open_journal, read_tail

CANARY = "canary-secret-7f3a9c"


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "openclaw.log"


@pytest.fixture
def journal(log_file: Path) -> Iterator[Journal]:
    opened = open_journal(
        level="info", console_level="silent", file=log_file, max_file_bytes=2000, secrets=[CANARY, "", "short"]
    )
    yield opened
    opened.close()


def lines_of(journal: Journal, log_file: Path) -> list[dict[str, object]]:
    journal.close()
    return [json.loads(line) for line in log_file.read_text().splitlines()]


def test_line_has_the_form_that_the_command_line_reads(journal: Journal, log_file: Path) -> None:
    """A line is one JSON object with time, level, subsystem and message."""
    logging.getLogger("openclaw_gateway.runs.turn").warning("run %s failed", 7)
    (line,) = lines_of(journal, log_file)
    assert line["message"] == line["1"] == "run 7 failed"
    assert line["_meta"] == {"logLevelName": "WARN", "date": line["time"], "name": "runs.turn"}


@pytest.mark.parametrize(
    ("content", "is_ours"),
    [
        pytest.param("", True, id="empty"),
        pytest.param('{"_meta": {"logLevelName": "INFO"}, "time": "2026-01-01T00:00:00.000Z"}\n', True, id="a log"),
        pytest.param("export PATH=/bin\n", False, id="a script"),
        pytest.param('{"gateway": {}}\n', False, id="other JSON"),
    ],
)
def test_only_a_log_is_appended_to(
    log_file: Path, content: str, is_ours: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    """A file that is there already and is no log stays as it is, and the console says so."""
    log_file.parent.mkdir()
    log_file.write_text(content)
    opened = open_journal(level="info", console_level="info", file=log_file, max_file_bytes=2000, secrets=[])
    logging.getLogger("openclaw_gateway.x").info("$(touch me)")
    opened.close()
    assert (opened.path is not None, log_file.read_text() != content) == (is_ours, is_ours)
    assert ("is not a log of this gateway" in capfd.readouterr().err) is not is_ours


def test_level_of_the_file_holds(journal: Journal, log_file: Path) -> None:
    """What is below the level is not written."""
    logging.getLogger("openclaw_gateway.x").debug("too much")
    logging.getLogger("openclaw_gateway.x").info("enough")
    assert [line["message"] for line in lines_of(journal, log_file)] == ["enough"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"token is {CANARY}", id="known secret"),
        pytest.param(f"https://host/?key={CANARY}", id="inside an address"),
        pytest.param(f"Authorization: Bearer {CANARY}x", id="part of a bearer value"),
        pytest.param("Authorization: Bearer unknown-value-9e1d", id="bearer value nobody registered"),
        pytest.param("key sk-proj-abcdefghijklmnop1234 is wrong", id="shape of a provider's key"),
    ],
)
def test_p20_secrets_are_in_no_line(journal: Journal, log_file: Path, text: str) -> None:
    """Known secrets and what looks like one are replaced, in messages, arguments and exceptions alike."""
    logger = logging.getLogger("openclaw_gateway.x")
    logger.info("said: %s", text)
    try:
        raise ValueError(text)
    except ValueError:
        logger.exception("caught")
    journal.close()
    written = log_file.read_text()
    assert "__OPENCLAW_REDACTED__" in written
    for secret in (CANARY, "unknown-value-9e1d", "abcdefghijklmnop1234"):
        assert secret not in written


def test_files_are_private_and_bounded(journal: Journal, log_file: Path) -> None:
    """The file is 0600 in a folder 0700; past its size it rotates, and five archives are kept."""
    for number in range(200):
        logging.getLogger("openclaw_gateway.x").info("line %d", number)
    journal.close()
    files = sorted(log_file.parent.iterdir())
    assert len(files) == 6
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert log_file.parent.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_size <= 2000 for path in files)


def test_file_that_cannot_be_opened_is_no_reason_to_stop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a log file the console says so and the gateway goes on."""
    blocker = tmp_path / "file"
    blocker.write_text("")
    journal = open_journal(level="info", console_level="info", file=blocker / "log", max_file_bytes=1000, secrets=[])
    logging.getLogger("openclaw_gateway.x").info("still here")
    journal.close()
    assert journal.path is None
    assert "no log file" in (err := capsys.readouterr().err)
    assert "still here" in err


@pytest.mark.parametrize(
    ("cursor", "limit", "max_bytes", "expected"),
    [
        pytest.param(None, 10, 1000, Tail(["one", "two", "three"], 14, 18), id="all whole lines"),
        pytest.param(None, 2, 1000, Tail(["two", "three"], 14, 18, is_truncated=True), id="newest lines"),
        pytest.param(4, 10, 1000, Tail(["two", "three"], 14, 18), id="after a cursor"),
        pytest.param(14, 10, 1000, Tail([], 14, 18), id="nothing new"),
        pytest.param(None, 10, 10, Tail(["three"], 14, 18, is_truncated=True, skipped_bytes=8), id="begins at a line"),
        pytest.param(
            0, 10, 10, Tail(["three"], 14, 18, is_truncated=True, is_reset=True, skipped_bytes=8), id="too far behind"
        ),
        pytest.param(99, 10, 1000, Tail(["one", "two", "three"], 14, 18, is_reset=True), id="rotated since"),
        pytest.param(None, 10, 3, Tail([], 18, 18, is_truncated=True, skipped_bytes=15), id="inside one line"),
    ],
)
def test_tail(tmp_path: Path, cursor: int | None, limit: int, max_bytes: int, expected: Tail) -> None:
    """The end of a log comes in whole lines, bounded; a line that is being written is left for the next time."""
    path = tmp_path / "log"
    path.write_text("one\ntwo\nthree\nfour")
    assert read_tail(path, cursor, limit, max_bytes) == expected


def test_tail_of_no_file(tmp_path: Path) -> None:
    """A log that was not begun has no lines."""
    assert read_tail(tmp_path / "none", None, 10, 10) == Tail([], 0, 0)
    assert read_tail(tmp_path / "none", 5, 10, 10).is_reset


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_only_a_file_is_written(log_file: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    """A link or a pipe in the place of the log is left alone; the console says so and the gateway goes on."""
    log_file.parent.mkdir()
    target = log_file.with_name("target")
    target.touch()
    log_file.symlink_to(target) if kind == "link" else os.mkfifo(log_file)
    opened = open_journal(level="info", console_level="info", file=log_file, max_file_bytes=2000, secrets=[])
    logging.getLogger("openclaw_gateway.runs").info("hello")
    opened.close()
    assert (opened.path, target.read_text()) == (None, "")
    told = capsys.readouterr().err
    assert "no log file" in told
    assert "hello" in told


def test_the_tail_follows_no_link(tmp_path: Path) -> None:
    """What a link in the place of the log points at is not read."""
    (tmp_path / "secret").write_text("a\n")
    (tmp_path / "log").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="symbolic"):
        read_tail(tmp_path / "log", None, 10, 1000)


def test_its_own_folder_is_closed_to_others(log_file: Path) -> None:
    """A folder of logs that was left open is closed; one that a person named is left as it is."""
    for owns_folder, mode in ((False, 0o755), (True, 0o700)):
        log_file.parent.mkdir(exist_ok=True)
        log_file.parent.chmod(0o755)
        opened = open_journal(
            level="info",
            console_level="silent",
            file=log_file,
            max_file_bytes=2000,
            secrets=[],
            owns_folder=owns_folder,
        )
        opened.close()
        assert log_file.parent.stat().st_mode & 0o777 == mode


def test_levels_and_secrets_change_while_it_is_open(journal: Journal, log_file: Path) -> None:
    """After a reload other levels hold, the new secret is hidden, and the old one still is."""
    journal.adjust(level="warn", console_level="silent", secrets=["rotated-secret-0123"])
    logging.getLogger("openclaw_gateway.config").info("too low now")
    logging.getLogger("openclaw_gateway.config").warning("old %s, new %s", CANARY, "rotated-secret-0123")
    assert [line["message"] for line in lines_of(journal, log_file)] == [f"old {REDACTED}, new {REDACTED}"]
