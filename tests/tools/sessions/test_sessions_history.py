"""`sessions_history` from outside."""

from pathlib import Path
from typing import Any

from tests.tools.sessions.office import office

OWN, OTHER = "agent:main:main", "agent:main:other"


def texts(page: dict[str, Any]) -> list[str]:
    return [message["content"][0]["text"] for message in page["messages"]]


async def test_pages(tmp_path: Path) -> None:
    """The newest come first as a page in order; what is older has an offset, and a message may be the end."""
    async with office(tmp_path) as house:
        for number in range(3):
            await house.say(OTHER, f"question {number}", f"answer {number}")
        page = await house.call("sessions_history", OWN, sessionKey="other", limit=2)
        assert page["sessionKey"] == OTHER
        assert [message["role"] for message in page["messages"]] == ["user", "assistant"]
        assert texts(page) == ["question 2", "answer 2"]
        older = await house.call("sessions_history", OWN, sessionKey="other", limit=3, offset=page["nextOffset"])
        assert texts(older) == ["answer 0", "question 1", "answer 1"]
        last = await house.call("sessions_history", OWN, sessionKey="other", messageId=older["messages"][0]["id"])
        assert texts(last) == ["question 0", "answer 0"]
        assert "nextOffset" not in last
        assert (await house.call("sessions_history", OWN, sessionKey="other", offset=99))["messages"] == []


async def test_page_fits(tmp_path: Path) -> None:
    """A page is as long as the model reads, and goes on where it ended."""
    async with office(tmp_path) as house:
        for number in range(4):
            await house.say(OTHER, f"{number}" + "x" * 500)
        page = await house.call("sessions_history", OWN, sessionKey="other", max_chars=2_500)
        rest = await house.call(
            "sessions_history", OWN, sessionKey="other", offset=page["nextOffset"], max_chars=16_000
        )
        assert len(page["messages"]) + len(rest["messages"]) == 8


async def test_refusals(tmp_path: Path) -> None:
    """Another id of the session, and a message that is not there, are told."""
    async with office(tmp_path) as house:
        await house.say(OTHER)
        assert "id" in await house.refusal("sessions_history", OWN, sessionKey="other", sessionId="x")
        assert "messageId" in await house.refusal("sessions_history", OWN, sessionKey="other", messageId="x")
        assert "unknown" in await house.refusal("sessions_history", OWN, sessionKey="other", foo=1)
