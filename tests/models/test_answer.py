"""From the bytes of an answer to a reply or to what is wrong with it."""

import json

import pytest
from tests.models.feeding import feed
from tests.models.recorded import STREAMS, chunks, delta, fragment, message_events

from openclaw_gateway.messages import TextPart
from openclaw_gateway.model_errors import (
    ModelAnswerEmpty,
    ModelAnswerTooLarge,
    ModelError,
    ModelProtocolError,
    ModelRefused,
    ModelUnreachable,
)
from openclaw_gateway.models.answer import AnswerReader, ErrorInStream
from openclaw_gateway.models.http_connection import UpstreamTrouble
from openclaw_gateway.models.openai_stream import OpenAiStream


@pytest.mark.parametrize(("form", "stream"), STREAMS.values(), ids=STREAMS.keys())
def test_every_split_of_a_recorded_stream_gives_the_same_reply(form: str, stream: bytes) -> None:
    """However the network cuts a stream, the reply and what was said are the same."""
    whole = feed(form, [stream])
    assert feed(form, [stream[place : place + 1] for place in range(len(stream))]) == whole
    for place in range(1, len(stream)):
        assert feed(form, [stream[:place], stream[place:]]) == whole


@pytest.mark.parametrize(("form", "stream"), STREAMS.values(), ids=STREAMS.keys())
def test_a_stream_cut_anywhere_is_no_answer(form: str, stream: bytes) -> None:
    """A connection lost before the finish reason is told as lost, wherever it happens."""
    finish_at = stream.rindex(b"finish_reason" if form == "openai" else b"stop_reason")
    for place in range(finish_at):
        with pytest.raises(UpstreamTrouble) as caught:
            feed(form, [stream[:place]], is_whole=False)
        assert caught.value.kind in {ModelUnreachable, ModelAnswerEmpty}, place


HELLO = chunks(delta(content="Hello"), delta("stop"))

ACCEPTED = [
    pytest.param("openai", chunks(delta(content="Hello"), delta("stop"), done=False), True, id="no [DONE]"),
    pytest.param("openai", chunks(delta(content="Hello"), delta("stop"), done=False), False, id="cut after the finish"),
    pytest.param("openai", chunks(delta(content="Hello")), True, id="no finish reason, but a proper end"),
    pytest.param("openai", chunks(delta("stop", content="Hello")), True, id="finish in the same chunk"),
    pytest.param("openai", chunks(delta(content="Hello"), delta("eos")), True, id="unknown finish reason"),
    pytest.param("openai", chunks(delta(content="Hello"), delta("tool_calls")), True, id="tool_calls without a call"),
    pytest.param("openai", HELLO.replace(b"\n", b"\r\n"), True, id="CR LF"),
    pytest.param("openai", b"\xef\xbb\xbf" + HELLO, True, id="byte order mark"),
    pytest.param("openai", b": wait\n\n" * 50 + HELLO, True, id="comments first"),
    pytest.param("openai", HELLO[:-1], True, id="last line end missing"),
    pytest.param("openai", HELLO + chunks(delta(content="more")), True, id="chunks after [DONE]"),
    pytest.param("openai", b"data: \n\n" + HELLO, True, id="empty event"),
    pytest.param(
        "openai", json.dumps({"choices": [{"message": {"content": "Hello"}}]}).encode(), True, id="JSON, not a stream"
    ),
    pytest.param(
        "openai", chunks({"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}), True, id="message"
    ),
    pytest.param("openai", chunks(delta(content=[{"type": "text", "text": "Hello"}]), delta("stop")), True, id="parts"),
    pytest.param("openai", chunks(delta(refusal="Hello"), delta("stop")), True, id="refusal text"),
    pytest.param(
        "anthropic",
        json.dumps({"type": "message", "content": [{"type": "text", "text": "Hello"}]}).encode(),
        True,
        id="message as JSON",
    ),
]


@pytest.mark.parametrize(("form", "body", "is_whole"), ACCEPTED)
def test_a_sloppy_server_is_understood(form: str, body: bytes, *, is_whole: bool) -> None:
    """Deviations that leave no doubt about the answer are tolerated."""
    fed = feed(form, [body], is_whole=is_whole)
    assert (fed.parts, fed.finish, fed.said) == ((TextPart("Hello"),), "stop", [("text", "Hello")])


REFUSED = [
    pytest.param(b"", True, ModelAnswerEmpty, "no content", id="empty body"),
    pytest.param(b"  \n", True, ModelAnswerEmpty, "no content", id="blank body"),
    pytest.param(chunks(delta("stop")), True, ModelAnswerEmpty, "empty", id="no text"),
    pytest.param(chunks(delta(reasoning="hm"), delta("stop")), True, ModelAnswerEmpty, "empty", id="only reasoning"),
    pytest.param(b": wait\n\n", True, ModelUnreachable, "cut off", id="comments only"),
    pytest.param(chunks(delta(content="a")), False, ModelUnreachable, "cut off", id="[DONE] into an open body"),
    pytest.param(chunks(delta(content="a"), done=False), True, ModelUnreachable, "cut off", id="no finish at all"),
    pytest.param(b'{"choices": [', False, ModelUnreachable, "cut off", id="half a JSON answer"),
    pytest.param(b'{"choices": [', True, ModelProtocolError, "JSON", id="broken JSON answer"),
    pytest.param(b"<html>hi</html>", True, ModelProtocolError, "web page", id="web page"),
    pytest.param(b"data: {nope\n\n", True, ModelProtocolError, "event", id="no JSON in an event"),
    pytest.param(b'data: {"choices": 7}\n\n', True, ModelProtocolError, "event", id="wrong type"),
    pytest.param(b"data: " + b"[" * 100_000 + b"\n\n", True, ModelProtocolError, "event", id="deep nesting"),
    pytest.param(b'data: {"usage":' + b"[" * 100_000 + b"\n\n", True, ModelProtocolError, "event", id="deep field"),
    pytest.param(b"x" * 2_000_000, True, ModelAnswerTooLarge, "event", id="endless line"),
    pytest.param(b'{"choices":[' + b"{}," * 300_000 + b"{}]}", True, ModelAnswerTooLarge, "objects", id="many objects"),
    pytest.param(b"{" + b" " * 9_000_000, True, ModelAnswerTooLarge, "JSON", id="endless JSON"),
    pytest.param(chunks(delta("content_filter", content="a")), True, ModelRefused, "refused", id="content filter"),
    pytest.param(
        chunks(fragment('{ "a"', call_id="c", name="look"), delta("tool_calls")),
        True,
        ModelProtocolError,
        "middle of the arguments",
        id="arguments cut off",
    ),
    pytest.param(
        chunks(fragment("{}", call_id="c"), delta("tool_calls")), True, ModelProtocolError, "naming", id="nameless call"
    ),
]


@pytest.mark.parametrize(("body", "is_whole", "kind", "words"), REFUSED)
def test_what_is_no_answer_is_an_error(body: bytes, kind: type[ModelError], words: str, *, is_whole: bool) -> None:
    """Nothing, half of something, and something else are told apart and never passed on as an answer."""
    with pytest.raises(UpstreamTrouble, match=words) as caught:
        feed("openai", [body[place : place + 65536] for place in range(0, len(body), 65536)], is_whole=is_whole)
    assert caught.value.kind is kind


@pytest.mark.parametrize(
    ("form", "body"),
    [
        pytest.param("openai", chunks({"error": {"message": "boom", "code": 502}}), id="error key"),
        pytest.param("openai", chunks({**delta("error"), "error": {"message": "boom"}}), id="error beside choices"),
        pytest.param("openai", b'event: error\ndata: {"message":"boom"}\n\n', id="error event"),
        pytest.param("openai", chunks({"object": "error", "message": "boom"}), id="error object"),
        pytest.param("openai", b'{"error":{"message":"boom"}}', id="error as JSON with 200"),
        pytest.param(
            "anthropic",
            message_events({"type": "error", "error": {"type": "api_error", "message": "boom"}}),
            id="event",
        ),
        pytest.param("anthropic", b'{"type":"error","error":{"message":"boom"}}', id="anthropic error as JSON"),
    ],
)
def test_an_error_inside_a_stream_is_found(form: str, body: bytes) -> None:
    """A stream that began with 200 and tells an error is that error."""
    with pytest.raises(ErrorInStream) as caught:
        feed(form, [body])
    assert b"boom" in caught.value.event


@pytest.mark.parametrize(
    "content", [rb'"a\ud83d"', rb'"a\ude00b"', b'"a\xff"'], ids=["half an emoji", "other half", "not UTF-8"]
)
def test_half_characters_are_replaced(content: bytes) -> None:
    """Text that is no text reaches the caller as U+FFFD and never as something that cannot be encoded."""
    body = b'data: {"choices":[{"delta":{"content":' + content + b'},"finish_reason":"stop"}]}\n\n'
    (part,) = feed("openai", [body]).parts
    assert isinstance(part, TextPart)
    assert "\ufffd" in part.text
    assert part.text.encode()


def test_half_characters_in_fragments_are_replaced() -> None:
    """Reasoning and arguments, which are read later than the rest of their event, are mended too, and said once."""
    body = rb'data: {"choices":[{"delta":{"content":"a","reasoning":"\ud83d","tool_calls":[{"index":0,"id":"c",'
    body += rb'"function":{"name":"f","arguments":"\"\ude00\""}}]},"finish_reason":"stop"}]}' + b"\n\n"
    said = feed("openai", [body]).said
    assert said == [("reasoning", "\ufffd"), ("text", "a"), ("call", 0, "c", "f"), ("arguments", 0, '"\ufffd"')]


def test_a_length_finish_passes() -> None:
    """An answer that reached its token limit says so, even if it is all reasoning."""
    assert feed("openai", [chunks(delta(content="a"), delta("length"))]).finish == "length"
    assert feed("openai", [chunks(delta(reasoning="a"), delta("length"))]).finish == "length"


def test_what_comes_together_is_said_together() -> None:
    """Deltas of one read are one delta: a burst costs one event, and a lone token is not held back."""
    fed = feed("openai", [chunks(delta(content="a"), delta(content="b"), delta("stop"))])
    assert fed.said == [("text", "ab")]


NAME, CALL_ID = "n" * 256, "i" * 512


@pytest.mark.parametrize(
    ("call_id", "name", "words"),
    [
        pytest.param(CALL_ID + "i", NAME, "the id of a tool call is over 512", id="id"),
        pytest.param(CALL_ID, NAME + "n", "the name of a called tool is over 256", id="name"),
    ],
)
def test_endless_names_are_not_names(call_id: str, name: str, words: str) -> None:
    """A tool's name and a call's id are repeated many times over, so a megabyte of them is no answer."""
    assert feed("openai", [chunks(fragment("{}", call_id=CALL_ID, name=NAME), delta("tool_calls"))]).parts
    with pytest.raises(UpstreamTrouble, match=words) as caught:
        feed("openai", [chunks(fragment("{}", call_id=call_id, name=name), delta("tool_calls"))])
    assert caught.value.kind is ModelProtocolError


@pytest.mark.parametrize("number", [1e300, -5, 2**53, "many", [], True])
@pytest.mark.parametrize("key", ["input", "output"])
@pytest.mark.parametrize("form", ["openai", "anthropic", "anthropic, not streamed"])
def test_usage_that_cannot_be_right_is_silence(form: str, key: str, number: object) -> None:
    """A number that nobody can have counted costs the count and never the answer."""
    usage = {"input": 5, "output": 2, key: number}
    if form == "openai":
        usage = {"prompt_tokens": usage["input"], "completion_tokens": usage["output"]}
        fed = feed("openai", [chunks({**delta("stop", content="Hi"), "usage": usage})])
    else:
        usage = {"input_tokens": usage["input"], "output_tokens": usage["output"]}
        block = {"type": "text", "text": "Hi"}
        events: list[dict[str, object]] = [
            {"type": "message_start", "message": {"usage": {"input_tokens": 5, "output_tokens": 1}}},
            {"type": "content_block_start", "index": 0, "content_block": block},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage},
            {"type": "message_stop"},
        ]
        whole = json.dumps({"type": "message", "content": [block], "usage": usage}).encode()
        fed = feed("anthropic", [whole if "not" in form else message_events(*events)])
    assert (fed.parts, fed.usage) == ((TextPart("Hi"),), None)


@pytest.mark.parametrize(
    "body",
    [b"data:\n\n" * 2_000_000, b"\n" * 3_000_000, b": x\n" * 200_000 + b"\n\n", b"data: {}\n\n" * 2_000_000],
    ids=["empty events", "blank lines", "one event of many lines", "events that say nothing"],
)
@pytest.mark.parametrize("is_split", [True, False])
def test_lines_without_end_are_no_answer(body: bytes, *, is_split: bool) -> None:
    """Millions of lines that say nothing are given up long before they are read, in one piece or many."""
    size = 65_536 if is_split else len(body)
    pieces = [b"data: {}\n\n", *[body[place : place + size] for place in range(0, len(body), size)]]
    with pytest.raises(UpstreamTrouble, match="lines") as caught:
        feed("openai", pieces)
    assert caught.value.kind is ModelAnswerTooLarge


def test_a_compressed_answer_is_named() -> None:
    """We ask for bytes as they are; an answer in another encoding is told as that, and an error keeps its status."""
    reader = AnswerReader(OpenAiStream(lambda event: None), lambda: 0.0)
    reader.begin(200, [(b"Content-Encoding", b"identity")])
    with pytest.raises(UpstreamTrouble, match=r"compressed its answer \('gzip'\)") as caught:
        reader.begin(200, [(b"Content-Encoding", b"GZip")])
    assert caught.value.kind is ModelProtocolError
    reader.begin(503, [(b"content-encoding", b"gzip")])
    reader.feed(b"\x1f\x8b\x08")
    assert (reader.is_error, reader.error_body) == (True, b"")
