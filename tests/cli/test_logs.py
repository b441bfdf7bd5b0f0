"""`openclaw logs`: from the gateway while it runs, from its file when it does not."""

import json
import subprocess
import sys
from pathlib import Path

from tests.cli.command import environment, openclaw
from tests.cli.home import demo_gateway, write_config
from tests.client.peer import Line, Peer

ENTRY = {
    "0": '{"subsystem": "runs"}',
    "message": "a run \x1b[31mended",
    "time": "2026-01-02T03:04:05.678Z",
    "_meta": {"logLevelName": "WARN", "name": "runs"},
}


def test_running_gateway_is_asked(tmp_path: Path) -> None:
    """With --json there is one object a line: about the file first, then one for each line of the log."""
    with demo_gateway(tmp_path):
        outcome = openclaw(tmp_path, "logs", "--json", "--limit", "5")
    documents = [json.loads(line) for line in outcome.out.splitlines()]
    assert (outcome.code, documents[0]["type"], documents[0]["sourceKind"]) == (0, "meta", "file")
    assert documents[0]["file"].startswith("openclaw-")
    assert all(document["type"] == "log" for document in documents[1:])


def test_file_is_read_when_the_gateway_is_down(tmp_path: Path) -> None:
    """The newest file is read instead, with a note; escape sequences in it do not reach the terminal."""
    write_config(tmp_path)
    folder = tmp_path / ".openclaw" / "logs"
    folder.mkdir()
    (folder / "openclaw-2026-01-01.log").write_text("old\n")
    (folder / "openclaw-2026-01-02.log").write_text(f"{json.dumps(ENTRY)}\nno JSON\n")
    outcome = openclaw(tmp_path, "logs", "--utc")
    assert outcome.out == "2026-01-02T03:04:05.678Z warn [runs] a run ?[31mended\nno JSON\n"
    assert "does not run" in outcome.err
    documents = [json.loads(line) for line in openclaw(tmp_path, "logs", "--json").out.splitlines()]
    assert documents[1]["level"] == "warn"
    assert documents[2] == {"type": "log", "message": "no JSON", "raw": "no JSON"}
    assert openclaw(tmp_path, "logs", "--port", "1").code == 4


def test_no_file_and_no_gateway(tmp_path: Path) -> None:
    """Where there is neither, the gateway's silence is the failure."""
    write_config(tmp_path)
    assert openclaw(tmp_path, "logs").code == 4


def test_follow(tmp_path: Path) -> None:
    """--follow asks from the cursor on, connects anew after a lost connection, and ends with the gateway's refusal."""
    cursors = []

    def script(line: Line) -> None:
        line.let_in()
        for _ in range(2):
            request = line.hear()
            cursors.append(request["params"].get("cursor"))
            if len(cursors) == 4:
                line.refuse(request, code="NOT_FOUND", message="no log file any more")
                line.wait_closed()
                return
            lines = [f"line {len(cursors)}"]
            line.answer(request, {"file": "a.log", "cursor": 10 * len(cursors), "size": 99, "lines": lines})
        line.connection.close(1012)

    with Peer(script) as peer:
        ended = subprocess.run(
            [sys.executable, "-m", "openclaw_gateway", "logs", "--follow", "--interval", "1", "--url", peer.url],
            capture_output=True,
            timeout=60,
            check=False,
            cwd=tmp_path,
            env=environment(tmp_path),
        )
    assert (ended.returncode, ended.stdout) == (1, b"line 1\nline 2\nline 3\n")
    assert cursors == [None, 10, 20, 30]
    assert b"trying again" in ended.stderr
    assert b"no log file any more" in ended.stderr
