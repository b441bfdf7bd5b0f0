"""The files of a workspace as part of the prompt."""

from openclaw_gateway.agents.project_context import MAX_USER_CHARS, ContextFile, write_project_context


def write(*files: ContextFile, max_chars: int = 20_000, max_total_chars: int = 60_000) -> str:
    return write_project_context(files, max_chars=max_chars, max_total_chars=max_total_chars)


def test_files_stand_under_their_paths_in_order() -> None:
    """Each file is shown under its path; blank ones are passed over, without any there is no section."""
    text = write(
        ContextFile("AGENTS.md", "/w/AGENTS.md", "Rules.\n"),
        ContextFile("SOUL.md", "/w/SOUL.md", " \n"),
        ContextFile("USER.md", "/w/USER.md", "Ada."),
    )
    assert text.endswith("### /w/AGENTS.md\nRules.\n\n### /w/USER.md\nAda.")
    assert "SOUL" not in text
    assert write(ContextFile("SOUL.md", "/w/SOUL.md", "\n")) == ""


def test_long_file_keeps_beginning_and_end() -> None:
    """A file above its share is cut in the middle, says so there, and is named once in front."""
    text = write(ContextFile("AGENTS.md", "/w/AGENTS.md", "first " + "x" * 30_000 + " last"), max_chars=1_000)
    assert "first xx" in text
    assert text.endswith("xx last")
    assert "[… 30011 characters in all; the middle of AGENTS.md is left out …]" in text
    assert text.count("Not shown whole: AGENTS.md.") == 1
    assert len(text.split("### /w/AGENTS.md\n")[1]) <= 1_000


def test_all_together_are_bounded() -> None:
    """What the first files took is not there for the last."""
    text = write(
        ContextFile("AGENTS.md", "/w/AGENTS.md", "a" * 800),
        ContextFile("SOUL.md", "/w/SOUL.md", "s" * 800),
        max_total_chars=900,
    )
    assert "a" * 800 in text
    assert "[SOUL.md: 800 characters, left out]" in text


def test_user_file_is_bounded_by_itself() -> None:
    """USER.md never takes more than its own bound, whatever the config says."""
    text = write(ContextFile("USER.md", "/w/USER.md", "u" * 10_000))
    assert len(text.split("### /w/USER.md\n")[1]) <= MAX_USER_CHARS


def test_missing_file_is_one_line() -> None:
    """A file that ought to be there is told as missing."""
    assert write(ContextFile("SOUL.md", "/w/SOUL.md", None)).endswith(
        "### /w/SOUL.md\n[missing: this file was here when the workspace was set up]"
    )
