"""The words of the system prompt."""

from datetime import UTC, datetime

from openclaw_gateway.agents.system_prompt import (
    PromptParts,
    write_dynamic_part,
    write_identity_line,
    write_stable_part,
)
from openclaw_gateway.tools.tool_names import GROUPS, PROFILES

# All that the coding profile can hold.
CODING = {
    name for pattern in PROFILES["coding"] for name in GROUPS.get(pattern, (pattern,)) if not name.startswith("group:")
}


def test_prompt_of_an_agent_with_all_tools_is_short() -> None:
    """With every tool of the coding profile and no files it has less than 8,000 characters."""
    assert len(write_stable_part(PromptParts("OpenClaw", CODING, "/home/ada/.openclaw/workspace"))) < 4_000


def test_order_of_sections() -> None:
    """What holds for all comes first, the files last."""
    text = write_stable_part(
        PromptParts("Ada", {"exec", "memory_search"}, "/w", context="## Files of your workspace", skills="## Skills")
    )
    places = [
        text.index(part)
        for part in (
            "You are Ada,", "## How to work", "## Tools", "## Safety", "## Skills", "## Memory", "`/w`",
            "## Files of your workspace",
        )
    ]  # fmt: skip
    assert places == sorted(places)


def test_agent_without_tools_is_told_how_to_talk_only() -> None:
    """Nothing is said of tools, folders and times to an agent that has none of them."""
    text = write_stable_part(PromptParts("Ada", context="### /w/SOUL.md\nkind"))
    assert text.startswith("You are Ada,")
    assert text.endswith("### /w/SOUL.md\nkind")
    assert len(text) < 320
    assert "tool" not in text.lower()


def test_nothing_is_said_of_what_is_not_there() -> None:
    """A sentence about a tool is there only for who has it."""
    text = write_stable_part(PromptParts("Ada", {"read"}, "/w"))
    assert not any(name in text for name in ("exec", "apply_patch", "memory_search", "sessions_send", "BOOTSTRAP"))


def test_minimal_prompt_has_no_memories() -> None:
    """The minimal form leaves out what is between the agent and its owner."""
    full, minimal = (
        write_stable_part(PromptParts("Ada", {"memory_search"}, "/w", is_minimal=is_minimal))
        for is_minimal in (False, True)
    )
    assert "## Memory" in full
    assert "## Memory" not in minimal


def test_identity_line() -> None:
    """The shortest prompt is one line."""
    assert write_identity_line("Ada") == "You are Ada, a personal agent that answers through the OpenClaw Gateway."


def test_dynamic_part_changes_with_the_day() -> None:
    """It tells day, zone and model, and no time of day."""
    morning, evening = (datetime(2026, 11, 20, hour, 15, tzinfo=UTC) for hour in (8, 20))
    text = write_dynamic_part(morning, "Europe/Berlin", "up/tiny")
    assert "Friday, 2026-11-20, time zone Europe/Berlin" in text
    assert "up/tiny" in text
    assert write_dynamic_part(evening, "Europe/Berlin", "up/tiny") == text
