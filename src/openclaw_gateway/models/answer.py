"""One answer of a model's server: from the bytes of its body to a finished reply, or to the trouble that it is.

Servers send JSON where a stream was asked for, a stream with the wrong content type, an error inside a stream that
began with 200, nothing at all after 200, or half an answer. What came is judged here by looking at it; the forms of
the providers are in the `*_stream` modules.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Protocol

import msgspec

from openclaw_gateway.events import FinishReason
from openclaw_gateway.messages import AssistantPart, ThinkingPart, Usage
from openclaw_gateway.model_errors import (
    ModelAnswerEmpty,
    ModelAnswerTooLarge,
    ModelError,
    ModelProtocolError,
    ModelRefused,
    ModelServerError,
    ModelUnreachable,
)
from openclaw_gateway.models.draft import Draft, UnfinishedCallError
from openclaw_gateway.models.http_connection import UpstreamTrouble
from openclaw_gateway.models.line_decoder import LineDecoder
from openclaw_gateway.models.sse_decoder import EventTooLargeError, SseDecoder, SseEvent, TooManyLinesError

MAX_ERROR_BYTES = 64 * 1024
MAX_JSON_BYTES = 8 * 1024 * 1024
# Eight megabytes of `{},` would hold the loop for a fifth of a second.
MAX_JSON_OBJECTS = 200_000

TOO_MANY_LINES = "its answer has more lines than any answer"

# After a finish reason usage and the end of the stream may follow; after the last event only the end of the body.
LINGER_AFTER_FINISH_S = 5.0
LINGER_AFTER_LAST_S = 0.5

# What decoding raises for bytes that are not what they should be; UnicodeDecodeError is not one of msgspec's own.
NOT_IN_FORM = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

# Ends that are no answer, by the word that the streams use for them.
FAILURES: Mapping[str, tuple[type[ModelError], str]] = {
    "refusal": (ModelRefused, "its safety layer refused to answer"),
    "error": (ModelServerError, "it ended its answer with an error and gave no reason"),
}


class ErrorInStream(UpstreamTrouble):
    """The provider told an error where an event was due; event is its JSON."""

    def __init__(self, event: bytes) -> None:
        super().__init__(ModelServerError, "it told an error in its stream")
        self.event = event


class AnswerStream(Protocol):
    """A provider's form of an answer: events in, a draft and its finish out. Knows no I/O and no clock.

    is_of_lines: its events are lines of JSON, not server-sent ones. finish: why the provider stopped, None until it
    says so. failure: a word of FAILURES instead of an answer. is_over: its last event came. feed and feed_whole raise
    one of NOT_IN_FORM for what is not in the form, and ErrorInStream.
    """

    is_of_lines: ClassVar[bool]
    draft: Draft
    finish: FinishReason | None
    failure: str | None
    is_over: bool

    def feed(self, name: bytes, event: bytes) -> None:
        """One event of the stream."""
        ...

    def feed_whole(self, body: bytes) -> None:
        """The same answer as one JSON document."""
        ...

    def usage(self) -> Usage | None:
        """What the provider counted; None when it was silent."""
        ...


class AnswerReader:
    """Reads one answer for the HTTP client and lets its draft say the deltas. See `http_connection.Reader`.

    connected_at, first_token_at: by the given clock, in seconds.
    """

    __slots__ = (
        "_body",
        "_decoder",
        "_mode",
        "_now_s",
        "_stream",
        "connected_at",
        "first_token_at",
        "has_begun",
        "headers",
        "linger_s",
        "status",
    )

    def __init__(self, stream: AnswerStream, now_s: Callable[[], float]) -> None:
        self._stream = stream
        self._now_s = now_s
        self._decoder: SseDecoder | LineDecoder = LineDecoder() if stream.is_of_lines else SseDecoder()
        self._body = bytearray()
        # "?": the first byte that is no space will tell; then "events" or "json"; "error": not a 2xx answer;
        # "unreadable error": and it is compressed
        self._mode = "?"
        self.status = 0
        self.headers: Sequence[tuple[bytes, bytes]] = ()
        self.has_begun = False
        self.linger_s: float | None = None
        self.connected_at: float | None = None
        self.first_token_at: float | None = None

    # --- for the HTTP client ----------------------------------------------------------------------------------------

    def connected(self) -> None:
        """The request is on its way."""
        self.connected_at = self._now_s()

    def begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """The head is there."""
        self.status = status
        self.headers = headers
        encoding = content_encoding_of(headers)
        if not 200 <= status < 300:
            self._mode = "unreadable error" if encoding else "error"
        elif encoding:
            raise compressed(encoding)

    def feed(self, received: bytes) -> None:
        """More of the body. Raises UpstreamTrouble; keeps no more than the caps."""
        mode = self._mode
        if mode == "events":
            try:
                events = self._decoder.feed(received)
            except EventTooLargeError:
                raise UpstreamTrouble(ModelAnswerTooLarge, "one event of its answer is too large") from None
            except TooManyLinesError:
                raise UpstreamTrouble(ModelAnswerTooLarge, TOO_MANY_LINES) from None
            if events:
                self._feed_each(events)
        elif mode == "json":
            self._body += received
            if len(self._body) > MAX_JSON_BYTES:
                raise UpstreamTrouble(ModelAnswerTooLarge, f"its JSON answer is over {MAX_JSON_BYTES} bytes")
        elif mode == "error":
            self._body += received[: MAX_ERROR_BYTES - len(self._body)]
        elif mode == "?":
            self._sniff(received)

    # --- for the model ----------------------------------------------------------------------------------------------

    @property
    def is_error(self) -> bool:
        """Whether the status says that there is no answer; then error_body holds why."""
        return self._mode in ("error", "unreadable error")

    @property
    def error_body(self) -> bytes:
        """The beginning of the body of an answer that is not 2xx."""
        return bytes(self._body)

    def finish(self, *, is_whole: bool) -> tuple[tuple[AssistantPart, ...], FinishReason]:
        """The parts and why they end, once the body is over; is_whole: it ended as a body should.

        Raises UpstreamTrouble.
        """
        stream = self._stream
        match self._mode:
            case "?":
                raise UpstreamTrouble(ModelAnswerEmpty, "its answer has no content")
            case "json":
                self._finish_json(is_whole=is_whole)
            case _ if is_whole and not stream.is_over:
                self._feed_each(self._read_rest())
        if stream.failure is not None:
            raise UpstreamTrouble(*FAILURES[stream.failure])
        if stream.finish is None and not (is_whole and stream.is_over):
            raise UpstreamTrouble(ModelUnreachable, "its answer was cut off in the middle")
        return _conclude(stream)

    def _feed_each(self, events: Sequence[SseEvent]) -> None:
        stream = self._stream
        for name, event in events:
            try:
                stream.feed(name, event)
            except NOT_IN_FORM:
                _feed_mended(stream, name, event)
        draft = stream.draft
        draft.flush()
        self.has_begun = True
        if self.first_token_at is None and draft.has_said:
            self.first_token_at = self._now_s()
        if stream.finish is not None or stream.is_over:
            self.linger_s = LINGER_AFTER_LAST_S if stream.is_over else LINGER_AFTER_FINISH_S

    def _read_rest(self) -> Sequence[SseEvent]:
        try:
            return self._decoder.end()
        except TooManyLinesError:
            raise UpstreamTrouble(ModelAnswerTooLarge, TOO_MANY_LINES) from None

    def _sniff(self, received: bytes) -> None:
        start = received.lstrip()[:1]
        if not start:
            return
        if start == b"<":
            raise UpstreamTrouble(ModelProtocolError, "it answered with a web page; is the base URL right?")
        self._mode = "json" if start in {b"{", b"["} and not self._stream.is_of_lines else "events"
        self.feed(received)

    def _finish_json(self, *, is_whole: bool) -> None:
        stream = self._stream
        if self._body.count(b"{") > MAX_JSON_OBJECTS:
            raise UpstreamTrouble(ModelAnswerTooLarge, f"its JSON answer has over {MAX_JSON_OBJECTS} objects")
        try:
            stream.feed_whole(bytes(self._body))
        except NOT_IN_FORM:
            if is_whole:
                raise UpstreamTrouble(ModelProtocolError, "its JSON answer is not in the expected form") from None
            raise UpstreamTrouble(ModelUnreachable, "its answer was cut off in the middle") from None
        stream.draft.flush()
        if stream.draft.has_said:
            self.first_token_at = self._now_s()


def content_encoding_of(headers: Sequence[tuple[bytes, bytes]]) -> str:
    """How a body is compressed, in words; empty for one that is as it is."""
    for name, value in headers:
        if len(name) == 16 and name.lower() == b"content-encoding":
            encoding = value.strip().lower()
            return "" if encoding in (b"", b"identity") else repr(encoding.decode("latin-1")[:40])
    return ""


def compressed(encoding: str) -> UpstreamTrouble:
    """A good status over a body that we cannot read; every request of ours asks for `identity`."""
    return UpstreamTrouble(ModelProtocolError, f"it compressed its answer ({encoding}), which we did not ask for")


def _conclude(stream: AnswerStream) -> tuple[tuple[AssistantPart, ...], FinishReason]:
    try:
        parts = stream.draft.finish()
    except UnfinishedCallError as error:
        raise UpstreamTrouble(ModelProtocolError, f"its answer {error}") from None
    if stream.draft.calls:
        return parts, "tool_calls"  # some servers say "stop" to them
    has_text = any(type(part) is not ThinkingPart for part in parts)
    if not has_text and not (parts and stream.finish == "length"):
        raise UpstreamTrouble(ModelAnswerEmpty, "its answer is empty: no text and no tool call")
    return parts, "length" if stream.finish == "length" else "stop"


def _feed_mended(stream: AnswerStream, name: bytes, event: bytes) -> None:
    try:
        stream.feed(name, mend(event))
    except NOT_IN_FORM:
        raise UpstreamTrouble(ModelProtocolError, "an event of its answer is not in the expected form") from None


def mend(document: bytes) -> bytes:
    """JSON without half characters: servers cut emoji in two, and send bytes that are no UTF-8.

    Raises msgspec.DecodeError or RecursionError for what is not JSON either way.
    """
    import json  # the one decoder that lets half characters pass; rarely needed

    try:
        text = json.dumps(json.loads(document.decode("utf-8", "replace")), ensure_ascii=False)
    except ValueError:
        raise msgspec.DecodeError from None
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
