"""`session_status` from outside."""

from pathlib import Path

from tests.tools.sessions.office import office

OWN, OTHER = "agent:main:main", "agent:main:other"


async def test_card(tmp_path: Path) -> None:
    """The card tells time, model, context and messages of this session, or of another one."""
    async with office(tmp_path) as house:
        await house.say(OWN)
        await house.say(OTHER)
        status = await house.call("session_status", OWN)
        card = status.pop("statusText").split("\n")
        version = status.pop("stateVersion")
        assert status == {"ok": True, "sessionKey": OWN, "agentId": "main", "changedModel": False}
        assert card[0].startswith("Time: ")
        assert card[1:4] == [f"Session: {OWN}", "Model: up/tiny", "Context: 18 of 32000 tokens (0 %)"]
        assert card[4].startswith("Messages: 2, last used ")
        assert card[5] == "Run: done"
        assert (await house.call("session_status", OWN, sessionKey="other"))["sessionKey"] == OTHER
        assert (await house.call("session_status", OWN, changesSince=version))["changed"] is False
        assert (await house.call("session_status", OWN, changesSince=0))["changed"] is True


async def test_session_that_is_not_stored_has_a_card(tmp_path: Path) -> None:
    """A session that nobody will come back to may ask about itself."""
    async with office(tmp_path) as house:
        status = await house.call("session_status", "agent:main:openai:1")
        assert "Messages: 0" in status["statusText"]


async def test_model_is_chosen_and_cleared(tmp_path: Path) -> None:
    """The next turn of the session asks the chosen model, until it is cleared; an unknown one is refused."""
    async with office(tmp_path) as house:
        await house.say(OWN)
        assert "nope" in await house.refusal("session_status", OWN, model="nowhere/nope")
        chosen = await house.call("session_status", OWN, model="up/tiny")
        assert chosen["changedModel"] is True
        assert "Model: up/tiny (chosen for this session)" in chosen["statusText"]
        assert house.running.gateway.services.runs.chosen_models == {OWN: "up/tiny"}
        assert "chosen" not in (await house.call("session_status", OWN, model="default"))["statusText"]
        assert house.running.gateway.services.runs.chosen_models == {}
        assert "stored" in await house.refusal("session_status", "agent:main:openai:1", model="up/tiny")
