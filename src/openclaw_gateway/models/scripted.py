"""The scripted model: answers without a server, the same way each time. It is the demo and what clients test against.

What it does is decided by the first of these that is there:

1. Directives in the last user message, each `[[word rest]]`, in their order:
   `[[say text]]`, `[[think text]]`, `[[call tool {"json": "arguments"}]]`, `[[wait 250]]` (milliseconds),
   `[[usage 100 20]]` (prompt, completion), `[[finish length]]`, `[[error 429 text]]`, `[[retry 2]]` (seconds, for an
   error after it), `[[hang]]`, and `[[then]]`, which begins the answer of the next model call, after tool results.
   Backslash and n are a line break; a directive ends at the first `]]`.
2. `models[].params.script`: a list of turns; the n-th answer of a conversation is the n-th turn, and after the last
   comes the first again. A turn is {"text" or "chunks", "delayMs", "reasoning", "toolCalls": [{"id", "name",
   "arguments"}], "usage": {"input", "output", "cacheRead", "reasoning"}, "finishReason", "error": {"status", "message",
   "retryAfter"}, "hang"}.
3. Nothing: a short text that names what was said, says that this is a demo, and how to get a real model.

Described for client developers in docs/reference/scripted-model.md.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import msgspec

from openclaw_gateway.events import FinishReason, ReasoningDelta, TextDelta, ToolCallDelta, ToolCallStarted
from openclaw_gateway.messages import (
    AssistantMessage,
    AssistantPart,
    Message,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    Usage,
    UserMessage,
    visible_text,
)
from openclaw_gateway.model_errors import ModelError, ModelTimeout
from openclaw_gateway.models.classify import classify
from openclaw_gateway.models.model import ModelReply, ModelRequest, ModelTimings, Say
from openclaw_gateway.models.usage import STOP_REASONS, estimate_usage

DEFAULT_CONTEXT_WINDOW = 200_000
DEMO_QUOTE_CHARS = 200

_WORDS = frozenset(("say", "think", "call", "wait", "usage", "finish", "error", "retry", "hang", "then"))
# What a runtime puts before a message: when it was said. No part of the question.
_STAMP = re.compile(r"\[[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d [^\]\s]{1,12}\] ")
_PIECE = re.compile(r"\s*\S+|\s+")


class ScriptedCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tool call of a turn. arguments: a JSON value; a string is taken as the JSON text itself."""

    name: str
    arguments: object = msgspec.field(default_factory=dict)
    id: str | None = None


class ScriptedError(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """An error of a turn, as an HTTP server would have given it. retry_after: seconds."""

    status: int
    message: str = "the script asks for an error"
    retry_after: float | None = None


class ScriptedUsage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Tokens that a turn claims to have used."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    reasoning: int = 0


class ScriptedTurn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """One turn of a script. delay_ms: before each piece."""

    text: str = ""
    chunks: tuple[str, ...] = ()
    delay_ms: float = 0
    reasoning: str = ""
    tool_calls: tuple[ScriptedCall, ...] = ()
    usage: ScriptedUsage | None = None
    finish_reason: FinishReason | None = None
    error: ScriptedError | None = None
    hang: bool = False


class _Params(msgspec.Struct, frozen=True):
    script: tuple[ScriptedTurn, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wait:
    ms: float


@dataclass(frozen=True, slots=True)
class _Finish:
    reason: FinishReason


@dataclass(frozen=True, slots=True)
class _Hang:
    pass


_Step = TextDelta | ReasoningDelta | ToolCall | ScriptedError | ScriptedUsage | _Wait | _Finish | _Hang


def parse_script(params: dict[str, object]) -> tuple[ScriptedTurn, ...]:
    """The turns of `models[].params.script`. Raises msgspec.ValidationError with the place of what is wrong."""
    return msgspec.convert(params, _Params).script


class ScriptedModel:
    """A model entry of `api: "scripted"`."""

    __slots__ = ("_script", "_silence_s", "accepts_images", "context_window", "id", "max_output_tokens", "provider")

    def __init__(
        self,
        provider: str,
        model_id: str,
        script: tuple[ScriptedTurn, ...] = (),
        *,
        context_window: int = DEFAULT_CONTEXT_WINDOW,
        accepts_images: bool = True,
        silence_s: float = 120.0,
    ) -> None:
        self.provider = provider
        self.id = model_id
        self.context_window = context_window
        self.max_output_tokens: int | None = None
        self.accepts_images = accepts_images
        self._script = script
        self._silence_s = silence_s

    async def ask(self, request: ModelRequest, say: Say) -> ModelReply:
        """Play the turn that the conversation has come to."""
        clock = asyncio.get_running_loop().time
        began_at = clock()
        timings = ModelTimings(connected_ms=0.0)
        content: list[AssistantPart] = []
        usage: Usage | None = None
        finish: FinishReason | None = None
        for step in self._choose_steps(request.messages):
            match step:
                case _Wait(ms=ms):
                    await asyncio.sleep(ms / 1000)
                case _Hang():
                    await self._hang(has_begun=bool(content))
                case ScriptedError():
                    raise self._fail(step)
                case ScriptedUsage():
                    usage = Usage(step.input, step.output, cache_read=step.cache_read, reasoning=step.reasoning)
                case _Finish(reason=reason):
                    finish = reason
                case _:
                    timings.first_token_ms = timings.first_token_ms or (clock() - began_at) * 1000
                    _play(step, content, say)
                    await asyncio.sleep(0)  # readers see the pieces one by one, as they would come from a server
        return self._reply(request, content, usage, finish, timings)

    def _choose_steps(self, messages: tuple[Message, ...]) -> Iterable[_Step]:
        question, rounds = _find_question(messages)
        answered = sum(type(message) is AssistantMessage for message in messages)
        if "[[" in question:
            turns = list(_read_directives(question, answered - rounds))
            if any(turns):
                return turns[rounds] if rounds < len(turns) else _demo_steps(messages)
        if self._script:
            return _turn_steps(self._script[answered % len(self._script)], answered)
        return _demo_steps(messages)

    async def _hang(self, *, has_begun: bool) -> None:
        try:
            async with asyncio.timeout(self._silence_s):
                await asyncio.Event().wait()
        except TimeoutError:
            limit = "idle" if has_begun else "first_token"
            message = f"{self.provider}/{self.id} was silent for {self._silence_s:g} s (limit: {limit})"
            raise ModelTimeout(message, limit=limit, provider=self.provider, model=self.id) from None

    def _fail(self, error: ScriptedError) -> ModelError:
        return classify(
            error.status,
            msgspec.json.encode({"error": {"message": error.message}}),
            retry_after_s=error.retry_after,
            provider=self.provider,
            model=self.id,
        )

    def _reply(
        self,
        request: ModelRequest,
        content: list[AssistantPart],
        usage: Usage | None,
        finish: FinishReason | None,
        timings: ModelTimings,
    ) -> ModelReply:
        parts = tuple(_join_pieces(content))
        if finish is None:
            finish = "tool_calls" if any(type(part) is ToolCall for part in parts) else "stop"
        usage = usage or estimate_usage(request, parts)
        stop_reason: StopReason = STOP_REASONS[finish]
        message = AssistantMessage(
            parts, api="scripted", provider=self.provider, model=self.id, usage=usage, stop_reason=stop_reason
        )
        return ModelReply(message, finish, usage, timings)


def _play(step: TextDelta | ReasoningDelta | ToolCall, content: list[AssistantPart], say: Say) -> None:
    match step:
        case TextDelta(text=text):
            content.append(TextPart(text))
            say(step)
        case ReasoningDelta(text=text):
            content.append(ThinkingPart(text))
            say(step)
        case ToolCall():
            index = sum(type(part) is ToolCall for part in content)
            content.append(step)
            say(ToolCallStarted(index, step.id, step.name))
            if step.arguments:
                say(ToolCallDelta(index, step.arguments))


def _join_pieces(content: list[AssistantPart]) -> Iterator[AssistantPart]:
    """Neighbouring pieces of text (of reasoning) are one part."""
    kind: type[TextPart | ThinkingPart] | None = None
    pieces: list[str] = []
    for part in (*content, None):
        if pieces and type(part) is not kind:
            yield TextPart("".join(pieces)) if kind is TextPart else ThinkingPart("".join(pieces))
            pieces = []
        match part:
            case TextPart(text=text):
                kind = TextPart
                pieces.append(text)
            case ThinkingPart(thinking=text):
                kind = ThinkingPart
                pieces.append(text)
            case ToolCall():
                yield part


# --- where the steps come from ----------------------------------------------------------------------------------------


def _unstamped(text: str) -> str:
    stamp = _STAMP.match(text)
    return text[stamp.end() :] if stamp else text


def _find_question(messages: tuple[Message, ...]) -> tuple[str, int]:
    """The last user message's text, and how many model calls were made since."""
    rounds = 0
    for message in reversed(messages):
        if isinstance(message, UserMessage):
            return _unstamped(visible_text(message)), rounds
        rounds += type(message) is AssistantMessage
    return "", rounds


def _find_directives(text: str) -> Iterator[tuple[str, str]]:
    """Each `[[word rest]]`, by plain searching: a text of nothing but `[[say ` costs no more than its length."""
    begin = text.find("[[")
    while begin >= 0:
        end = text.find("]]", begin)
        if end < 0:
            return
        word, _, rest = text[begin + 2 : end].partition(" ")
        if word in _WORDS:
            yield word, rest
        begin = text.find("[[", end if word in _WORDS else begin + 2)


def _read_directives(question: str, answered: int) -> Iterator[list[_Step]]:
    """Steps of each model call that the question asks for; answered: earlier answers of the conversation, for ids."""
    turn: list[_Step] = []
    retry_after_s: float | None = None
    for word, rest in _find_directives(question):
        match word:
            case "say":
                turn.extend(TextDelta(piece) for piece in _split(rest.replace("\\n", "\n")))
            case "think":
                turn.extend(ReasoningDelta(piece) for piece in _split(rest.replace("\\n", "\n")))
            case "call":
                name, _, arguments = rest.strip().partition(" ")
                if name:
                    calls = sum(type(step) is ToolCall for step in turn)
                    turn.append(ToolCall(f"call_{answered}_{calls}", name, arguments.strip() or "{}"))
            case "wait":
                turn.append(_Wait(min(_number(rest, 0), 600_000)))
            case "usage":
                prompt, _, completion = rest.strip().partition(" ")
                turn.append(ScriptedUsage(input=int(_number(prompt, 0)), output=int(_number(completion, 0))))
            case "finish":
                turn.append(_Finish(_finish_reason(rest.strip())))
            case "retry":
                retry_after_s = _number(rest, 1)
            case "error":
                status, _, message = rest.strip().partition(" ")
                message = message or "the message asks for an error"
                turn.append(ScriptedError(int(_number(status, 500)), message, retry_after_s))
            case "hang":
                turn.append(_Hang())
            case _:
                yield turn
                turn = []
                answered += 1
    yield turn


def _turn_steps(turn: ScriptedTurn, answered: int) -> Iterator[_Step]:
    wait = (_Wait(turn.delay_ms),) if turn.delay_ms else ()
    for piece in _split(turn.reasoning):
        yield from wait
        yield ReasoningDelta(piece)
    for piece in turn.chunks or _split(turn.text):
        yield from wait
        if piece:
            yield TextDelta(piece)
    for index, call in enumerate(turn.tool_calls):
        yield from wait
        arguments = call.arguments if isinstance(call.arguments, str) else msgspec.json.encode(call.arguments).decode()
        yield ToolCall(call.id or f"call_{answered}_{index}", call.name, arguments)
    if turn.usage:
        yield turn.usage
    if turn.finish_reason:
        yield _Finish(turn.finish_reason)
    if turn.error:
        yield turn.error
    if turn.hang:
        yield _Hang()


def _demo_steps(messages: tuple[Message, ...]) -> Iterator[_Step]:
    question, _ = _find_question(messages)
    asked = " ".join(question.split())
    quoted = asked if len(asked) <= DEMO_QUOTE_CHARS else asked[: DEMO_QUOTE_CHARS - 1] + "…"
    last = messages[-1] if messages else None
    if isinstance(last, ToolResultMessage):
        result = " ".join(visible_text(last).split())[:DEMO_QUOTE_CHARS]
        opening = f'The tool {last.tool_name or "you ran"} answered: "{result}". '
    else:
        opening = f'You said: "{quoted}". ' if quoted else "Hello! "
    text = (
        f"{opening}I am the built-in demo model, so this answer is scripted. For a real one set OPENAI_API_KEY, "
        "ANTHROPIC_API_KEY, OPENROUTER_API_KEY or GEMINI_API_KEY, or start a local model server such as Ollama, and "
        "start the gateway again."
    )
    for piece in _split(text):
        yield TextDelta(piece)


def _split(text: str) -> list[str]:
    """Words with the space before them: joined again they are the text."""
    return [match[0] for match in _PIECE.finditer(text)]


def _number(text: str, otherwise: float) -> float:
    try:
        number = float(text)
    except ValueError:
        return otherwise
    return number if 0 <= number <= 1e9 else otherwise


def _finish_reason(word: str) -> Literal["stop", "length", "tool_calls"]:
    match word:
        case "length" | "tool_calls":
            return word
        case _:
            return "stop"
