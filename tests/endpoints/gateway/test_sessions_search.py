"""`sessions.search` over the protocol."""

from collections.abc import AsyncIterator

import pytest
from tests.protocol_client import ProtocolClient, Refused, connected
from tests.running import Running


@pytest.fixture
async def client(gateway: Running) -> AsyncIterator[ProtocolClient]:
    """A client of a gateway where `one` and `two` were asked about harbours."""
    for name in ("one", "two"):
        reply = await gateway.chat(f"the harbour of {name}", headers={"x-openclaw-session-key": name})
        assert reply.status_code == 200
    async with connected(gateway) as connection:
        yield connection


async def test_hits_lead_to_messages(client: ProtocolClient) -> None:
    """A hit names session and message, and the message can be read by that."""
    told = await client.ask("sessions.search", query="harbour one")
    (hit,) = told["results"]
    assert (hit["sessionKey"], hit["role"], hit["snippet"]) == ("agent:main:one", "user", "the harbour of one")
    assert set(hit) == {"sessionKey", "sessionId", "messageId", "role", "timestamp", "snippet", "score"}
    read = await client.ask("chat.message.get", sessionKey="one", messageId=hit["messageId"])
    assert read["message"]["content"] == "the harbour of one"


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        pytest.param({}, ["one", "two"], id="everywhere"),
        pytest.param({"sessionKeys": ["two"]}, ["two"], id="in some sessions"),
        pytest.param({"agentId": "main"}, ["one", "two"], id="of an agent"),
    ],
)
async def test_search_is_narrowed(client: ProtocolClient, params: dict[str, object], expected: list[str]) -> None:
    """Sessions and agents choose where to look; what was left out is told."""
    told = await client.ask("sessions.search", query="harbour", **params)
    assert sorted(hit["sessionKey"].removeprefix("agent:main:") for hit in told["results"]) == expected
    assert "truncated" not in told
    if len(expected) > 1:
        first = await client.ask("sessions.search", query="harbour", limit=1, **params)
        assert (len(first["results"]), first["truncated"]) == (1, True)


@pytest.mark.parametrize(
    "params",
    [
        pytest.param({"query": ""}, id="no query"),
        pytest.param({"query": "x", "limit": 26}, id="too many"),
        pytest.param({"query": "x", "sessionKeys": []}, id="nowhere"),
        pytest.param({"query": "x", "agentId": "nobody"}, id="unknown agent"),
    ],
)
async def test_bad_params(client: ProtocolClient, params: dict[str, object]) -> None:
    """What cannot be searched for is refused."""
    with pytest.raises(Refused, match=r"invalid|Unknown"):
        await client.ask("sessions.search", **params)
