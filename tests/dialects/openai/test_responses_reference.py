"""`docs/reference/responses.md` says what becomes of every field; here each row of it is tried."""

import re
from pathlib import Path

import msgspec
import pytest
from openai.types.responses.response_create_params import ResponseCreateParamsBase

from openclaw_gateway.dialects.openai.responses_request import ResponsesRequest, parse_responses_request
from openclaw_gateway.dialects.openai.responses_wire import ResponsesBody
from openclaw_gateway.errors import InvalidRequest

PAGE = (Path(__file__).parents[3] / "docs/reference/responses.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| (read|repeated|passed on|refused) \| `(.+?)` \|", PAGE, re.MULTILINE)
BASE = {"model": b'"openclaw"', "input": b'"hi"'}


def send(field: str, value: str) -> ResponsesRequest:
    fields = {**BASE, field: value.encode()}
    return parse_responses_request(
        b"{" + b",".join(b'"%b":%b' % (name.encode(), fields[name]) for name in fields) + b"}"
    )


def comparable(request: ResponsesRequest) -> object:
    return msgspec.structs.replace(request, body=ResponsesBody()), request.make_terms(None)


def test_every_field_has_a_row() -> None:
    """The table lists exactly the fields that the parser knows, in order of the alphabet."""
    assert [name for name, _, _ in ROWS] == sorted(ResponsesBody.__struct_fields__)


def test_every_field_of_the_sdk_has_a_row() -> None:
    """No field that OpenAI's own SDK can send is unknown."""
    offered = {*ResponseCreateParamsBase.__annotations__, "stream"}
    assert offered - {name for name, _, _ in ROWS} == set()


@pytest.mark.parametrize(("field", "fate", "value"), [pytest.param(*row, id=row[0]) for row in ROWS])
def test_row_is_true(field: str, fate: str, value: str) -> None:
    """A field of the table is read, repeated, passed on or refused, as its row says."""
    if fate == "refused":
        with pytest.raises(InvalidRequest) as refused:
            send(field, value)
        assert (refused.value.param, refused.value.code) == (field, "unsupported_parameter")
        return
    request = send(field, value)
    if fate == "passed on":
        assert {name: bytes(raw).decode() for name, raw in request.sampling.extra.items()} == {field: value}
    elif fate == "repeated":
        echo = msgspec.json.decode(bytes(request.make_terms(None).echo))
        assert echo[field] == msgspec.json.decode(value)
        assert not request.sampling.extra


@pytest.mark.parametrize("field", [name for name, _, _ in ROWS if name not in BASE])
def test_null_is_absent(field: str) -> None:
    """Null in any optional field is the same as leaving the field out."""
    assert comparable(send(field, "null")) == comparable(send("model", '"openclaw"'))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("context_management", "[]"),
        ("include", '["reasoning.encrypted_content"]'),
        ("text", "{}"),
        ("top_logprobs", "0"),
        ("stream_options", '{"include_obfuscation":false}'),
    ],
)
def test_values_that_ask_for_nothing(field: str, value: str) -> None:
    """Values that SDKs send without meaning anything by them are let through."""
    assert not send(field, value).sampling.extra
