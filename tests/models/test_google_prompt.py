"""Requests as bytes, for Gemini."""

import json
from typing import Any

import msgspec
import pytest

from openclaw_gateway.asking import Sampling, ToolSpec
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
from openclaw_gateway.models.conversation import IMAGES_LEFT_OUT
from openclaw_gateway.models.google_prompt import API, NO_PROOF, GoogleForm, GooglePrompt
from openclaw_gateway.models.model import ModelRequest

HI = UserMessage("hi")
IMAGE = ImagePart("image/png", "aGk=")
SHOWN = {"inlineData": {"mimeType": "image/png", "data": "aGk="}}
LOOK = ToolSpec("look", "Looks.", msgspec.Raw(b'{"type":"object","b":1,"a":2}'))
RESULT = ToolResultMessage("c", (TextPart("1"),), "look")


def write(request: ModelRequest, form: GoogleForm | None = None) -> dict[str, Any]:
    document = json.loads(GooglePrompt(form or GoogleForm("m")).write(request))
    assert isinstance(document, dict)
    return document


def ask(*messages: Message, **fields: Any) -> ModelRequest:
    return ModelRequest(system=fields.pop("system", ()), messages=messages or (HI,), **fields)


def extra(**fields: str) -> Sampling:
    return Sampling(extra={name: msgspec.Raw(value.encode()) for name, value in fields.items()})


def test_the_least_request() -> None:
    """A request is its contents, and nothing that nobody asked for."""
    assert write(ask(system=("a", "", "b"))) == {
        "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
        "systemInstruction": {"parts": [{"text": "a"}, {"text": "b"}]},
    }


def test_neighbours_of_one_side_are_one_content() -> None:
    """As many results stand in one content as there were calls in the one before."""
    calls = (TextPart("let me"), ToolCall("c 1", "look", '{"at":1}'), ToolCall("c2", "look", "no JSON"))
    contents = write(
        ask(
            HI,
            UserMessage((TextPart("look"), IMAGE)),
            AssistantMessage(calls),
            ToolResultMessage("c 1", (TextPart("seen"), IMAGE), "look"),
            ToolResultMessage("c2", (TextPart("no"),), "look", is_error=True),
            UserMessage("and?"),
        )
    )["contents"]
    assert [content["role"] for content in contents] == ["user", "model", "user"]
    assert contents[0]["parts"] == [{"text": "hi"}, {"text": "look"}, SHOWN]
    first, second = [part["functionCall"] for part in contents[1]["parts"][1:]]
    assert (first["name"], first["args"], second["args"]) == ("look", {"at": 1}, {})
    seen, image, failed, asked = contents[2]["parts"]
    assert seen == {"functionResponse": {"id": first["id"], "name": "look", "response": {"output": "seen"}}}
    assert failed["functionResponse"]["response"] == {"error": "no"}
    assert (image, asked) == (SHOWN, {"text": "and?"})


def test_proofs_go_back_on_the_parts_that_they_came_with() -> None:
    """Only to the model that gave them; reasoning without a proof stays here."""
    parts = (
        ThinkingPart("no"),
        ThinkingPart("hm", "t"),
        TextPart("42"),
        ThinkingPart("", "x"),
        ToolCall("c", "look", "{}", "p"),
    )
    own = write(ask(HI, AssistantMessage(parts, api=API, model="m"), RESULT))["contents"][1]["parts"]
    assert own == [
        {"text": "hm", "thought": True, "thoughtSignature": "t"},
        {"text": "42"},
        {"text": "", "thoughtSignature": "x"},
        {"functionCall": {"id": "c", "name": "look", "args": {}}, "thoughtSignature": "p"},
    ]
    foreign = write(ask(HI, AssistantMessage(parts, api=API, model="n"), RESULT))["contents"][1]["parts"]
    assert foreign == [{"text": "42"}, {"functionCall": {"id": "c", "name": "look", "args": {}}}]


def test_calls_of_another_model_have_no_proof() -> None:
    """Gemini 3 refuses calls without a proof, so the first of another model's gets the word for there being none."""
    calls = AssistantMessage((ToolCall("c", "look", "{}", "p"), ToolCall("d", "look", "{}")), api=API, model="m")
    results = (RESULT, ToolResultMessage("d", (TextPart("2"),), "look"))
    parts = write(ask(HI, calls, *results), GoogleForm("gemini-3-pro"))["contents"][1]["parts"]
    assert [part.get("thoughtSignature") for part in parts] == [NO_PROOF, None]


def test_a_blind_model_is_told_of_returned_images() -> None:
    """An image of a tool becomes a sentence, one of the user is refused."""
    blind = GoogleForm("m", accepts_images=False)
    call = AssistantMessage((ToolCall("c", "look", "{}"),))
    contents = write(ask(HI, call, ToolResultMessage("c", (IMAGE,), "look")), blind)["contents"]
    assert contents[-1]["parts"][0]["functionResponse"]["response"] == {"output": IMAGES_LEFT_OUT}
    with pytest.raises(InvalidRequest, match="image"):
        write(ask(UserMessage((IMAGE,))), blind)


def test_audio_goes_to_models_that_hear() -> None:
    """A recording is a part of its own kind, and refused where the entry does not list it."""
    audio = UserMessage((AudioPart("aGk=", "wav"),))
    parts = write(ask(audio), GoogleForm("m", accepts_audio=True))["contents"][0]["parts"]
    assert parts == [{"inlineData": {"mimeType": "audio/wav", "data": "aGk="}}]
    with pytest.raises(InvalidRequest, match="audio"):
        write(ask(audio))


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", None),
        ("none", {"mode": "NONE"}),
        ("required", {"mode": "ANY"}),
        ("=look", {"mode": "ANY", "allowedFunctionNames": ["look"]}),
    ],
)
def test_tools(choice: str, expected: object) -> None:
    """Schemas reach the model unchanged, and the choice is said in Gemini's words."""
    request = ask(tools=(LOOK, ToolSpec("find", None, None)), tool_choice=choice)
    assert b'"parametersJsonSchema":{"type":"object","b":1,"a":2}' in GooglePrompt(GoogleForm("m")).write(request)
    document = write(request)
    assert document["tools"][0]["functionDeclarations"][1] == {"name": "find"}
    assert document.get("toolConfig") == (expected and {"functionCallingConfig": expected})


@pytest.mark.parametrize(
    ("model", "effort", "expected"),
    [
        pytest.param("gemini-2.5-pro", None, {"includeThoughts": True}, id="its own choice"),
        pytest.param("gemini-2.5-pro", "low", {"includeThoughts": True, "thinkingBudget": 2048}, id="tokens"),
        pytest.param("gemini-2.5-flash", "none", {"thinkingBudget": 0}, id="none"),
        pytest.param("gemini-3-pro", "medium", {"includeThoughts": True, "thinkingLevel": "high"}, id="levels"),
        pytest.param("gemini-3-pro", "none", {"thinkingLevel": "low"}, id="as little as it can"),
    ],
)
def test_thinking(model: str, effort: str | None, expected: object) -> None:
    """How hard to think is said in tokens or levels, as the model has it, and only to models that think."""
    sampling = extra(reasoning_effort=f'"{effort}"') if effort else Sampling()
    config = write(ask(sampling=sampling), GoogleForm(model, can_think=True))["generationConfig"]
    assert config == {"thinkingConfig": expected}
    assert "generationConfig" not in write(ask(sampling=sampling), GoogleForm(model))


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        pytest.param(
            Sampling(0.5, 0.9, 10, ("x",), {"seed": msgspec.Raw(b"7"), "presence_penalty": msgspec.Raw(b"1")}),
            {
                "temperature": 0.5,
                "topP": 0.9,
                "maxOutputTokens": 10,
                "stopSequences": ["x"],
                "seed": 7,
                "presencePenalty": 1,
            },
            id="sampler",
        ),
        pytest.param(
            extra(response_format='{"type":"json_object"}'), {"responseMimeType": "application/json"}, id="JSON"
        ),
        pytest.param(
            extra(response_format='{"type":"json_schema","json_schema":{"name":"n","schema":{"a":1}}}'),
            {"responseMimeType": "application/json", "responseJsonSchema": {"a": 1}},
            id="schema",
        ),
        pytest.param(extra(response_format='{"type":"text"}', store="true", logit_bias="{}"), None, id="nothing"),
    ],
)
def test_fields(sampling: Sampling, expected: object) -> None:
    """OpenAI's fields are said in Gemini's words, and what changes nothing is dropped."""
    assert write(ask(sampling=sampling)).get("generationConfig") == expected


def test_defaults_of_the_entry() -> None:
    """Fields of the config stand where the caller is silent, those of the sampler in their place."""
    defaults = (("generationConfig", b'{"topK":4}'), ("safetySettings", b"[]"), ("temperature", b"0.1"))
    document = write(ask(sampling=Sampling(temperature=0.7)), GoogleForm("m", defaults=defaults))
    assert document["generationConfig"] == {"topK": 4, "temperature": 0.7}
    assert document["safetySettings"] == []


def test_what_it_lacks_is_refused() -> None:
    """A request that Gemini cannot express is refused by the field's name."""
    with pytest.raises(InvalidRequest) as refused:
        write(ask(sampling=extra(logit_bias='{"1":1}')))
    assert refused.value.param == "logit_bias"
