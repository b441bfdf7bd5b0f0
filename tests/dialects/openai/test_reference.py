"""`docs/reference/chat-completions.md` says what becomes of every field; here each row of it is tried."""

import re
from pathlib import Path

import msgspec
import pytest
from openai.types.chat.completion_create_params import CompletionCreateParamsBase

from openclaw_gateway.dialects.openai.chat_request import ChatRequest, parse_chat_request
from openclaw_gateway.dialects.openai.chat_wire import ROLES, ChatBody
from openclaw_gateway.errors import InvalidRequest

PAGE = (Path(__file__).parents[3] / "docs/reference/chat-completions.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| (read|passed on|refused) \| `(.+?)` \|", PAGE, re.MULTILINE)
BASE = {"messages": b'[{"role":"user","content":"hi"}]'}


def send(field: str, value: str) -> ChatRequest:
    fields = {**BASE, field: value.encode()}
    return parse_chat_request(b"{" + b",".join(b'"%b":%b' % (name.encode(), fields[name]) for name in fields) + b"}")


def test_every_field_has_a_row() -> None:
    """The table lists exactly the fields that the parser knows, in order of the alphabet."""
    assert [name for name, _, _ in ROWS] == sorted(ChatBody.__struct_fields__)


def test_every_field_of_the_sdk_has_a_row() -> None:
    """No field that OpenAI's own SDK can send is ignored unseen."""
    offered = {*CompletionCreateParamsBase.__annotations__, "stream"}
    assert offered - {name for name, _, _ in ROWS} == set()


@pytest.mark.parametrize(("field", "fate", "value"), [pytest.param(*row, id=row[0]) for row in ROWS])
def test_row_is_true(field: str, fate: str, value: str) -> None:
    """A field of the table is read, passed on or refused, as its row says."""
    if fate == "refused":
        with pytest.raises(InvalidRequest) as refused:
            send(field, value)
        assert refused.value.param == field
        assert refused.value.code == "unsupported_parameter"
        return
    extra = send(field, value).sampling.extra
    passed_on = {name: bytes(raw).decode() for name, raw in extra.items()}
    assert passed_on == ({field: value} if fate == "passed on" else {})


@pytest.mark.parametrize("field", [name for name, _, _ in ROWS if name != "messages"])
def test_null_is_absent(field: str) -> None:
    """Null in any optional field is the same as leaving the field out."""
    assert comparable(send(field, "null")) == comparable(parse_chat_request(b'{"messages":%b}' % BASE["messages"]))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("function_call", '"auto"'),
        ("function_call", '"none"'),
        ("functions", "[]"),
        ("logprobs", "false"),
        ("modalities", '["text"]'),
        ("n", "1"),
        ("top_logprobs", "0"),
        ("response_format", '{"type":"text"}'),
    ],
)
def test_what_asks_for_nothing_is_let_through(field: str, value: str) -> None:
    """A refused field with the value that every answer satisfies anyway is no reason to refuse."""
    assert send(field, value).sampling.extra == {}


def test_roles_are_listed() -> None:
    """Every role is on the page."""
    assert [role for role in ROLES if f"`{role}`" not in PAGE] == []


def comparable(request: ChatRequest) -> object:
    return msgspec.to_builtins(request)
