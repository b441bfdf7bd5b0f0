"""`sessions_search` from outside."""

from pathlib import Path

from tests.tools.sessions.office import office

OWN, OTHER = "agent:main:main", "agent:main:other"


async def test_hits(tmp_path: Path) -> None:
    """A hit names session, message, speaker and time, with the words around; one session can be chosen."""
    async with office(tmp_path) as house:
        await house.say(OWN, "bread is baked")
        await house.say(OTHER, "bread is eaten", "Bread indeed.")
        (hit,) = (await house.call("sessions_search", OWN, query="baked"))["results"]
        assert set(hit) == {"sessionKey", "sessionId", "messageId", "role", "timestamp", "snippet", "score"}
        assert (hit["sessionKey"], hit["role"], hit["snippet"]) == (OWN, "user", "bread is baked")
        hits = (await house.call("sessions_search", OWN, query="bread", sessionKey="other"))["results"]
        assert {(row["sessionKey"], row["role"]) for row in hits} == {(OTHER, "user"), (OTHER, "assistant")}
        assert len((await house.call("sessions_search", OWN, query="bread", limit=1))["results"]) == 1
        assert (await house.call("sessions_search", OWN, query="xyzzy"))["results"] == []
        assert len((await house.call("sessions_search", OWN, query="bread", max_chars=500))["results"]) < 3
