"""What of a message is a command."""

import pytest

from openclaw_gateway.commands.syntax import read_message
from openclaw_gateway.commands.table import BY_NAME


@pytest.mark.parametrize(
    ("text", "given", "rest"),
    [
        pytest.param("/status", [("status", "")], "", id="alone"),
        pytest.param("  /STATUS \n", [("status", "")], "", id="spaces and capitals"),
        pytest.param("/id", [("whoami", "")], "", id="alias"),
        pytest.param("/compact the plan\nand the dates", [("compact", "the plan\nand the dates")], "", id="lines"),
        pytest.param("/think high", [("think", "high")], "", id="directive alone"),
        pytest.param("/think: high", [("think", "high")], "", id="colon"),
        pytest.param("/t extra-high explain", [("think", "extra-high")], "explain", id="directive and text"),
        pytest.param("/think bogus", [("think", "bogus")], "", id="wrong word alone"),
        pytest.param(
            "/think low /verbose on\nwhy?", [("think", "low"), ("verbose", "on")], "why?", id="two directives"
        ),
        pytest.param("/model up/big -a", [("model", "up/big -a")], "", id="model with a flag"),
        pytest.param("/model opus -s", [("model", "opus -s")], "", id="alias of a model"),
        pytest.param("/model up/big hello", [("model", "up/big")], "hello", id="model and text"),
        pytest.param("/queue collect debounce:2s cap:5", [("queue", "collect debounce:2s cap:5")], "", id="queue"),
        pytest.param("/queue cap:5", [("queue", "cap:5")], "", id="queue option alone"),
        pytest.param("/reset soft", [("reset", "soft")], "", id="soft"),
        pytest.param("/reset soft go on", [("reset", "soft")], "go on", id="soft and text"),
        pytest.param("/steer to the left", [("steer", "")], "to the left", id="steer"),
        pytest.param("/approve 12ab deny", [("approve", "12ab deny")], "", id="approve"),
    ],
)
def test_command_is_read(text: str, given: list[tuple[str, str]], rest: str) -> None:
    """Names, aliases and words that belong to them are read; what is left is the agent's."""
    reading = read_message(text, BY_NAME)
    assert reading is not None
    assert [(each.command.name, each.args) for each in reading.given] == given
    assert reading.rest == rest


@pytest.mark.parametrize(
    "text",
    [
        "hi", "", "/", "//", "/etc/hosts", "/etc/hosts is what?", "/unknown", "/status please", "/help me with this",
        "/think about it", "/verbose words are bad", "/model railways are fun", "say /status", "/new/reset",
        "/statusx", "/1",
    ],
)  # fmt: skip
def test_text_is_text(text: str) -> None:
    """What only looks like a command is left as it is."""
    assert read_message(text, BY_NAME) is None


def test_directive_before_a_path() -> None:
    """Behind a directive a path is text, too."""
    reading = read_message("/think high /etc/hosts", BY_NAME)
    assert reading is not None
    assert reading.rest == "/etc/hosts"
