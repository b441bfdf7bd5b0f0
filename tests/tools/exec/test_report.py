"""How an end is told."""

import pytest

from openclaw_gateway.tools.exec.command import CommandEnd
from openclaw_gateway.tools.exec.report import describe_end, is_failure


@pytest.mark.parametrize(
    ("end", "sentence", "is_failed"),
    [
        pytest.param(CommandEnd("exit", 0), "", False, id="success"),
        pytest.param(CommandEnd("exit", 3), "(Command exited with code 3)", False, id="code"),
        pytest.param(CommandEnd("exit", 127), "(Command exited with code 127)", True, id="no such command"),
        pytest.param(CommandEnd("signal", None, "SIGSEGV"), "(Command was ended by SIGSEGV)", True, id="signal"),
        pytest.param(CommandEnd("limit", None, why="too much"), "by the sandbox: too much)", True, id="limit"),
        pytest.param(CommandEnd("manual-cancel", None), "(Command was ended on request)", True, id="on request"),
        pytest.param(CommandEnd("overall-timeout", None), "timed out", True, id="time"),
        pytest.param(CommandEnd("spawn-error", None, why="no"), "could not be started: no", True, id="no start"),
    ],
)
def test_each_end_has_its_sentence(end: CommandEnd, sentence: str, is_failed: bool) -> None:
    """Only what did not end by itself, or never ran, is a failure."""
    assert sentence in describe_end(end)
    assert is_failure(end) is is_failed
