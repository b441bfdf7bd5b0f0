"""One agent turn as a client lives through it."""

from typing import Any

import pytest
from tests.client.peer import Line, Peer

from openclaw_gateway.client import AgentTurn, GatewayClient, RequestRefused, RunUnfinished


def _assistant(run_id: str, text: str, delta: str, item_id: str = "i-1") -> dict[str, Any]:
    content = {"text": text, "delta": delta, "itemId": item_id, "sessionKey": "agent:main:main"}
    return {"runId": run_id, "seq": 1, "stream": "assistant", "ts": 1, "data": content}


def _accepted(run_id: str) -> dict[str, Any]:
    return {"runId": run_id, "sessionKey": "agent:main:main", "agentId": "main", "status": "accepted", "acceptedAt": 1}


def _final(run_id: str, *texts: str) -> dict[str, Any]:
    payloads = [{"text": text, "mediaUrl": None} for text in texts]
    return {"runId": run_id, "status": "ok", "summary": "completed", "result": {"payloads": payloads, "meta": {}}}


def test_params_name_only_what_was_chosen() -> None:
    """Choices that the caller left open are not sent, so that the gateway makes them."""
    seen: list[dict[str, Any]] = []

    def script(line: Line) -> None:
        line.let_in()
        for _ in range(2):
            request = line.hear()
            seen.append(request["params"])
            line.answer(request, _final(request["params"]["idempotencyKey"], "yes"))

    with Peer(script) as peer, GatewayClient.connect(peer.url) as client:
        client.ask(AgentTurn("hi", run_id="r-1"))
        client.ask(AgentTurn("hi", agent_id="a", session_key="k", model="p/m", thinking="low", timeout_s=0, run_id="r"))
    assert seen[0] == {"message": "hi", "idempotencyKey": "r-1"}
    chosen = {"agentId": "a", "sessionKey": "k", "model": "p/m", "thinking": "low", "timeout": 0}
    assert seen[1] == {"message": "hi", "idempotencyKey": "r", **chosen}


def test_pieces_come_as_they_are_said_and_add_up_to_the_answer() -> None:
    """Each delta of this run is given once, those of other runs are not, and the final answer is returned."""

    def script(line: Line) -> None:
        line.let_in()
        request = line.hear()
        run_id = request["params"]["idempotencyKey"]
        line.answer(request, _accepted(run_id))
        line.tell("agent", _assistant(run_id, "Good", "Good"), seq=1)
        line.tell("agent", _assistant("another", "Bad", "Bad"), seq=2)
        line.tell("agent", _assistant(run_id, "Good day", " day"), seq=3)
        line.answer(request, _final(run_id, "Good day"))

    pieces: list[str] = []
    with Peer(script) as peer, GatewayClient.connect(peer.url) as client:
        answer = client.ask(AgentTurn("hi"), on_text=pieces.append)
    assert pieces == ["Good", " day"]
    assert answer.text == "Good day"


@pytest.mark.parametrize(
    ("said", "final"),
    [
        pytest.param([], "All of it", id="no event came"),
        pytest.param([("All", "i-1")], "All of it", id="the tail was lost"),
        pytest.param([("All", "i-1"), ("of it", "i-2")], "All\n\nof it", id="two items"),
    ],
)
def test_streamed_pieces_end_as_the_whole_answer(said: list[tuple[str, str]], final: str) -> None:
    """Whatever events were missed, what on_text was given adds up to the answer."""

    def script(line: Line) -> None:
        line.let_in()
        request = line.hear()
        run_id = request["params"]["idempotencyKey"]
        for number, (delta, item_id) in enumerate(said, start=1):
            line.tell("agent", _assistant(run_id, delta, delta, item_id), seq=number)
        line.answer(request, _final(run_id, final))

    pieces: list[str] = []
    with Peer(script) as peer, GatewayClient.connect(peer.url) as client:
        client.ask(AgentTurn("hi"), on_text=pieces.append)
    assert "".join(pieces) == final


def test_run_that_ends_badly() -> None:
    """A final response of another status is RunUnfinished with the run's id; an error frame is RequestRefused."""

    def script(line: Line) -> None:
        line.let_in()
        request = line.hear()
        run_id = request["params"]["idempotencyKey"]
        line.answer(request, _accepted(run_id))
        line.answer(request, {"runId": run_id, "status": "timeout", "summary": "too slow"})
        request = line.hear()
        line.answer(request, _accepted("r-2"))
        line.refuse(request, code="UNAVAILABLE", message="no credit", details={"code": "UPSTREAM_BILLING"})

    with Peer(script) as peer, GatewayClient.connect(peer.url) as client:
        with pytest.raises(RunUnfinished, match="too slow") as unfinished:
            client.ask(AgentTurn("hi", run_id="r-1"))
        assert (unfinished.value.run_id, unfinished.value.status) == ("r-1", "timeout")
        with pytest.raises(RequestRefused) as refused:
            client.ask(AgentTurn("hi", run_id="r-2"))
        assert refused.value.cause == "UPSTREAM_BILLING"


def test_interrupted_caller_stops_the_run() -> None:
    """A person who presses Ctrl-C while a turn runs ends the run too, not only the waiting."""
    stopped: list[dict[str, Any]] = []

    def script(line: Line) -> None:
        line.let_in()
        request = line.hear()
        line.tell("agent", _assistant(request["params"]["idempotencyKey"], "Good", "Good"), seq=1)
        stopped.append(line.hear())

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    with (
        Peer(script) as peer,
        pytest.raises(KeyboardInterrupt),
        GatewayClient.connect(peer.url) as client,
    ):
        client.ask(AgentTurn("hi", run_id="r-1"), on_text=interrupt)
    assert stopped[0]["method"] == "chat.abort"
    assert stopped[0]["params"] == {"sessionKey": "agent:main:main", "runId": "r-1"}
