"""`openclaw agent` against a gateway that says what the test wants: what is printed, and with which code it ends."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from tests.cli.command import environment, openclaw
from tests.client.peer import CHALLENGE, Line, Peer

from openclaw_gateway.cli.agent import THINKING_LEVELS
from openclaw_gateway.config.schema.values import Thinking

Script = Callable[[Line], None]


def _take_turn(line: Line) -> dict[str, Any]:
    line.let_in()
    request = line.hear()
    accepted = {"runId": request["params"]["idempotencyKey"], "status": "accepted", "acceptedAt": 1}
    line.answer(request, accepted | {"sessionKey": "agent:main:main", "agentId": "main"})
    return request


def _delta(line: Line, request: dict[str, Any], delta: str, seq: int) -> None:
    content = {"text": delta, "delta": delta, "itemId": "i", "sessionKey": "agent:main:main"}
    run_id = request["params"]["idempotencyKey"]
    line.tell("agent", {"runId": run_id, "seq": seq, "stream": "assistant", "ts": 1, "data": content}, seq)


def _answering(*texts: str) -> Script:
    def script(line: Line) -> None:
        request = _take_turn(line)
        payloads = [{"text": text, "mediaUrl": None} for text in texts]
        run_id = request["params"]["idempotencyKey"]
        line.answer(
            request, {"runId": run_id, "status": "ok", "summary": "completed", "result": {"payloads": payloads}}
        )

    return script


def _failing(**error: object) -> Script:
    def script(line: Line) -> None:
        line.refuse(_take_turn(line), **error)

    return script


def test_stdout_is_the_answer(tmp_path: Path) -> None:
    """Plain output is the answer, a line end, and nothing else."""
    with Peer(_answering("Good day, Ä ☃")) as peer:
        outcome = openclaw(tmp_path, "agent", "--agent", "main", "--message", "hi", "--url", peer.url)
    assert (outcome.code, outcome.out, outcome.err) == (0, "Good day, Ä ☃\n", "")


def test_json_is_the_final_response(tmp_path: Path) -> None:
    """--json prints the final response of the run, one document."""
    with Peer(_answering("Good day")) as peer:
        outcome = openclaw(tmp_path, "agent", "--message", "hi", "--url", peer.url, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.document["status"] == "ok"
    assert outcome.document["result"]["payloads"][0]["text"] == "Good day"


@pytest.mark.parametrize("mode", [[], ["--stream"], ["--json"]], ids=["plain", "streamed", "json"])
def test_a_command_that_waits_is_told_on_stderr(tmp_path: Path, mode: list[str]) -> None:
    """Whoever waits for the answer reads which command waits for them, what to type, and how it was answered."""

    def script(line: Line) -> None:
        request = _take_turn(line)
        run_id = request["params"]["idempotencyKey"]
        asked = {"command": "rm -r x", "runId": run_id, "allowedDecisions": ["allow-once", "deny"]}
        _delta(line, request, "Let me", 1)
        line.tell("exec.approval.requested", {"id": "a1", "request": asked, "decision": None}, 2)
        line.tell("exec.approval.requested", {"id": "a2", "request": asked | {"runId": "of another"}}, 3)
        line.tell("exec.approval.resolved", {"id": "a1", "request": asked, "decision": "deny"}, 4)
        line.answer(request, {"runId": run_id, "status": "ok", "result": {"payloads": [{"text": "Let me"}]}})

    with Peer(script) as peer:
        outcome = openclaw(tmp_path, "agent", "--message", "hi", "--url", peer.url, *mode)
    assert outcome.code == 0
    assert outcome.err.strip().splitlines() == [
        "a command waits for your answer: rm -r x",
        "  openclaw approvals approve a1",
        "  openclaw approvals deny a1",
        *([""] if mode == ["--stream"] else []),
        "the command a1 is denied",
    ]
    assert "approv" not in outcome.out


def test_stream_is_printed_while_it_comes(tmp_path: Path) -> None:
    """--stream prints each piece when it comes, before the run has ended."""

    def script(line: Line) -> None:
        request = _take_turn(line)
        _delta(line, request, "Good ", 1)
        line.wait_closed()

    with (
        Peer(script) as peer,
        subprocess.Popen(
            [sys.executable, "-m", "openclaw_gateway", "agent", "-m", "hi", "--stream", "--url", peer.url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(tmp_path),
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.read(5) == b"Good "
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, b"\n", b"error: cancelled\n")


def test_interrupt_ends_the_run_too(tmp_path: Path) -> None:
    """Ctrl-C tells the gateway to stop the run, and exits with 130."""
    heard: list[dict[str, Any]] = []

    def script(line: Line) -> None:
        request = _take_turn(line)
        _delta(line, request, "Good ", 1)
        heard.append(line.hear())

    with (
        Peer(script) as peer,
        subprocess.Popen(
            [sys.executable, "-m", "openclaw_gateway", "agent", "-m", "hi", "--stream", "--url", peer.url],
            stdout=subprocess.PIPE,
            env=environment(tmp_path),
        ) as process,
    ):
        assert process.stdout is not None
        process.stdout.read(1)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert heard[0]["method"] == "chat.abort"
    assert heard[0]["params"]["sessionKey"] == "agent:main:main"


@pytest.mark.parametrize(
    ("number", "code"),
    [pytest.param(signal.SIGINT, 130, id="Ctrl-C"), pytest.param(signal.SIGTERM, 143, id="SIGTERM")],
)
def test_cancelled_with_json_is_one_document(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """A turn that is ended while the model is silent ends its run too, and --json tells it in one document."""
    heard: list[dict[str, Any]] = []
    accepted = threading.Event()

    def script(line: Line) -> None:
        line.let_in()
        line.hear()
        accepted.set()
        heard.append(line.hear())

    arguments = ["agent", "-m", "hi", "--agent", "ops", "--json"]
    with (
        Peer(script) as peer,
        subprocess.Popen(
            [sys.executable, "-m", "openclaw_gateway", *arguments, "--url", peer.url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(tmp_path),
        ) as process,
    ):
        assert accepted.wait(30)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (code, b"")
    document = json.loads(out)
    assert (document["ok"], document["error"]["message"], document["origin"]) == (False, "cancelled", "gateway")
    # The run had said nothing yet, so the session is named as `agent` would name it.
    assert heard[0]["method"] == "chat.abort"
    assert heard[0]["params"] == {"sessionKey": "main", "agentId": "ops", "runId": document["runId"]}


def test_reader_that_leaves_ends_the_run(tmp_path: Path) -> None:
    """When nobody reads a streamed answer any more, its run is ended."""
    heard: list[dict[str, Any]] = []
    closed = threading.Event()

    def script(line: Line) -> None:
        request = _take_turn(line)
        _delta(line, request, "Good ", 1)
        assert closed.wait(30)
        _delta(line, request, "day", 2)
        heard.append(line.hear())

    with (
        Peer(script) as peer,
        subprocess.Popen(
            [sys.executable, "-m", "openclaw_gateway", "agent", "-m", "hi", "--stream", "--url", peer.url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(tmp_path),
        ) as process,
    ):
        assert process.stdout is not None
        process.stdout.read(5)
        process.stdout.close()
        closed.set()
        assert process.wait(timeout=30) == 1
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert heard[0]["method"] == "chat.abort"


def test_thinking_levels_are_those_of_the_config() -> None:
    """The command line knows the levels that the configuration knows."""
    assert get_args(Thinking) == THINKING_LEVELS


def test_thinking_goes_with_the_message(tmp_path: Path) -> None:
    """A level that does not exist is wrong usage and lists those that do; one that does is sent."""
    wrong = openclaw(tmp_path, "agent", "-m", "hi", "--thinking", "nonsense", "--url", "ws://127.0.0.1:1")
    assert wrong.code == 2
    assert "minimal" in wrong.err

    def repeat_level(line: Line) -> None:
        request = _take_turn(line)
        payloads = [{"text": request["params"]["thinking"], "mediaUrl": None}]
        line.answer(request, {"runId": "k", "status": "ok", "summary": "completed", "result": {"payloads": payloads}})

    with Peer(repeat_level) as peer:
        answered = openclaw(tmp_path, "agent", "-m", "hi", "--thinking", "low", "--url", peer.url)
    assert (answered.code, answered.out, answered.err) == (0, "low\n", "")


def test_choice_of_an_agent_is_said_in_options(tmp_path: Path) -> None:
    """Where the protocol asks for agentId, a person is asked for --agent."""
    message = "Several agents are configured and none is the default: pass agentId, one of a, b."
    error = {"code": "INVALID_REQUEST", "message": message, "details": {"code": "AGENT_ID_REQUIRED"}}
    with Peer(_failing(**error)) as peer:
        outcome = openclaw(tmp_path, "agent", "-m", "hi", "--url", peer.url)
    assert outcome.code == 1
    assert "name it by --agent, one of a, b." in outcome.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param({"code": "UNAVAILABLE", "message": "no", "details": {"code": "QUEUE_FULL"}}, 5, id="busy"),
        pytest.param({"code": "UNAVAILABLE", "message": "no", "details": {"code": "SHUTTING_DOWN"}}, 5, id="draining"),
        pytest.param({"code": "UNAVAILABLE", "message": "no", "details": {"code": "UPSTREAM_AUTH"}}, 6, id="model key"),
        pytest.param(
            {"code": "UNAVAILABLE", "message": "no", "details": {"code": "UPSTREAM_TIMEOUT"}}, 6, id="model silent"
        ),
        pytest.param({"code": "UNAVAILABLE", "message": "no", "details": {"code": "RUN_CANCELLED"}}, 7, id="cancelled"),
        pytest.param({"code": "UNAVAILABLE", "message": "no", "details": {"code": "RUN_TIMEOUT"}}, 8, id="too slow"),
        pytest.param({"code": "FORBIDDEN", "message": "no", "details": {"code": "MISSING_SCOPE"}}, 3, id="scope"),
        pytest.param({"code": "INVALID_REQUEST", "message": "Unknown agent id"}, 1, id="unknown agent"),
        pytest.param({"code": "SOMETHING_NEW", "message": "no", "details": {"code": 7}}, 1, id="unknown cause"),
    ],
)
def test_exit_code_tells_the_cause(tmp_path: Path, error: dict[str, Any], code: int) -> None:
    """Causes that a script would treat differently end with different codes; the document carries code and run."""
    with Peer(_failing(**error)) as peer:
        outcome = openclaw(tmp_path, "agent", "--message", "hi", "--url", peer.url, "--json")
    assert outcome.code == code
    document = outcome.document
    assert document["ok"] is False
    assert document["error"]["type"] == "gateway_request_error"
    assert (document["error"]["code"], document["error"]["message"]) == (error["code"], error["message"])
    assert document["origin"] == "gateway"
    assert document["runId"]


def test_refused_at_the_door(tmp_path: Path) -> None:
    """A wrong token ends with 3 and the gateway's reason."""

    def script(line: Line) -> None:
        line.say(CHALLENGE)
        line.refuse(
            line.hear(),
            code="INVALID_REQUEST",
            message="unauthorized: gateway token mismatch",
            details={"code": "AUTH_TOKEN_MISMATCH"},
        )
        line.connection.close(1008)

    with Peer(script) as peer:
        outcome = openclaw(tmp_path, "agent", "--message", "hi", "--url", peer.url, "--token", "x" * 20)
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err == "error: unauthorized: gateway token mismatch\n"


def test_nobody_there(tmp_path: Path) -> None:
    """A gateway that does not run ends with 4, and says where it was sought."""
    outcome = openclaw(tmp_path, "agent", "--message", "hi", "--url", "ws://127.0.0.1:1")
    assert (outcome.code, outcome.out) == (4, "")
    assert "ws://127.0.0.1:1" in outcome.err


def test_connection_lost_in_the_middle_of_a_line(tmp_path: Path) -> None:
    """What was streamed stays, the line is ended, and the error has its own line on stderr."""

    def script(line: Line) -> None:
        request = _take_turn(line)
        _delta(line, request, "Good", 1)
        line.connection.close(1012, "service restart")

    with Peer(script) as peer:
        outcome = openclaw(tmp_path, "agent", "--message", "hi", "--url", peer.url, "--stream")
    assert (outcome.code, outcome.out) == (4, "Good\n")
    assert outcome.err == "error: the gateway closed the connection: 1012 service restart\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("Grüße\nzwei".encode(), "Grüße\nzwei", id="UTF-8"),
        pytest.param("\ufeffhi".encode(), "hi", id="byte order mark"),
    ],
)
@pytest.mark.parametrize("source", ["file", "stdin"])
def test_message_from_a_file(tmp_path: Path, content: bytes, message: str, source: str) -> None:
    """--message-file sends the file's text, - that of standard input."""
    heard: list[str] = []

    def script(line: Line) -> None:
        request = _take_turn(line)
        heard.append(request["params"]["message"])
        line.answer(request, {"status": "ok", "result": {"payloads": []}})

    (tmp_path / "message.txt").write_bytes(content)
    name = "message.txt" if source == "file" else "-"
    with Peer(script) as peer:
        outcome = openclaw(tmp_path, "agent", "--message-file", name, "--url", peer.url, stdin=content)
    assert outcome.code == 0
    assert heard == [message]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(None, "cannot read message.txt: No such file", id="no file"),
        pytest.param(b"", "message.txt is empty", id="empty"),
        pytest.param(b"a\xffb", "message.txt is not UTF-8: byte 1 is 0xff", id="not UTF-8"),
        pytest.param(b"x" * (4 * 1024 * 1024 + 1), "message.txt is longer than 4 MiB", id="too long"),
    ],
)
def test_message_file_that_cannot_be_sent(tmp_path: Path, content: bytes | None, complaint: str) -> None:
    """A message file that is missing, empty, not text or too long is wrong usage; nobody is asked."""
    if content is not None:
        (tmp_path / "message.txt").write_bytes(content)
    outcome = openclaw(tmp_path, "agent", "--message-file", "message.txt", "--url", "ws://127.0.0.1:1")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"error: {complaint}")
