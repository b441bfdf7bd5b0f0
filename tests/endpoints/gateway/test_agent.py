"""`agent`: accepted, then what the run came to."""

import asyncio

import pytest
from tests.endpoints.gateway.conftest import Peer, peer_with

from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import RunCancelled


async def test_run_is_accepted_then_answered(peer: Peer) -> None:
    """The first response says accepted, the second of the same id carries the answer."""
    final = await peer.ask("agent", message="[[say Hello]]", idempotencyKey="k1")
    accepted = peer.frames[0]
    assert accepted["payload"]["acceptedAt"] > 0
    assert {**accepted["payload"], "acceptedAt": 0} == {
        "runId": "k1",
        "sessionKey": "agent:main:main",
        "agentId": "main",
        "status": "accepted",
        "acceptedAt": 0,
    }
    assert [frame["id"] for frame in peer.frames] == ["7", "7"]
    payload = final["payload"]
    assert (payload["runId"], payload["status"], payload["summary"]) == ("k1", "ok", "completed")
    assert payload["result"]["payloads"] == [{"text": "Hello", "mediaUrl": None}]
    meta = payload["result"]["meta"]
    assert (meta["stopReason"], meta["aborted"], meta["finalAssistantVisibleText"]) == ("stop", False, "Hello")
    assert (meta["agentMeta"]["provider"], meta["agentMeta"]["model"]) == ("demo", "scripted")


async def test_accepted_input_is_stored(peer: Peer, services: Services) -> None:
    """When accepted is sent the message is in the session already, while the model has said nothing."""
    asking = asyncio.create_task(peer.ask("agent", message="keep me [[hang]]", idempotencyKey="k1"))
    await peer.wait_frames(1)
    session = await services.store.read("agent:main:main")
    assert session is not None
    assert [entry.message.content for entry in session.path] == ["keep me [[hang]]"]
    run = services.runs.find("k1")
    assert run is not None
    run.cancel(RunCancelled("enough"))
    await asking


@pytest.mark.parametrize(
    ("params", "session_key", "agent_id"),
    [
        pytest.param({}, "agent:main:main", "main", id="nothing chosen"),
        pytest.param({"agentId": "ops"}, "agent:ops:main", "ops", id="agent"),
        pytest.param({"agentId": "OPS"}, "agent:ops:main", "ops", id="agent in capitals"),
        pytest.param({"sessionKey": "Notes"}, "agent:main:notes", "main", id="short key"),
        pytest.param({"sessionKey": "agent:ops:notes"}, "agent:ops:notes", "ops", id="key that names its agent"),
        pytest.param({"agentId": "ops", "sessionKey": "notes"}, "agent:ops:notes", "ops", id="agent and key"),
        pytest.param({"sessionId": "S1"}, "agent:main:explicit:s1", "main", id="session id"),
        pytest.param({"sessionId": "s1", "sessionKey": "notes"}, "agent:main:notes", "main", id="key before id"),
        pytest.param({"to": "+15551", "thinking": "low"}, "agent:main:main", "main", id="params without effect"),
    ],
)
async def test_selectors_choose_agent_and_session(
    peer: Peer, params: dict[str, object], session_key: str, agent_id: str
) -> None:
    """Agent and session follow from the selectors, and both are told with accepted."""
    await peer.ask("agent", message="[[say x]]", idempotencyKey="k1", **params)
    payload = peer.frames[0]["payload"]
    assert (payload["sessionKey"], payload["agentId"]) == (session_key, agent_id)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        pytest.param({"agentId": " "}, "invalid agent params: at /agentId: must not be blank", id="blank agent"),
        pytest.param({"sessionKey": ""}, "invalid agent params: at /sessionKey: must not be blank", id="blank key"),
        pytest.param({"sessionId": "\t"}, "invalid agent params: at /sessionId: must not be blank", id="blank id"),
        pytest.param({"message": " \n"}, "invalid agent params: at /message: must not be blank", id="blank message"),
        pytest.param(
            {"message": ""},
            "invalid agent params: at /message: must NOT have fewer than 1 characters",
            id="empty message",
        ),
        pytest.param(
            {"agentId": "nope"},
            'Unknown agent id "nope". Configured agents: main, ops.',
            id="unknown agent",
        ),
        pytest.param(
            {"sessionKey": "agent:nope:main"},
            'Unknown agent id "nope". Configured agents: main, ops.',
            id="key of an unknown agent",
        ),
        pytest.param(
            {"agentId": "main", "sessionKey": "agent:ops:x"},
            "`sessionKey` belongs to agent 'ops', but the request chose agent 'main'.",
            id="key of another agent",
        ),
        pytest.param(
            {"sessionKey": "agent:main:cron:x"},
            "`sessionKey` cannot use reserved internal session namespaces.",
            id="reserved key",
        ),
        pytest.param(
            {"attachments": [{"type": "image"}]},
            "invalid agent params: at /attachments/0/content: ",
            id="empty attachment",
        ),
        pytest.param(
            {"deliver": True},
            "invalid agent params: at /deliver: not supported by this gateway; leave it out",
            id="delivery",
        ),
        pytest.param(
            {"agentId": "x" * 1000},
            "invalid agent params: at /agentId: must NOT have more than 512 characters",
            id="endless agent",
        ),
        pytest.param(
            {"idempotencyKey": "k\n1"},
            "invalid agent params: at /idempotencyKey: must hold printable characters only",
            id="a line break in the key",
        ),
        pytest.param({"timeout": -1}, "invalid agent params: at /timeout: must be >= 0", id="negative timeout"),
        pytest.param({"timeout": 1e300}, "invalid agent params: at /timeout: must be integer", id="endless timeout"),
        pytest.param({"bogus": 1}, "invalid agent params: at root: unexpected property 'bogus'", id="unknown param"),
        pytest.param(
            {"expectedExistingSessionId": "s"},
            "session agent:main:main is not the one with id s any more",
            id="another session",
        ),
    ],
)
async def test_bad_params_are_refused(peer: Peer, params: dict[str, object], message: str) -> None:
    """What cannot be done is refused before anything is accepted, and no run begins."""
    answer = await peer.ask("agent", **{"message": "hi", "idempotencyKey": "k1", **params})
    assert (len(peer.frames), answer["ok"]) == (1, False)
    assert answer["error"]["message"].startswith(message)
    assert peer.services.runs.find("k1") is None


async def test_unknown_agent_has_its_detail_code(peer: Peer) -> None:
    """A client can tell an unknown agent without reading the sentence."""
    answer = await peer.ask("agent", message="hi", idempotencyKey="k1", agentId="nope")
    assert answer["error"]["details"] == {"code": "UNKNOWN_AGENT_ID", "agentId": "nope"}


@pytest.mark.parametrize(
    ("scope", "params", "missing"),
    [
        pytest.param("operator.read", {}, "operator.write", id="a reader"),
        pytest.param("operator.write", {"model": "demo/scripted"}, "operator.admin", id="a model of one's own"),
        pytest.param("operator.write", {"message": "/new"}, "operator.admin", id="a session command"),
    ],
)
async def test_scope_is_demanded(services: Services, scope: str, params: dict[str, object], missing: str) -> None:
    """Writing needs operator.write; commands and models of one's own need operator.admin."""
    writer = peer_with(services, scope)
    answer = await writer.ask("agent", **{"message": "hi", "idempotencyKey": "k1", **params})
    assert (answer["error"]["code"], answer["error"]["message"]) == ("FORBIDDEN", f"missing scope: {missing}")


async def test_failed_run_is_an_error_with_its_state(peer: Peer) -> None:
    """A run that failed after acceptance is an error that names the run, with the state beside it."""
    answer = await peer.ask("agent", message="[[error 400 nonsense]]", idempotencyKey="k1")
    assert peer.frames[0]["payload"]["status"] == "accepted"
    assert (answer["ok"], answer["error"]["details"]["runId"]) == (False, "k1")
    assert (answer["payload"]["runId"], answer["payload"]["status"]) == ("k1", "error")
    assert answer["payload"]["stopReason"] == "error"
    assert "nonsense" in answer["error"]["message"]


async def test_run_over_its_limit_is_a_timeout(peer: Peer) -> None:
    """The whole run's limit ends it with status timeout, and the error names the limit."""
    answer = await peer.ask("agent", message="[[hang]]", idempotencyKey="k1", timeout=1)
    assert (answer["ok"], answer["payload"]["status"], answer["error"]["details"]["code"]) == (
        False,
        "timeout",
        "RUN_TIMEOUT",
    )
    assert "1 s" in answer["error"]["message"]


async def test_each_run_has_its_own_limit(peer: Peer, services: Services) -> None:
    """A run with a short limit ends in time beside others whose limits are far off, before and after it."""
    limits = {"long": 3600, "short": 1, "longer": 7200}
    asking = {
        name: asyncio.create_task(
            peer.ask("agent", message="[[hang]]", idempotencyKey=name, sessionKey=name, timeout=timeout)
        )
        for name, timeout in limits.items()
    }
    answer = await asking.pop("short")
    assert answer["payload"]["status"] == "timeout"
    assert sorted(run.id for run in services.runs.live) == ["long", "longer"]
    for run in services.runs.live:
        run.cancel(RunCancelled("stopped"))
    assert {(await task)["payload"]["stopReason"] for task in asking.values()} == {"aborted"}


async def test_cancelled_run_is_told_apart(peer: Peer, services: Services) -> None:
    """Whoever waits for a run that someone ended reads that it was ended, not that it failed."""
    asking = asyncio.create_task(peer.ask("agent", message="[[hang]]", idempotencyKey="k1"))
    await peer.wait_frames(1)
    run = services.runs.find("k1")
    assert run is not None
    run.cancel(RunCancelled("stopped"))
    answer = await asking
    assert (answer["error"]["details"]["code"], answer["payload"]["stopReason"]) == ("RUN_CANCELLED", "aborted")


async def test_run_goes_on_without_its_client(peer: Peer, services: Services) -> None:
    """A client that leaves does not end the run: the gateway owns it."""
    asking = asyncio.create_task(peer.ask("agent", message="[[wait 50]][[say done]]", idempotencyKey="k1"))
    await peer.wait_frames(1)
    asking.cancel()
    result = await peer_with(services, "operator.write").ask("agent.wait", runId="k1")
    assert result["payload"]["status"] == "ok"


async def test_repeated_request_joins_its_run(services: Services) -> None:
    """The same request with the same key, asked twice at once, is one run with two readers."""
    first, second = peer_with(services, "operator.write"), peer_with(services, "operator.write")
    params = {"message": "[[wait 50]][[say once]]", "idempotencyKey": "k1"}
    answers = await asyncio.gather(first.ask("agent", **params), second.ask("agent", **params))
    assert first.frames == second.frames
    assert [answer["payload"]["result"]["payloads"][0]["text"] for answer in answers] == ["once", "once"]
    session = await services.store.read("agent:main:main")
    assert session is not None
    assert len(session.path) == 2


async def test_repeated_request_after_the_end_repeats_the_result(peer: Peer, services: Services) -> None:
    """Asked again after the run ended, the same request gives the same result and no further turn."""
    params = {"message": "[[say once]]", "idempotencyKey": "k1"}
    first = await peer.ask("agent", **params)
    again = peer_with(services, "operator.write")
    assert await again.ask("agent", **params) == first
    assert len(again.frames) == 1


async def test_key_of_another_request_is_refused(peer: Peer) -> None:
    """A key names one request: with another message it is a conflict, not the old answer and not a new run."""
    await peer.ask("agent", message="[[say once]]", idempotencyKey="k1")
    answer = await peer.ask("agent", message="[[say twice]]", idempotencyKey="k1")
    assert (answer["error"]["code"], answer["error"]["details"]) == ("INVALID_REQUEST", {"code": "CONFLICT"})


async def test_expected_session_may_be_written(peer: Peer, services: Services) -> None:
    """A caller that knows the session's id may say so."""
    await peer.ask("agent", message="[[say one]]", idempotencyKey="k1")
    session = await services.store.read("agent:main:main")
    assert session is not None
    answer = await peer.ask(
        "agent", message="[[say two]]", idempotencyKey="k2", expectedExistingSessionId=session.session_id
    )
    assert answer["payload"]["status"] == "ok"


async def test_messages_of_one_session_wait_for_each_other(services: Services) -> None:
    """Two messages to one session are two turns, the second with the first before it."""
    first, second = peer_with(services, "operator.write"), peer_with(services, "operator.write")
    await asyncio.gather(
        first.ask("agent", message="[[wait 20]][[say one]]", idempotencyKey="k1"),
        second.ask("agent", message="[[say two]]", idempotencyKey="k2"),
    )
    session = await services.store.read("agent:main:main")
    assert session is not None
    assert [entry.run_id for entry in session.path] == ["k1", "k1", "k2", "k2"]
