"""Files and recordings inside requests, as far as their form goes; what is in a file is read by `attachments/`.

Shared by the dialect's two endpoints: a file has the same fields in both.
"""

import re

from openclaw_gateway.attachments.attachment import FileAttachment
from openclaw_gateway.attachments.base64_text import count_decoded, most_bytes
from openclaw_gateway.dialects.openai.chat_wire import AudioInput
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import AudioPart

MAX_AUDIO_BYTES = 15 * 1024 * 1024

# Parameters (charset) belong to the type; the base64 mark comes last.
_DATA_URL = re.compile(
    r"data:(?P<mime>[a-z0-9.+/-]{0,64}(?:;(?!base64,)[a-z0-9=._-]{1,64}){0,4});base64,", re.IGNORECASE
)
_MAX_HEAD_CHARS = 512


def read_file_part(
    *,
    message: int,
    part: int,
    param: str,
    file_data: str | None,
    file_id: str | None,
    filename: str | None,
    file_url: str | None = None,
    mime_type: str | None = None,
) -> FileAttachment:
    """A file to be read. file_data: base64, bare or as a data URL. mime_type: where the request declares one beside.

    Raises InvalidRequest for a file that is only named by `file_id`, and for one without any content.
    """
    if file_data:
        return _read_data(FileAttachment(message, part, param, file_data, None, mime_type, filename))
    if file_url:
        return FileAttachment(message, part, param, "", file_url, mime_type, filename)
    if file_id:
        sentence = f"{param}.file_id: files are not kept here; send the file itself in `file_data`"
        raise InvalidRequest(sentence, param=f"{param}.file_id", code="file_id_not_supported")
    sentence = f"{param}.file_data: Invalid input: expected base64 text or a data URL"
    raise InvalidRequest(sentence, param=f"{param}.file_data", code="file_data_malformed")


def _read_data(file: FileAttachment) -> FileAttachment:
    text = file.base64
    if text[:5].lower() != "data:":
        return file
    head = _DATA_URL.match(text[:_MAX_HEAD_CHARS])
    if head is None:
        sentence = f"{file.param}.file_data: Invalid input: expected base64 text or a data URL in base64"
        raise InvalidRequest(sentence, param=f"{file.param}.file_data", code="file_data_malformed")
    mime_type = head["mime"] or file.mime_type
    return FileAttachment(file.message, file.part, file.param, text[head.end() :], None, mime_type, file.filename)


def read_audio_part(audio: AudioInput, param: str) -> AudioPart:
    """A recording, whose size and base64 form are all that is looked at; the model says whether it takes it."""
    if most_bytes(len(audio.data)) > MAX_AUDIO_BYTES + 2:
        raise InvalidRequest(f"{param}: the recording is larger than 15 MiB", param=param, code="audio_too_large")
    try:
        size = count_decoded(audio.data)
    except ValueError:
        size = 0
    if size == 0:
        sentence = f"{param}.data: the base64 text is empty or broken"
        raise InvalidRequest(sentence, param=f"{param}.data", code="audio_data_malformed")
    return AudioPart(audio.data, audio.format)
