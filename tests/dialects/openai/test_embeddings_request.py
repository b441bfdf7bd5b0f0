"""Bodies of POST /v1/embeddings, read or refused."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.dialects.openai.embeddings_request import MAX_INPUTS, parse_embeddings_request
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.models.embeddings import EmbeddingRequest


def parse(**fields: Any) -> EmbeddingRequest:
    return parse_embeddings_request(json.dumps({"model": "openclaw", "input": "hi", **fields}).encode()).request


@pytest.mark.parametrize(
    ("given_input", "count"),
    [
        pytest.param("hi", 1, id="text"),
        pytest.param(["a", ""], 2, id="texts"),
        pytest.param([1, 2, 3], 1, id="tokens"),
        pytest.param([[1, 2], [3]], 2, id="lists of tokens"),
        pytest.param(["x"] * MAX_INPUTS, MAX_INPUTS, id="as many as allowed"),
        pytest.param([7] * (MAX_INPUTS + 1), 1, id="one long text of tokens"),
    ],
)
def test_inputs(given_input: Any, count: int) -> None:
    """Every form of input is kept as it came, and the number of vectors that it asks for is known."""
    request = parse(input=given_input)
    assert (request.input, request.count) == (given_input, count)


def test_null_is_absent() -> None:
    """Null in an optional field is the same as leaving it out; unknown fields are ignored."""
    assert parse(dimensions=None, encoding_format=None, user=None, what=1) == parse()


def test_model_is_kept() -> None:
    """The model names the agent and is repeated in the answer."""
    assert parse_embeddings_request(b'{"model":"openclaw/ops","input":"x"}').model == "openclaw/ops"


@pytest.mark.parametrize(
    ("fields", "param", "message"),
    [
        pytest.param({"model": None}, "model", "Missing `model`.", id="no model"),
        pytest.param({"input": None}, "input", "`input` must be a string or an array of strings.", id="no input"),
        pytest.param({"input": {}}, "input", "`input` must be a string or an array of strings.", id="object"),
        pytest.param({"input": [1.5]}, "input", "`input` must be a string or an array of strings.", id="fractions"),
        pytest.param({"input": [[["x"]]]}, "input", "`input` must be a string or an array of strings.", id="deep"),
        pytest.param({"input": ""}, "input", "`input` must contain at least one non-empty string.", id="empty text"),
        pytest.param({"input": []}, "input", "`input` must contain at least one non-empty string.", id="empty batch"),
        pytest.param({"input": [""]}, "input", "`input` must contain at least one non-empty string.", id="all empty"),
        pytest.param({"input": [[]]}, "input", "`input` must contain at least one non-empty string.", id="no tokens"),
        pytest.param(
            {"input": ["a", 1]}, "input", "`input` must not mix strings, tokens and lists of tokens.", id="mixed"
        ),
        pytest.param(
            {"input": ["a"] * 2049}, "input", "`input` may hold at most 2048 entries, got 2049.", id="too many"
        ),
        pytest.param(
            {"dimensions": 0}, "dimensions", "dimensions: Too small: expected number to be >0", id="no dimension"
        ),
        pytest.param(
            {"dimensions": "2"},
            "dimensions",
            "dimensions: Invalid input: expected number, received string",
            id="dimensions as text",
        ),
        pytest.param(
            {"encoding_format": "hex"},
            "encoding_format",
            "`encoding_format` must be `float` or `base64`.",
            id="unknown encoding",
        ),
        pytest.param({"user": 1}, "user", "user: Invalid input: expected string, received number", id="user"),
    ],
)
def test_refused(fields: Any, param: str, message: str) -> None:
    """A bad field is named, in the original's words where it has some."""
    with pytest.raises(InvalidRequest) as refused:
        parse(**fields)
    assert (refused.value.param, refused.value.message) == (param, message)


@given(st.binary(max_size=40) | st.from_regex(r'\{"model":"m","input":[\[\]{}",0-9a\\u]{0,20}\}').map(str.encode))
def test_hostile_bytes(body: bytes) -> None:
    """Whatever the bytes are, the answer is an order or InvalidRequest."""
    with suppress(InvalidRequest):
        assert parse_embeddings_request(body).request.count > 0
