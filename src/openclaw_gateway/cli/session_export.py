"""The messages of a session as a file: one JSON object a line, or Markdown for a person."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from openclaw_gateway.cli.console import CommandFailed

_Object = dict[str, object]

_NAMES = {"user": "User", "assistant": "Assistant", "toolResult": "Tool result"}


def as_jsonl(session: _Object, messages: Sequence[_Object]) -> Iterator[str]:
    """The session first, then each message; lines without their ends."""
    encode = msgspec.json.Encoder().encode
    yield encode({"type": "session", **session}).decode()
    for message in messages:
        yield encode({"type": "message", "message": message}).decode()


def as_markdown(messages: Iterable[_Object]) -> Iterator[str]:
    """A heading and the text of each message; calls of tools by their name, other parts by their kind."""
    for message in messages:
        role = message.get("role")
        text = _text_of(message.get("content")).strip()
        yield f"## {_NAMES.get(str(role), str(role))}\n\n{text}\n"


def _text_of(content: object) -> str:
    if isinstance(content, str):
        return content
    return "\n\n".join(_part(part) for part in content if isinstance(part, dict)) if isinstance(content, list) else ""


def _part(part: _Object) -> str:
    match part:
        case {"type": "text", "text": str(text)}:
            return text
        case {"type": "thinking"}:
            return "(thinking)"
        case {"type": "toolCall", "name": str(name), "arguments": arguments}:
            return f"(calls {name} with `{msgspec.json.encode(arguments).decode()}`)"
    return f"({part.get('type')})"


def write_private(path: Path, pieces: Iterable[str]) -> None:
    """Write them to a new file that only this user may read; one that exists is left alone. Raises CommandFailed."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.writelines(f"{piece}\n" for piece in pieces)
    except FileExistsError as error:
        raise CommandFailed(f"{path} exists already: name another file") from error
    except OSError as error:
        raise CommandFailed(f"cannot write {path}: {error.strerror or error}") from error
