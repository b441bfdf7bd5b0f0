"""Bodies into structs, and complaints into sentences."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openclaw_gateway.dialects.openai.json_body import MAX_DEPTH, decode_body, decode_field, refuse_deep
from openclaw_gateway.errors import InvalidRequest


class Leaf(msgspec.Struct):
    size: int
    label: str | None = None


class Tree(msgspec.Struct):
    is_green: bool | None = None
    leaves: list[Leaf] = []
    rest: msgspec.Raw = msgspec.Raw(b"null")


DECODER = msgspec.json.Decoder(Tree)


def refuse(body: bytes) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as refused:
        decode_body(DECODER, body)
    return refused.value


@pytest.mark.parametrize(
    ("body", "param", "message"),
    [
        pytest.param(b"[]", None, ": Invalid input: expected object, received array", id="array"),
        pytest.param(b"null", None, ": Invalid input: expected object, received null", id="null"),
        pytest.param(b'"x"', None, ": Invalid input: expected object, received string", id="string"),
        pytest.param(
            b'{"is_green":"yes"}', "is_green", "is_green: Invalid input: expected boolean, received string", id="field"
        ),
        pytest.param(
            b'{"leaves":[{"size":1},{"size":"2"}]}',
            "leaves[1].size",
            "leaves[1].size: Invalid input: expected number, received string",
            id="inside a list",
        ),
        pytest.param(
            b'{"leaves":[{}]}',
            "leaves[0].size",
            "leaves[0].size: Invalid input: expected a value, received undefined",
            id="missing",
        ),
        pytest.param(
            b'{"leaves":[{"size":1,"label":2}]}',
            "leaves[0].label",
            "leaves[0].label: Invalid input: expected string, received number",
            id="optional",
        ),
    ],
)
def test_wrong_value_is_named(body: bytes, param: str | None, message: str) -> None:
    """A value of the wrong type is refused with its path, what was expected and what came."""
    error = refuse(body)
    assert (error.param, error.message) == (param, message)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b" \n", "empty", id="blank"),
        pytest.param(b"\xef\xbb\xbf{}", "byte order mark", id="byte order mark"),
        pytest.param(b'{"is_green":NaN}', "near byte 12", id="NaN"),
        pytest.param(b'{"rest":Infinity}', "near byte 8", id="Infinity, passed on"),
        pytest.param(b'{"other":-Infinity}', "near byte 10", id="Infinity, ignored"),
        pytest.param(b'{"rest":1}{}', "near byte 11", id="two values"),
        pytest.param(b'{"rest":1,}', "near byte 10", id="trailing comma"),
        pytest.param(b'{"rest":{"a":', "ends before", id="cut"),
        pytest.param(b'{"rest":"\\ud800"}', "surrogate", id="lone surrogate"),
        pytest.param(b'{"\\udc00":1}', "near byte 8", id="lone surrogate in a name"),
        pytest.param(b'{"rest":"\xff"}', "byte 9", id="not UTF-8, passed on"),
        pytest.param(b'{"other":"\xc0\xaf"}', "byte 10", id="not UTF-8, ignored"),
        pytest.param(b'{"rest":"\x00"}', "near byte 9", id="NUL"),
        pytest.param(b'{"other":' + b"[" * 100_000, "nested too deeply", id="abyss"),
        pytest.param(b'{"other":' + b'{"a":' * 100_000, "nested too deeply", id="abyss of objects"),
        pytest.param(b"\x1f\x8b\x08\x00", "byte 1 is not", id="gzip"),
    ],
)
def test_malformed_body_is_refused(body: bytes, words: str) -> None:
    """What is not JSON in UTF-8 is refused with the place, in our own words."""
    error = refuse(body)
    assert error.message.startswith("Invalid JSON: ")
    assert words in error.message
    assert (error.code, error.param) == ("invalid_json", None)


def test_last_of_two_keys_counts() -> None:
    """Of two equal keys the last one counts."""
    assert decode_body(DECODER, b'{"is_green":true,"is_green":false}').is_green is False


def test_number_out_of_range_is_refused() -> None:
    """A number that no float can hold is refused by name."""
    with pytest.raises(InvalidRequest, match=r"^heat: Invalid input: the value is out of range$") as refused:
        decode_field(msgspec.json.Decoder(float), msgspec.Raw(b"1e999"), "heat")
    assert refused.value.param == "heat"


def test_field_of_a_field_is_named() -> None:
    """A complaint about a field that was kept as text is told with the whole path."""
    with pytest.raises(InvalidRequest) as refused:
        decode_field(msgspec.json.Decoder(list[Leaf]), msgspec.Raw(b'[{"size":null}]'), "forest")
    assert refused.value.param == "forest[0].size"


def nest(depth: int, *, text: str = "") -> msgspec.Raw:
    value: object = text
    for _ in range(depth // 2):
        value = {text: ["]}", value, "{["]}
    return msgspec.Raw(json.dumps(value).encode())


@pytest.mark.parametrize("text", ["", "}" * 200, "]{" * 200, '\\"[{' * 100, "\u6f22{"])
def test_depth_is_measured_exactly(text: str) -> None:
    """The limit on depth counts nesting, not brackets inside strings."""
    refuse_deep(nest(MAX_DEPTH, text=text), "schema")
    with pytest.raises(InvalidRequest, match="64 levels") as refused:
        refuse_deep(nest(MAX_DEPTH + 2, text=text), "schema")
    assert refused.value.param == "schema"


def test_wide_is_not_deep() -> None:
    """Many brackets side by side are no reason to refuse."""
    refuse_deep(msgspec.Raw(json.dumps([{"a": [1]}] * 1000).encode()), "schema")


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_surprise(body: bytes) -> None:
    """Whatever the bytes are, the answer is a struct or InvalidRequest."""
    try:
        decode_body(DECODER, body)
    except InvalidRequest as error:
        assert error.message  # noqa: PT017  (both outcomes are fine, a third is not)
