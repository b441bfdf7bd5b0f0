"""Params of `agent`: what is known, what is refused, what is a command."""

import msgspec
import pytest

from openclaw_gateway.endpoints.gateway.agent_params import AgentParams, check_params, is_session_command
from openclaw_gateway.errors import InvalidRequest

MESSAGE = {"message": "hi", "idempotencyKey": "k"}


def parse(**params: object) -> AgentParams:
    return msgspec.json.decode(msgspec.json.encode({**MESSAGE, **params}), type=AgentParams)


@pytest.mark.parametrize(
    ("message", "is_command"),
    [
        ("/new", True),
        ("/reset", True),
        ("/RESET and more", True),
        ("/new\nmore", True),
        ("/newer", False),
        (" /new", False),
        ("what does /new do", False),
    ],
)
def test_session_commands_are_told_from_words(message: str, is_command: bool) -> None:
    """Only a message that begins with the very command is one."""
    assert is_session_command(message) is is_command


@pytest.mark.parametrize(
    ("params", "ref"),
    [
        ({}, None),
        ({"model": "gpt"}, "gpt"),
        ({"model": "fake/one"}, "fake/one"),
        ({"provider": "fake", "model": "one"}, "fake/one"),
    ],
)
def test_model_is_named_with_or_without_its_provider(params: dict[str, object], ref: str | None) -> None:
    """Provider and model make one reference."""
    assert parse(**params).model_ref == ref


@pytest.mark.parametrize(
    ("params", "key"),
    [
        ({"cwd": "/tmp"}, "cwd"),
        ({"deliver": True}, "deliver"),
        ({"internalEvents": [{}]}, "internalEvents"),
        ({"modelRun": True}, "modelRun"),
        ({"sessionEffects": "internal"}, "sessionEffects"),
        ({"suppressPromptPersistence": True}, "suppressPromptPersistence"),
        ({"swarmCollector": True}, "swarmCollector"),
        ({"swarmOutputSchema": {}}, "swarmOutputSchema"),
        ({"provider": "fake"}, "provider"),
    ],
)
def test_what_has_no_part_here_is_refused_by_name(params: dict[str, object], key: str) -> None:
    """A param that would change the answer is not passed over in silence."""
    with pytest.raises(InvalidRequest) as caught:
        check_params(parse(**params))
    assert caught.value.param == key


@pytest.mark.parametrize(
    "params",
    [
        {"attachments": [], "deliver": False, "promptMode": "full", "sessionEffects": "visible"},
        {"thinking": "high", "lane": "main", "label": "x", "channel": "webchat", "bestEffortDeliver": True},
        {"sessionKey": None, "model": None, "inputProvenance": {"kind": "external_user"}},
    ],
)
def test_params_that_ask_for_nothing_are_taken(params: dict[str, object]) -> None:
    """What the original's own clients send with every message is no reason to refuse it."""
    check_params(parse(**params))
