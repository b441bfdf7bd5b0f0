"""Gemini's answers, as published and as imitated; what all forms promise is in test_forms."""

import json
from typing import Any

import pytest
from tests.models.feeding import Fed, feed

from openclaw_gateway.messages import TextPart, ThinkingPart, ToolCall
from openclaw_gateway.model_errors import ModelError, ModelRefused, ModelServerError
from openclaw_gateway.models.http_connection import UpstreamTrouble


def answer(*parts: dict[str, Any], finish: str | None = None, **fields: Any) -> dict[str, Any]:
    candidate = {"content": {"role": "model", "parts": list(parts)}, **({"finishReason": finish} if finish else {})}
    return {"candidates": [candidate], **fields}


def read(*answers: dict[str, Any]) -> Fed:
    return feed("google-generative-ai", [b"".join(f"data: {json.dumps(each)}\n\n".encode() for each in answers)])


def test_an_answer_that_is_not_streamed_is_read() -> None:
    """JSON in place of a stream, whole or as the array of a stream without its framing, is the same answer."""
    pieces = [answer({"text": "Hel"}), answer({"text": "lo"}, finish="STOP")]
    assert feed("google-generative-ai", [json.dumps(pieces).encode()]).parts == (TextPart("Hello"),)
    assert feed("google-generative-ai", [json.dumps(answer({"text": "Hello"})).encode()]).parts == (TextPart("Hello"),)


def test_a_proof_of_a_text_is_kept_behind_it() -> None:
    """The proof of a plain answer is reasoning without words; that of a thought stays with the thought."""
    fed = read(
        answer({"text": "Hm.", "thought": True, "thoughtSignature": "dA=="}),
        answer({"text": "Hello", "thoughtSignature": "cA=="}, finish="STOP"),
    )
    assert fed.parts == (ThinkingPart("Hm.", "dA=="), TextPart("Hello"), ThinkingPart("", "cA=="))


def test_a_call_without_arguments_or_id() -> None:
    """Arguments that are left out are an empty object, and an id that is left out is made."""
    (call,) = read(answer({"functionCall": {"name": "look"}}, finish="STOP")).parts
    assert isinstance(call, ToolCall)
    assert (call.name, call.arguments, bool(call.id)) == ("look", "{}", True)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("SAFETY", ModelRefused),
        ("RECITATION", ModelRefused),
        ("MALFORMED_FUNCTION_CALL", ModelServerError),
        ("OTHER", ModelServerError),
    ],
)
def test_ends_that_are_no_answer(word: str, kind: type[ModelError]) -> None:
    """A finish reason that means failure is an error, also after some text."""
    with pytest.raises(UpstreamTrouble) as caught:
        read(answer({"text": "Hel"}), answer(finish=word))
    assert caught.value.kind is kind


def test_an_unknown_end_is_an_ordinary_one() -> None:
    """What Google adds later does not break an answer."""
    assert read(answer({"text": "Hello"}, finish="SOMETHING_NEW")).finish == "stop"


def test_wrong_numbers_cost_the_count_only() -> None:
    """Usage that cannot be read leaves the answer as it is."""
    assert read(answer({"text": "Hello"}, finish="STOP", usageMetadata={"promptTokenCount": "many"})).usage is None
