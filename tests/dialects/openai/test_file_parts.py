"""Files and recordings inside requests, as far as their form goes."""

import json

import pytest

from openclaw_gateway.attachments.attachment import FileAttachment
from openclaw_gateway.dialects.openai.chat_request import ChatRequest, parse_chat_request
from openclaw_gateway.dialects.openai.file_parts import MAX_AUDIO_BYTES
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import AudioPart, TextPart, UserMessage


def read(*parts: object) -> ChatRequest:
    content = [{"type": "text", "text": "see"}, *parts]
    turns = [{"role": "system", "content": "s"}, {"role": "user", "content": content}]
    return parse_chat_request(json.dumps({"messages": turns}).encode())


def file(**fields: object) -> dict[str, object]:
    return {"type": "file", "file": fields}


@pytest.mark.parametrize(
    ("fields", "base64", "mime_type"),
    [
        pytest.param({"file_data": "SGk="}, "SGk=", None, id="bare base64"),
        pytest.param({"file_data": "data:text/plain;base64,SGk="}, "SGk=", "text/plain", id="data URL"),
        pytest.param(
            {"file_data": "DATA:text/plain;charset=latin-1;BASE64,SGk="},
            "SGk=",
            "text/plain;charset=latin-1",
            id="charset",
        ),
        pytest.param({"file_data": "data:;base64,SGk=", "file_id": None}, "SGk=", None, id="data URL without type"),
    ],
)
def test_file_is_found(fields: dict[str, object], base64: str, mime_type: str | None) -> None:
    """A file is base64, bare or as a data URL; where it was is left empty until it is read."""
    chat = read(file(**fields, filename="a.txt"), {"type": "text", "text": "well?"})
    param = "messages[1].content[1].file"
    assert chat.attachments == (FileAttachment(0, 1, param, base64, None, mime_type, "a.txt"),)
    assert chat.incoming == (UserMessage((TextPart("see"), TextPart(""), TextPart("well?"))),)


def test_a_file_alone_is_something_said() -> None:
    """A message of one file is not blank."""
    content = [file(file_data="SGk=")]
    chat = parse_chat_request(json.dumps({"messages": [{"role": "user", "content": content}]}).encode())
    assert [attachment.part for attachment in chat.attachments] == [0]


@pytest.mark.parametrize(
    ("part", "param", "code"),
    [
        pytest.param(file(file_id="file-1"), "file.file_id", "file_id_not_supported", id="by id"),
        pytest.param(file(filename="a"), "file.file_data", "file_data_malformed", id="nothing"),
        pytest.param(file(file_data="data:text/plain,hi"), "file.file_data", "file_data_malformed", id="not base64"),
        pytest.param(
            {"type": "input_audio", "input_audio": {"data": "A", "format": "wav"}},
            "input_audio.data",
            "audio_data_malformed",
            id="broken recording",
        ),
        pytest.param(
            {"type": "input_audio", "input_audio": {"data": "A" * (MAX_AUDIO_BYTES // 3 * 4 + 8), "format": "wav"}},
            "input_audio",
            "audio_too_large",
            id="long recording",
        ),
    ],
)
def test_other_parts_are_refused(part: object, param: str, code: str) -> None:
    """What is not there, or too large, is refused by name."""
    with pytest.raises(InvalidRequest) as refused:
        read(part)
    assert (refused.value.param, refused.value.code) == (f"messages[1].content[1].{param}", code)


def test_recording_is_read() -> None:
    """A recording is a part of its message."""
    chat = read({"type": "input_audio", "input_audio": {"data": "SGk=", "format": "mp3"}})
    assert chat.incoming == (UserMessage((TextPart("see"), AudioPart("SGk=", "mp3"))),)


def test_other_formats_of_recordings_are_refused() -> None:
    """A format that the interface does not know is named."""
    with pytest.raises(InvalidRequest) as refused:
        read({"type": "input_audio", "input_audio": {"data": "SGk=", "format": "ogg"}})
    assert refused.value.param == "messages[1].content[1].input_audio.format"
