"""The recorded session on this machine itself; in the sandbox it is played by `make faults`."""

from pathlib import Path

from tests.recorded import ANSWERS, Played, play, recorded_gateway


def check(played: Played, repository: Path, *, shown_as: str) -> None:
    """What is promised of the session. shown_as: the repository's place as its commands know it."""
    assert played.asked == [command for command, _ in ANSWERS]
    names = [name for name, _ in played.results]
    assert names == ["exec", "read", "read", "edit", "exec", "exec"]
    first_test, _, source, edit, refusal, last_test = [text for _, text in played.results]
    assert "FAILED: 2 and 3 make 5, got -1" in first_test
    assert "(Command exited with code 1)" in first_test
    assert "$1 - $2" in source
    assert "Successfully replaced 1 block(s)" in edit
    assert "denied" in refusal
    assert last_test.strip() == f"passed in {shown_as}"
    assert played.text.startswith("The test passes")
    assert "echo $(($1 + $2))" in (repository / "total.sh").read_text()
    assert (repository / ".history" / "draft").exists()
    kinds = [event["type"] for event in played.events]
    assert (kinds.count("approval.requested"), kinds.count("approval.resolved")) == (3, 3)


async def test_agent_fixes_a_failing_test(tmp_path: Path) -> None:
    """The agent runs the test, reads, edits and runs it again; what a person allowed is done, and what a person denied
    is not.
    """
    async with recorded_gateway(tmp_path, {"mode": "off"}) as gateway:
        played = await play(gateway)
    check(played, tmp_path / "repository", shown_as=str(tmp_path / "repository"))
