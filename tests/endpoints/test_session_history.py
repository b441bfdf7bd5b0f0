"""`GET /sessions/{key}/history`: what is stored of a session, for whoever may read."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.running import Running, config_for, running_gateway, texts_of
from tests.upstream import Upstream


async def talk(gateway: Running, key: str, turns: int = 1) -> None:
    for turn in range(turns):
        reply = await gateway.chat(f"question {turn}", headers={"x-openclaw-session-key": key})
        assert reply.status_code == 200


@pytest.mark.parametrize("key", ["talk", "agent:main:talk", "Talk", "agent%3Amain%3Atalk"])
async def test_every_spelling_of_a_key(gateway: Running, key: str) -> None:
    """Short, full, any case, percent-encoded: it is the same session, told by its full key."""
    await talk(gateway, "talk")
    reply = await gateway.http.get(f"/sessions/{key}/history")
    assert reply.status_code == 200
    assert reply.json()["sessionKey"] == "agent:main:talk"
    assert texts_of(reply.json()["items"]) == [("user", "question 0"), ("assistant", "Hello.")]


@pytest.mark.parametrize("key", ["a/b", "k\u00e4se", "100% sure?", "a b#c", "x/history"])
async def test_odd_keys(gateway: Running, key: str) -> None:
    """A key with slashes, letters of any script or signs of URLs is found in its percent-encoded form."""
    reply = await gateway.chat("hi", user=key)
    stored = f"agent:main:openai-user:{key}"
    assert reply.status_code == 200
    found = await gateway.http.get(f"/sessions/{quote(stored, safe='')}/history")
    assert found.json()["sessionKey"] == stored


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        pytest.param("", 6, id="all"),
        pytest.param("?limit=2", 2, id="newest"),
        pytest.param("?limit=1000", 6, id="most"),
        pytest.param("?limit=9&limit=1", 1, id="last word"),
        pytest.param("?other=1", 6, id="other parameter"),
    ],
)
async def test_limit(gateway: Running, query: str, shown: int) -> None:
    """The newest messages are shown, oldest first."""
    await talk(gateway, "talk", turns=3)
    reply = await gateway.http.get(f"/sessions/talk/history{query}")
    items = reply.json()["items"]
    assert len(items) == shown
    assert texts_of(items)[-1] == ("assistant", "Hello.")


@pytest.mark.parametrize(
    "limit", ["0", "1001", "-1", "x", "", "1.5", "1e2", "0005001", "\u0661", "%00", "9" * 5000, "00000000001"]
)
async def test_bad_limit(gateway: Running, limit: str) -> None:
    """A limit that is no number from 1 to 1000 is 400 naming it."""
    reply = await gateway.http.get(f"/sessions/talk/history?limit={limit}")
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, "limit")


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("nosuch", id="unknown"),
        pytest.param("agent:nobody:main", id="unknown agent"),
        pytest.param("agent:", id="malformed"),
        pytest.param("subagent:x", id="reserved"),
        pytest.param("agent:main:agent:main:x", id="key in a key"),
        pytest.param("x" * 2000, id="endless"),
        pytest.param("' OR 1=1 --", id="SQL"),
        pytest.param("../../etc/passwd", id="path"),
    ],
)
async def test_no_such_session(gateway: Running, key: str) -> None:
    """A key that names no session is 404 in the original's form, whatever is wrong with it, and makes none."""
    reply = await gateway.http.get(f"/sessions/{quote(key, safe='')}/history")
    assert reply.status_code == 404
    assert reply.json() == {"ok": False, "error": {"type": "not_found", "message": f"Session not found: {key}"}}
    assert await gateway.gateway.services.store.list_sessions() == []


@pytest.mark.parametrize("key", ["%ff", "%00", "a%0d%0ab", "%e2%80%a8", "%ed%a0%80"])
async def test_hostile_bytes(gateway: Running, key: str) -> None:
    """Control characters and bytes that are no UTF-8 are refused."""
    assert (await gateway.http.get(f"/sessions/{key}/history")).status_code == 400


@pytest.mark.parametrize(
    ("scopes", "status"),
    [("operator.read", 404), ("operator.write", 404), ("operator.talk", 403), ("", 403)],
)
async def test_scope(tmp_path: Path, upstream: Upstream, scopes: str, status: int) -> None:
    """Reading takes operator.read, which operator.write includes."""
    config: Any = config_for(upstream)
    config["gateway"]["auth"] = {"mode": "none"}
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        reply = await gateway.http.get("/sessions/talk/history", headers={"x-openclaw-scopes": scopes})
    assert reply.status_code == status


async def test_no_credential(gateway: Running) -> None:
    """Without a credential nothing is told, not even whether the session is there."""
    reply = await gateway.http.get("/sessions/talk/history", headers={"authorization": ""})
    assert reply.status_code == 401
