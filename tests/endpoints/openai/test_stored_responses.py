"""`/v1/responses/{id}` and what is below it: who sees a response, and what becomes of it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest
from tests.responding import LOOKUP, responding
from tests.running import TOKEN, Running
from tests.sse import parse_events
from tests.upstream import HANG, Answer, Upstream

from openclaw_gateway.sessions.response import StoredResponse

Sdk = openai.AsyncOpenAI


@pytest.fixture
async def running(tmp_path: Path, upstream: Upstream) -> AsyncIterator[tuple[Running, Sdk]]:
    async with responding(tmp_path, upstream) as both:
        yield both


@pytest.fixture
def sdk(running: tuple[Running, Sdk]) -> Sdk:
    return running[1]


@pytest.fixture
def gateway(running: tuple[Running, Sdk]) -> Running:
    return running[0]


async def test_deleted_response_is_gone(sdk: Sdk) -> None:
    """A deleted response is found no more, neither by its id nor to go on from."""
    response = await sdk.responses.create(model="openclaw", input="hi")
    await sdk.responses.delete(response.id)
    for call in (sdk.responses.retrieve, sdk.responses.delete, sdk.responses.cancel, sdk.responses.input_items.list):
        with pytest.raises(openai.NotFoundError, match="not found"):
            await call(response.id)


async def test_deleting_ends_the_run(sdk: Sdk, gateway: Running, upstream: Upstream) -> None:
    """A response that is deleted while it grows is not paid for any longer."""
    upstream.say("part", HANG)
    begun = await sdk.responses.create(model="openclaw", input="hi", background=True)
    await upstream.wait_requests()
    reply = await gateway.http.delete(f"/v1/responses/{begun.id}")
    assert reply.json() == {"id": begun.id, "object": "response", "deleted": True}
    await upstream.wait_cut()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("GET", "", id="retrieve"),
        pytest.param("GET", "?stream=true", id="events"),
        pytest.param("DELETE", "", id="delete"),
        pytest.param("POST", "/cancel", id="cancel"),
        pytest.param("GET", "/input_items", id="input items"),
    ],
)
async def test_response_of_another_credential_is_not_there(gateway: Running, method: str, path: str) -> None:
    """What another credential made looks as if it did not exist."""
    run_id = "01890000-0000-7000-8000-000000000000"
    store = gateway.gateway.services.store.responses
    await store.add(StoredResponse(run_id, "agent:main:x", "main", "mallory", 1, b'{"echo":{}}'))
    reply = await gateway.http.request(method, f"/v1/responses/resp_{run_id}{path}")
    assert reply.status_code == 404
    assert await store.find(run_id, "mallory") is not None


async def test_deleting_needs_the_scope_to_write(tmp_path: Path, upstream: Upstream) -> None:
    """Who may only read can look at a response and cannot delete it."""
    changes: dict[str, Any] = {
        "mode": "local",
        "auth": {"mode": "none"},
        "http": {"endpoints": {"chatCompletions": {"enabled": True}, "responses": {"enabled": True}}},
    }
    async with responding(tmp_path, upstream, gateway=changes) as (gateway, sdk):
        response = await sdk.responses.create(model="openclaw", input="hi")
        headers = {"x-openclaw-scopes": "operator.read"}
        path = f"/v1/responses/{response.id}"
        assert (await gateway.http.get(path, headers=headers)).status_code == 200
        refused = await gateway.http.delete(path, headers=headers)
        assert refused.status_code == 403
        assert refused.json()["error"]["message"] == "missing scope: operator.write"


async def test_finished_response_streams_again(sdk: Sdk, upstream: Upstream) -> None:
    """The events of a response that is over can be read again; behind a number its end comes, which holds all."""
    upstream.say("Good ", "evening.")
    response = await sdk.responses.create(model="openclaw", input="hi")
    whole = [event async for event in await sdk.responses.retrieve(response.id, stream=True)]
    assert [event.sequence_number for event in whole] == list(range(len(whole)))
    assert whole[-1].type == "response.completed"
    assert whole[-1].response == response
    (end,) = [event async for event in await sdk.responses.retrieve(response.id, stream=True, starting_after=7)]
    assert (end.type, end.sequence_number) == ("response.completed", 8)


async def test_number_behind_the_last_event(sdk: Sdk, gateway: Running) -> None:
    """Of a response that is over, and whose events are kept, a number that none of them had is refused."""
    stream = await sdk.responses.create(model="openclaw", input="hi", background=True, stream=True)
    last = [event async for event in stream][-1]
    assert last.type == "response.completed"
    path = f"/v1/responses/{last.response.id}?stream=true&starting_after="
    rest = await gateway.http.get(f"{path}{last.sequence_number}")
    assert (rest.status_code, [event.data for event in parse_events(rest.text)]) == (200, ["[DONE]"])
    beyond = await gateway.http.get(f"{path}{last.sequence_number + 1}")
    assert (beyond.status_code, beyond.json()["error"]["param"]) == (400, "starting_after")


async def test_input_items_in_pages(sdk: Sdk, upstream: Upstream) -> None:
    """What a response was made from can be listed in either order and in pages; nothing of its own output is there."""
    upstream.plan(Answer(("Let me see.",)))
    first = await sdk.responses.create(model="openclaw", input="hi")
    upstream.call("lookup", "{}")
    second = await sdk.responses.create(
        model="openclaw", input="what is x", tools=[LOOKUP], previous_response_id=first.id
    )
    output = {"type": "function_call_output", "call_id": "call_1", "output": "42"}
    third = await sdk.responses.create(model="openclaw", input=[output], tools=[LOOKUP], previous_response_id=second.id)
    items = [item async for item in sdk.responses.input_items.list(third.id, order="asc", limit=2)]
    assert [item.type for item in items] == [
        "message", "message", "message", "function_call", "function_call_output",
    ]  # fmt: skip
    newest_first = [item async for item in sdk.responses.input_items.list(third.id)]
    assert newest_first == items[::-1]
    assert [item.type async for item in sdk.responses.input_items.list(first.id)] == ["message"]


@pytest.mark.parametrize(
    ("path", "param"),
    [
        pytest.param("?stream=true&starting_after=x", "starting_after", id="no number"),
        pytest.param("/input_items?limit=0", "limit", id="limit of nothing"),
        pytest.param("/input_items?limit=101", "limit", id="limit too large"),
        pytest.param("/input_items?order=up", "order", id="no order"),
        pytest.param("/input_items?after=msg_0", "after", id="no such item"),
        pytest.param("?" + "&".join("a=b" for _ in range(30)), None, id="endless query"),
    ],
)
async def test_bad_query_is_refused(sdk: Sdk, gateway: Running, path: str, param: str | None) -> None:
    """A query that makes no sense is a 400 that names the parameter."""
    response = await sdk.responses.create(model="openclaw", input="hi")
    reply = await gateway.http.get(f"/v1/responses/{response.id}{path}")
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == param


@pytest.mark.parametrize("name", ["resp_", "resp_nope", "msg_1", "%00", "resp_'; DROP TABLE response"])
async def test_unknown_id_is_404(gateway: Running, name: str) -> None:
    """An id that is none is answered as one that is not there, or refused."""
    reply = await gateway.http.get(f"/v1/responses/{name}", headers={"authorization": f"Bearer {TOKEN}"})
    assert reply.status_code in (400, 404)
    assert reply.json()["error"]["type"] == "invalid_request_error"
