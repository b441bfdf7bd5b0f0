"""The forms in which models are asked: for each `api` its prompt, its stream and its address.

Each is imported when the first model of its kind is built. Neither a session nor a run knows which one it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import quote, urlsplit

import msgspec

from openclaw_gateway.config.schema import ModelEntry, Provider
from openclaw_gateway.models.answer import AnswerStream
from openclaw_gateway.models.model import Say
from openclaw_gateway.models.remote_model import Prompt


@dataclass(frozen=True, slots=True)
class Form:
    """How a model is asked. stream: makes the reader of one answer. url: where the request goes."""

    prompt: Prompt
    stream: Callable[[Say], AnswerStream]
    url: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of a model when its form is made. max_tokens: of the answer, where the caller is silent.

    defaults: fields where the caller is silent, by name, as JSON.
    """

    base_url: str
    entry: ModelEntry
    accepts_images: bool
    max_tokens: int | None
    context_tokens: int | None
    defaults: tuple[tuple[str, bytes], ...]


def make_form(
    api: str,
    base_url: str,
    provider: Provider,
    entry: ModelEntry,
    params: Mapping[str, object],
    *,
    accepts_images: bool,
) -> Form | None:
    """The form of an `api`, None for one that we do not speak."""
    make = _FORMS.get(api)
    if make is None:
        return None
    sizes = (entry.context_tokens, entry.context_window, provider.context_tokens, provider.context_window)
    return make(
        Asked(
            base_url.rstrip("/"),
            entry,
            accepts_images,
            max_tokens=entry.max_tokens or provider.max_tokens or _max_tokens_param(params),
            context_tokens=next((size for size in sizes if size), None),
            defaults=_defaults(params),
        )
    )


def _anthropic(asked: Asked) -> Form:
    from openclaw_gateway.models.anthropic_prompt import DEFAULT_MAX_TOKENS, AnthropicForm, AnthropicPrompt
    from openclaw_gateway.models.anthropic_stream import AnthropicStream
    from openclaw_gateway.models.claude import refuses_sampling

    entry, takes_sampling = asked.entry, asked.entry.compat.supports_temperature
    form = AnthropicForm(
        model=entry.id,
        accepts_images=asked.accepts_images,
        default_max_tokens=asked.max_tokens or DEFAULT_MAX_TOKENS,
        max_output_tokens=entry.max_tokens,
        can_think=entry.reasoning,
        sends_tools=entry.compat.supports_tools is not False,
        sends_temperature=not refuses_sampling(entry.id) if takes_sampling is None else takes_sampling,
        marks_cache=_has_prompt_cache(asked),
        defaults=asked.defaults,
    )
    return Form(AnthropicPrompt(form), AnthropicStream, anthropic_url(asked.base_url))


def _has_prompt_cache(asked: Asked) -> bool:
    """Claude has one wherever it is asked; servers with other models behind this API may fail on a marked prompt."""
    known = asked.entry.compat.supports_prompt_cache
    if known is not None:
        return known
    return "claude" in asked.entry.id.lower() or host_of(asked.base_url) == "api.anthropic.com"


def _completions(asked: Asked) -> Form:
    from openclaw_gateway.models.openai_prompt import OpenAiForm, OpenAiPrompt
    from openclaw_gateway.models.openai_stream import OpenAiStream

    entry, compat = asked.entry, asked.entry.compat
    is_openai = host_of(asked.base_url) == "api.openai.com"
    form = OpenAiForm(
        model=entry.id,
        accepts_images=asked.accepts_images,
        accepts_audio="audio" in entry.input,
        # Every server knows `system`, and OpenAI reads it as `developer` where it must.
        system_role="developer" if compat.supports_developer_role else "system",
        asks_usage=compat.supports_usage_in_streaming is not False,
        # Others ignore the newer name without a word, so that the answer has no bound.
        max_tokens_field=compat.max_tokens_field or ("max_completion_tokens" if is_openai else "max_tokens"),
        default_max_tokens=asked.max_tokens,
        sends_tools=compat.supports_tools is not False,
        sends_strict=compat.supports_strict_mode is not False,
        sends_temperature=compat.supports_temperature is not False,
        sends_store=compat.supports_store is not False,
        sends_reasoning_effort=compat.supports_reasoning_effort is not False,
        reasoning_efforts=tuple(compat.reasoning_effort_map.items()),
        needs_text_content=compat.requires_string_content is True,
        response_formats=compat.response_formats,
        defaults=asked.defaults,
    )
    return Form(OpenAiPrompt(form), OpenAiStream, openai_url(asked.base_url))


def _responses(asked: Asked) -> Form:
    from openclaw_gateway.models.responses_prompt import ResponsesForm, ResponsesPrompt
    from openclaw_gateway.models.responses_stream import ResponsesStream

    entry, compat = asked.entry, asked.entry.compat
    form = ResponsesForm(
        model=entry.id,
        accepts_images=asked.accepts_images,
        can_think=entry.reasoning,
        default_max_tokens=asked.max_tokens,
        sends_tools=compat.supports_tools is not False,
        sends_strict=compat.supports_strict_mode is not False,
        sends_temperature=compat.supports_temperature is not False,
        sends_store=compat.supports_store is not False,
        sends_reasoning_effort=compat.supports_reasoning_effort is not False,
        reasoning_efforts=tuple(compat.reasoning_effort_map.items()),
        defaults=asked.defaults,
    )
    return Form(ResponsesPrompt(form), ResponsesStream, responses_url(asked.base_url))


def _ollama(asked: Asked) -> Form:
    from openclaw_gateway.models.ollama_prompt import OllamaForm, OllamaPrompt
    from openclaw_gateway.models.ollama_stream import OllamaStream

    entry = asked.entry
    form = OllamaForm(
        model=entry.id,
        accepts_images=asked.accepts_images,
        can_think=entry.reasoning,
        context_tokens=asked.context_tokens,
        default_max_tokens=asked.max_tokens,
        sends_tools=entry.compat.supports_tools is not False,
        sends_temperature=entry.compat.supports_temperature is not False,
        defaults=asked.defaults,
    )
    return Form(OllamaPrompt(form), OllamaStream, ollama_url(asked.base_url))


def _google(asked: Asked) -> Form:
    from openclaw_gateway.models.google_prompt import GoogleForm, GooglePrompt
    from openclaw_gateway.models.google_stream import GoogleStream

    entry = asked.entry
    form = GoogleForm(
        model=entry.id,
        accepts_images=asked.accepts_images,
        accepts_audio="audio" in entry.input,
        can_think=entry.reasoning,
        default_max_tokens=asked.max_tokens,
        sends_tools=entry.compat.supports_tools is not False,
        sends_temperature=entry.compat.supports_temperature is not False,
        defaults=asked.defaults,
    )
    return Form(GooglePrompt(form), GoogleStream, google_url(asked.base_url, entry.id))


_FORMS: Final[Mapping[str, Callable[[Asked], Form]]] = {
    "anthropic-messages": _anthropic,
    "google-generative-ai": _google,
    "ollama": _ollama,
    "openai-completions": _completions,
    "openai-responses": _responses,
}

# The values of `api` that a remote model may have.
SPOKEN: Final = tuple(sorted(_FORMS))


# --- addresses -------------------------------------------------------------------------------------------------------


def openai_url(base_url: str) -> str:
    """Where chat completions are; a base URL without any path is taken to lack /v1."""
    return _below(base_url, "/chat/completions")


def responses_url(base_url: str) -> str:
    """Where responses are; a base URL without any path is taken to lack /v1."""
    return _below(base_url, "/responses")


def _below(base_url: str, path: str) -> str:
    base = base_url.rstrip("/")
    if base.endswith(path):
        return base
    return f"{base}{path}" if _has_path(base) else f"{base}/v1{path}"


def anthropic_url(base_url: str) -> str:
    """Where messages are; people give the base URL with and without /v1."""
    base = base_url.rstrip("/")
    return f"{base}/messages" if base.endswith("/v1") else f"{base}/v1/messages"


def ollama_url(base_url: str) -> str:
    """Where chats are; people give the base URL as for chat completions, too."""
    base = base_url.rstrip("/").removesuffix("/v1").removesuffix("/api")
    return f"{base}/api/chat"


def google_url(base_url: str, model: str) -> str:
    """Where a model's content is made; a base URL without any path is taken to lack /v1beta."""
    base = base_url.rstrip("/")
    if not _has_path(base):
        base += "/v1beta"
    return f"{base}/models/{quote(model.removeprefix('models/'), safe='')}:streamGenerateContent?alt=sse"


def host_of(url: str) -> str:
    """The host of a URL, empty for one that is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _has_path(url: str) -> bool:
    try:
        return bool(urlsplit(url).path.strip("/"))
    except ValueError:
        return True


# --- params ----------------------------------------------------------------------------------------------------------


def _max_tokens_param(params: Mapping[str, object]) -> int | None:
    value = params.get("maxTokens", params.get("max_tokens"))
    return value if isinstance(value, int) and value > 0 else None


def _defaults(params: Mapping[str, object]) -> tuple[tuple[str, bytes], ...]:
    """`temperature`, `topP` and the fields of `extraBody`; the other params steer the gateway and are not sent."""
    fields: dict[str, object] = {}
    extra = params.get("extraBody", params.get("extra_body"))
    if isinstance(extra, dict):
        fields.update(cast("dict[str, object]", extra))
    for name, spellings in (("temperature", ("temperature",)), ("top_p", ("topP", "top_p"))):
        value = next((params[spelling] for spelling in spellings if spelling in params), None)
        if isinstance(value, int | float):
            fields[name] = value
    return tuple((name, msgspec.json.encode(fields[name], order="sorted")) for name in sorted(fields))
