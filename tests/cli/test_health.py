"""`openclaw health` against gateways in states that are hard to meet."""

from pathlib import Path

from tests.cli.command import openclaw
from tests.client.peer import CHALLENGE, Line, Peer


def test_starting_is_no_failure(tmp_path: Path) -> None:
    """A gateway that is still starting is told as such, with exit code 0."""

    def script(line: Line) -> None:
        line.say(CHALLENGE)
        details = {"reason": "startup-sidecars"}
        line.refuse(line.hear(), code="UNAVAILABLE", message="starting", retryable=True, details=details)
        line.connection.close(1013)

    with Peer(script) as peer:
        plain = openclaw(tmp_path, "health", "--url", peer.url)
        as_json = openclaw(tmp_path, "health", "--url", peer.url, "--json")
    assert (plain.code, plain.out) == (0, "starting\n")
    assert as_json.document == {"status": "starting"}


def test_answer_that_makes_no_sense(tmp_path: Path) -> None:
    """A health that is no object is a failure, not a traceback."""

    def script(line: Line) -> None:
        line.let_in()
        line.answer(line.hear(), ["fine"])

    with Peer(script) as peer:
        outcome = openclaw(tmp_path, "health", "--url", peer.url)
    assert outcome.code == 1
    assert outcome.err.startswith("error: the gateway's health cannot be read")


def test_silent_gateway_meets_the_timeout(tmp_path: Path) -> None:
    """--timeout bounds the wait for the answer, and its passing ends with 8."""

    def script(line: Line) -> None:
        line.let_in()
        line.wait_closed()

    with Peer(script) as peer:
        outcome = openclaw(tmp_path, "health", "--url", peer.url, "--timeout", "300")
    assert outcome.code == 8
    assert "did not answer health within 0.3 s" in outcome.err
