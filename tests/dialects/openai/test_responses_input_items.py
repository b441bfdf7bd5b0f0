"""Input items as they are listed."""

import json
from typing import Any

import pytest

from openclaw_gateway.dialects.openai.responses_input_items import Page, list_items, read_page
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import (
    AssistantMessage,
    AudioPart,
    ImagePart,
    Message,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)

MESSAGES: list[tuple[int, Message]] = [
    (1, UserMessage((TextPart("see"), ImagePart("image/png", "aGk=", "low"), AudioPart("aGk=", "wav")))),
    (
        2,
        AssistantMessage(
            (ThinkingPart("x"), TextPart("a"), ToolCall("c", "lookup", "{}"), ToolCall("o", "exec", "{}"))
        ),
    ),
    (3, ToolResultMessage("c", (TextPart("42"),), "lookup")),
    (4, ToolResultMessage("o", (TextPart("secret"),), "exec")),
    (5, ToolResultMessage("c2", ())),
]


def page(**fields: Any) -> dict[str, Any]:
    listed: dict[str, Any] = json.loads(list_items(MESSAGES, frozenset({"lookup"}), Page(**fields)))
    return listed


def test_what_is_shown() -> None:
    """Messages, the caller's calls and their outputs are shown; the agent's own work and reasoning are not."""
    listed = page(is_ascending=True)
    assert [item["id"] for item in listed["data"]] == ["msg_1", "msg_2", "fc_2-0", "fco_3", "fco_5"]
    assert [part["type"] for part in listed["data"][0]["content"]] == ["input_text", "input_image", "input_audio"]
    assert listed["data"][0]["content"][1]["image_url"] == "data:image/png;base64,aGk="
    assert [item.get("output") for item in listed["data"][3:]] == ["42", ""]
    assert "secret" not in json.dumps(listed)


def test_pages() -> None:
    """Pages follow one another without gap, newest first unless asked otherwise."""
    first = page(limit=2)
    assert ([item["id"] for item in first["data"]], first["has_more"]) == (["fco_5", "fco_3"], True)
    rest = page(limit=9, after=first["last_id"])
    assert ([item["id"] for item in rest["data"]], rest["has_more"]) == (["fc_2-0", "msg_2", "msg_1"], False)
    end = page(after="msg_1")
    assert (end["data"], end["first_id"], end["last_id"]) == ([], None, None)


@pytest.mark.parametrize(
    ("query", "read"),
    [
        pytest.param("", Page(), id="nothing"),
        pytest.param("limit=100&order=asc&after=msg_1", Page(100, is_ascending=True, after="msg_1"), id="all"),
        pytest.param("limit=1&limit=2", Page(2), id="repeated"),
    ],
)
def test_query(query: str, read: Page) -> None:
    """The query says which page."""
    assert read_page(query) == read


@pytest.mark.parametrize(
    "query", ["limit=", "limit=x", "limit=0", "limit=1000", "limit=00000199", "order=up", "limit=\u0663"]
)
def test_bad_query(query: str) -> None:
    """What is no page is refused by name."""
    with pytest.raises(InvalidRequest) as refused:
        read_page(query)
    assert refused.value.param in ("limit", "order")
