"""The gateway's log: one JSON object a line in a file that rotates, readable lines on stderr, secrets in neither.

Stands on the standard library's logging, whose records libraries emit as well. The file's form is the original's, so
that `openclaw logs` reads it: keys "0" (subsystem) and "1" (message), `_meta`, `time`, `hostname`, `message`
(OpenClaw docs/logging.md). The file is 0600 in a folder 0700, rotated by size and day.
"""

import errno
import logging
import logging.handlers
import os
import queue
import re
import socket
import stat
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import cast

import msgspec

# The original's levels, and what they are here; "silent" switches a sink off.
LEVELS = {
    "silent": logging.CRITICAL + 10,
    "fatal": logging.CRITICAL,
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
    "trace": logging.DEBUG - 5,
}
ARCHIVES = 5
MAX_FIRST_LINE_BYTES = 1024 * 1024
REDACTED = "__OPENCLAW_REDACTED__"
# Shapes of secrets that nobody registered: bearer values and the usual prefixes of provider keys.
SECRET_SHAPES = re.compile(r"(?i)(?<=bearer )[^\s\"']{8,}|\b(?:sk|pk|xox[abp]|ghp|AIza)[-_A-Za-z0-9]{16,}")


class Redaction(logging.Filter):
    """Replaces known secrets and what looks like one, in the message and in the text of an exception."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets: frozenset[str] = frozenset()
        self._known: re.Pattern[str] | None = None
        self.hide(secrets)

    def hide(self, secrets: Iterable[str]) -> None:
        """Replace these from now on, beside those of before: what was a secret is still none to tell."""
        self._secrets |= {secret for secret in secrets if len(secret) >= 6}
        known = sorted(self._secrets, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def clean(self, text: str) -> str:
        """The text with every secret replaced."""
        if self._known is not None:
            text = self._known.sub(REDACTED, text)
        return SECRET_SHAPES.sub(REDACTED, text)

    def filter(self, record: logging.LogRecord) -> bool:
        """Format the record once, here, so that what comes after can only see the cleaned text."""
        text = record.getMessage()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.msg, record.args = self.clean(text), None
        record.exc_text = self.clean(record.exc_text) if record.exc_text else None
        record.exc_info = None
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line, in the original's form."""

    def __init__(self) -> None:
        super().__init__()
        self._hostname = socket.gethostname()

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its line break."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        message = record.getMessage()
        if record.exc_text:
            message = f"{message}\n{record.exc_text}"
        subsystem = _subsystem(record.name)
        line = {
            "0": msgspec.json.encode({"subsystem": subsystem}).decode(),
            "1": message,
            "_meta": {"logLevelName": _level_name(record.levelno).upper(), "date": at, "name": subsystem},
            "time": at,
            "hostname": self._hostname,
            "message": message,
        }
        return msgspec.json.encode(line).decode()


class ConsoleLines(logging.Formatter):
    """`12:30:01 [runs] text` for a person who watches."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, with the text of an exception below."""
        at = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%H:%M:%S")
        level = "" if record.levelno == logging.INFO else f"{_level_name(record.levelno)}: "
        text = f"{at} [{_subsystem(record.name)}] {level}{record.getMessage()}"
        return f"{text}\n{record.exc_text}" if record.exc_text else text


class PrivateRotatingFile(logging.handlers.RotatingFileHandler):
    """A rotating file that nobody else may read."""

    def _open(self) -> TextIOWrapper:
        stream = open(self.baseFilename, self.mode, encoding=self.encoding, opener=_open_private)  # noqa: SIM115
        return cast("TextIOWrapper", stream)


def _open_private(path: str, flags: int) -> int:
    """Neither follow a link that somebody else put there, nor wait for the reader of a pipe."""
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.fchmod(descriptor, 0o600)
    return descriptor


class _Meta(msgspec.Struct):
    level: str = msgspec.field(name="logLevelName")


class _Line(msgspec.Struct):
    """What every line of a log of ours, or of the original's, has."""

    meta: _Meta = msgspec.field(name="_meta")
    time: str


_LINES = msgspec.json.Decoder(_Line)


def is_log_line(line: str | bytes) -> bool:
    """Whether a line was written by a gateway's log."""
    try:
        _LINES.decode(line)
    except (msgspec.DecodeError, UnicodeError):
        return False
    return True


def _refuse_foreign(path: Path) -> None:
    """Leave a file alone that is none of our logs, whoever named it. Raises OSError, saying so in `strerror`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return  # a pipe or a device has no lines of before
        first = file.readline(MAX_FIRST_LINE_BYTES)
    if first and not is_log_line(first):
        raise FileExistsError(errno.EEXIST, "the file named for it exists and is not a log of this gateway")


class Journal:
    """The log while it is open. Lines are written by a thread of their own, so that a slow disk never stops the
    loop.
    """

    def __init__(
        self,
        listener: logging.handlers.QueueListener,
        handler: logging.Handler,
        redaction: Redaction,
        path: Path | None,
    ) -> None:
        self._listener = listener
        self._handler = handler
        self._redaction = redaction
        self.path = path
        self._is_open = True

    def adjust(self, *, level: str, console_level: str, secrets: Iterable[str]) -> None:
        """Go on with other levels, and hide these secrets as well. A file that was not opened at the start stays so."""
        self._redaction.hide(secrets)
        for sink in self._listener.handlers:
            sink.setLevel(LEVELS[level if isinstance(sink, PrivateRotatingFile) else console_level])
        logging.getLogger().setLevel(min(sink.level for sink in self._listener.handlers))

    def close(self) -> None:
        """Write what is left and close the file; closing twice is harmless."""
        if not self._is_open:
            return
        self._is_open = False
        logging.getLogger().removeHandler(self._handler)
        self._listener.stop()
        for sink in self._listener.handlers:
            sink.close()


class _Handover(logging.handlers.QueueHandler):
    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        # The filter has formatted the record already; the base class would copy it and format again.
        return record


def open_journal(
    *,
    level: str,
    console_level: str,
    file: Path | None,
    max_file_bytes: int,
    secrets: Iterable[str],
    owns_folder: bool = False,
) -> Journal:
    """Begin to log. file None: console only. secrets: values that may appear in no line. owns_folder: the file's folder
    is for logs alone, and is closed to others if it is open.

    A file that cannot be opened is not a reason to refuse service: the console says so and goes on alone.
    """
    sinks: list[logging.Handler] = []
    console = logging.StreamHandler(sys.stderr)
    console.setLevel(LEVELS[console_level])
    console.setFormatter(ConsoleLines())
    sinks.append(console)
    problem: OSError | None = None
    if file is not None and level != "silent":
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if owns_folder:
                file.parent.chmod(0o700)
            _refuse_foreign(file)
            sink = PrivateRotatingFile(file, maxBytes=max_file_bytes, backupCount=ARCHIVES, encoding="utf-8")
            sink.setLevel(LEVELS[level])
            sink.setFormatter(JsonLines())
            sinks.append(sink)
        except OSError as error:
            problem, file = error, None
    lines: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    handler = _Handover(lines)
    redaction = Redaction(secrets)
    handler.addFilter(redaction)
    listener = logging.handlers.QueueListener(lines, *sinks, respect_handler_level=True)
    listener.start()
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(min(LEVELS[level] if file else LEVELS[console_level], LEVELS[console_level]))
    # The event loop's and the web server's own chatter is ours to say.
    for chatty in ("asyncio", "uvicorn", "uvicorn.error", "websockets"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    if problem is not None:
        logging.getLogger(__name__).warning("no log file: %s", problem.strerror)
    return Journal(listener, handler, redaction, file)


# --- Reading it back -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tail:
    """Whole lines, oldest first. cursor: where to go on reading. size: of the file, bytes.

    is_truncated: lines before these were left out. is_reset: they do not follow on those before the cursor.
    """

    lines: list[str]
    cursor: int
    size: int
    is_truncated: bool = False
    is_reset: bool = False
    skipped_bytes: int = 0


def read_tail(path: Path, cursor: int | None, limit: int, max_bytes: int) -> Tail:
    """The newest `limit` lines within the last `max_bytes`, of those after the cursor. A missing file is empty.

    Blocking: call it on a thread.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return Tail([], 0, 0, is_reset=bool(cursor))
    with os.fdopen(descriptor, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        # A file that is shorter than the cursor was rotated.
        was_replaced = cursor is not None and cursor > size
        begin = 0 if cursor is None or was_replaced else cursor
        start = max(begin, size - max_bytes)
        file.seek(max(0, start - 1))
        raw = file.read(size - start + (1 if start else 0))
    if start:
        # Begin at a line: the byte before tells whether this is one.
        raw = raw[1:] if raw[:1] == b"\n" else raw[raw.find(b"\n") + 1 :] if b"\n" in raw else b""
    # The writer may be in the middle of a line: it is left for the next time.
    whole = raw[: raw.rfind(b"\n") + 1]
    end = size - (len(raw) - len(whole))
    lines = whole.decode(errors="replace").split("\n")[:-1]
    is_cut = len(lines) > limit
    skipped = start - begin
    return Tail(
        lines=lines[-limit:],
        cursor=end,
        size=size,
        is_truncated=skipped > 0 or is_cut,
        is_reset=was_replaced or (cursor is not None and skipped > 0),
        skipped_bytes=skipped,
    )


def _subsystem(logger_name: str) -> str:
    return logger_name.removeprefix("openclaw_gateway.")


def _level_name(level: int) -> str:
    for name, number in LEVELS.items():
        if level >= number:
            return name
    return "trace"
