"""What a model's server answers to a request for vectors, read or refused."""

import base64
import json
import struct
from typing import Any

import pytest

from openclaw_gateway.models.embeddings import EmbeddingRequest, Embeddings, read_answer, write_request
from openclaw_gateway.models.http_connection import UpstreamTrouble


def packed(*numbers: float) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


def answer(*rows: Any, **fields: Any) -> bytes:
    return json.dumps(
        {"data": [row if isinstance(row, dict) else {"embedding": row} for row in rows], **fields}
    ).encode()


def read(body: bytes, *, count: int = 1, **fields: Any) -> Embeddings:
    return read_answer(body, EmbeddingRequest(["text"] * count, **fields))


def test_silence_is_not_sent() -> None:
    """What the caller left out is not in the body."""
    assert json.loads(write_request("m", EmbeddingRequest("hi"))) == {"model": "m", "input": "hi"}


def test_numbers_pass_as_they_were_written() -> None:
    """No digit of a vector changes on its way."""
    body = b'{"data":[{"index":0,"embedding":[ 0.10000000000000001,-2e-7,\n3]}],"usage":{"prompt_tokens":1}}'
    assert [bytes(vector) for vector in read(body).vectors] == [b"[ 0.10000000000000001,-2e-7,\n3]"]


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_encodings_convert_both_ways(encoding: Any) -> None:
    """Numbers become base64 and base64 becomes numbers, whichever was asked for."""
    wanted: Any = packed(0.5, -3) if encoding == "base64" else [0.5, -3.0]
    for sent in ([0.5, -3], packed(0.5, -3)):
        (vector,) = read(answer(sent), encoding=encoding).vectors
        assert json.loads(bytes(vector)) == wanted


def test_order_is_that_of_the_inputs() -> None:
    """Vectors are put in order by index; a server that numbers them wrongly is taken to have kept the order."""
    swapped = answer({"embedding": [2], "index": 1}, {"embedding": [1], "index": 0})
    assert [json.loads(bytes(vector)) for vector in read(swapped, count=2).vectors] == [[1], [2]]
    twice = answer({"embedding": [1], "index": 0}, {"embedding": [2], "index": 0})
    assert [json.loads(bytes(vector)) for vector in read(twice, count=2).vectors] == [[1], [2]]


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        pytest.param({"prompt_tokens": 9, "total_tokens": 9}, (9, 9, False), id="counted"),
        pytest.param({"prompt_tokens": 9}, (9, 9, False), id="half counted"),
        pytest.param(None, (1, 1, True), id="not counted"),
        pytest.param({"prompt_tokens": -1}, (1, 1, True), id="less than nothing"),
        pytest.param({"prompt_tokens": "9"}, (1, 1, True), id="no number"),
    ],
)
def test_usage(usage: Any, tokens: tuple[int, int, bool]) -> None:
    """What the server counted is told; what it did not is estimated, and said to be."""
    found = read(answer([1], usage=usage))
    assert (found.prompt_tokens, found.total_tokens, found.estimated) == tokens


@pytest.mark.parametrize("encoding", ["float", "base64", None])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>", id="page"),
        pytest.param(b"[]", id="list"),
        pytest.param(b'{"data":null}', id="null"),
        pytest.param(b"\xff{}", id="no UTF-8"),
        pytest.param(answer(), id="no vector"),
        pytest.param(answer([1], [2]), id="too many vectors"),
        pytest.param(answer([]), id="empty vector"),
        pytest.param(answer(""), id="empty text"),
        pytest.param(answer(["1"]), id="texts"),
        pytest.param(answer([[1]]), id="nested"),
        pytest.param(answer([True]), id="truths"),
        pytest.param(answer([None]), id="nulls"),
        pytest.param(answer(1), id="number"),
        pytest.param(answer(None), id="null vector"),
        pytest.param(answer("AAAA"), id="three bytes"),
        pytest.param(answer("AAA"), id="bad padding"),
        pytest.param(answer("!!!!!!!!"), id="not base64"),
        pytest.param(answer("\u00e4"), id="not ASCII"),
        pytest.param(b'{"data":[{"embedding":[NaN]}]}', id="NaN"),
    ],
)
def test_broken_answers_are_not_passed_on(body: bytes, encoding: Any) -> None:
    """Anything but one vector of numbers for each input is trouble with the server."""
    with pytest.raises(UpstreamTrouble):
        read(body, encoding=encoding)


def test_numbers_that_are_none() -> None:
    """Base64 of NaN and infinity has no form in JSON, and a number can be too large for base64."""
    for hostile in (packed(float("nan")), packed(float("inf"))):
        with pytest.raises(UpstreamTrouble):
            read(answer(hostile), encoding="float")
    with pytest.raises(UpstreamTrouble):
        read(answer([1e300]), encoding="base64")
