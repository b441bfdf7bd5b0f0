"""How hard a model is to think, in the words of each provider.

A turn carries it as OpenAI's `reasoning_effort`: a word of the caller, or a level of ours (`runs/thinking.py`). Two of
these OpenAI has not: `off` is not to think, as its newer `none`; `adaptive` leaves the amount to the model.
What is None here is not sent, and the provider does as it does by itself.
"""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from openclaw_gateway.asking import Sampling
from openclaw_gateway.models.claude import has_xhigh, thinks_adaptively, thinks_always

FIELD: Final = "reasoning_effort"
_NONE: Final = frozenset(("none", "off"))
# Words of ours: no server of OpenAI's kind knows them, and to many `none` is unknown too.
_OURS: Final = frozenset(("off", "adaptive"))

# Tokens of thinking, where a provider counts it.
BUDGETS: Final[Mapping[str, int]] = {
    "minimal": 1024,
    "low": 2048,
    "medium": 8192,
    "high": 16384,
    "xhigh": 32768,
    "max": 32768,
    "ultra": 32768,
}


def read_effort(sampling: Sampling) -> str | None:
    """The word of a turn, None if it has none."""
    asked = sampling.extra.get(FIELD)
    return None if asked is None else msgspec.json.decode(asked, type=str)


def for_openai(effort: str | None, words: tuple[tuple[str, str], ...]) -> str | None:
    """What chat completions and responses are sent. words: the entry's own for some efforts."""
    if effort is None:
        return None
    word = dict(words).get(effort, effort)
    return None if word in _OURS else word


# --- Ollama ----------------------------------------------------------------------------------------------------------

_OLLAMA: Final[Mapping[str, str]] = {"minimal": "low", "low": "low", "medium": "medium"}


def for_ollama(effort: str, model: str) -> bool | str:
    """`think`: whether, and how much to the one family that knows; others refuse the word ("is not supported")."""
    if effort in _NONE:
        return False
    if "gpt-oss" not in model.lower() or effort == "adaptive":
        return True
    return _OLLAMA.get(effort, "high")


# --- Google ----------------------------------------------------------------------------------------------------------

_DYNAMIC: Final = -1
# The most that each takes, and what the larger one cannot go below.
_MOST: Final = 24_576
_MOST_OF_PRO: Final = 32_768
_LEAST_OF_PRO: Final = 128
_HIGH: Final = ("medium", "high", "xhigh", "max", "ultra")


class GoogleThinking(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True, gc=False):
    """`thinkingConfig`. include_thoughts: they are shown to who asks for them."""

    include_thoughts: bool = False
    thinking_budget: int | None = None
    thinking_level: Literal["minimal", "low", "medium", "high"] | None = None


def for_google(effort: str | None, model: str) -> GoogleThinking:
    """Models since Gemini 3 take levels, older ones tokens. Some cannot stop: they are asked for the least they can."""
    is_pro = "-pro" in model
    if model.startswith("gemini-3"):
        return _level_of_google(effort, is_pro=is_pro)
    if effort is None:
        return GoogleThinking(include_thoughts=True)
    if effort in _NONE:
        return GoogleThinking(thinking_budget=_LEAST_OF_PRO if is_pro else 0)
    budget = _DYNAMIC if effort == "adaptive" else BUDGETS.get(effort)
    if budget is not None:
        budget = min(budget, _MOST_OF_PRO if is_pro else _MOST)
    return GoogleThinking(include_thoughts=True, thinking_budget=budget)


def _level_of_google(effort: str | None, *, is_pro: bool) -> GoogleThinking:
    if effort is not None and effort in _NONE:
        return GoogleThinking(thinking_level="low" if is_pro else "minimal")
    level: Literal["minimal", "low", "medium", "high"] | None = None
    if effort in ("minimal", "low"):
        level = "low" if is_pro or effort == "low" else "minimal"
    elif effort in _HIGH:
        level = "medium" if effort == "medium" and not is_pro else "high"
    return GoogleThinking(include_thoughts=True, thinking_level=level)


# --- Anthropic -------------------------------------------------------------------------------------------------------

# Anthropic refuses less.
_MIN_BUDGET: Final = 1024
# Of the bound this much is left for the answer where the caller names no smaller one.
_ANSWER_TOKENS: Final = 1024
_EFFORTS: Final[Mapping[str, str]] = {
    "none": "low",
    "off": "low",
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "xhigh",
    "max": "max",
    "ultra": "max",
}


class AnthropicThinking(msgspec.Struct, frozen=True, gc=False):
    """What stands in the request, as JSON. max_tokens: of the answer and the thoughts before it."""

    max_tokens: int
    thinking: bytes | None = None
    output_config: bytes | None = None

    @property
    def is_on(self) -> bool:
        """Whether it thinks; then Anthropic takes neither sampling nor a forced tool."""
        return self.thinking is not None and self.thinking != _DISABLED


_DISABLED: Final = b'{"type":"disabled"}'
_ADAPTIVE: Final = b'{"type":"adaptive","display":"summarized"}'


def for_anthropic(
    effort: str | None, model: str, answer_tokens: int, *, limit: int | None, is_forced: bool
) -> AnthropicThinking:
    """How a model that can think is asked to, within its bound.

    answer_tokens: what the answer may have. limit: the most that the model puts out, thoughts and answer, if known.
    is_forced: the caller demands a tool call, which excludes thinking.
    """
    silent = AnthropicThinking(answer_tokens)
    must = thinks_always(model)
    if effort is None or (is_forced and not must):
        return silent
    if effort in _NONE and not must:
        # The newest think unless they are told not to; to older ones silence is the same.
        return AnthropicThinking(answer_tokens, thinking=_DISABLED) if has_xhigh(model) else silent
    wanted = BUDGETS.get("high" if effort == "adaptive" else "low" if effort in _NONE else effort)
    if wanted is None:
        return silent
    bound = answer_tokens + wanted
    if limit is not None:
        bound = max(answer_tokens, min(bound, limit))
    if thinks_adaptively(model):
        word = _EFFORTS.get(effort)
        if word == "xhigh" and not has_xhigh(model):
            word = "high"
        config = None if word is None else b'{"effort":"%b"}' % word.encode()
        return AnthropicThinking(bound, _ADAPTIVE, config)
    budget = min(wanted, bound - min(answer_tokens, _ANSWER_TOKENS))
    if budget < _MIN_BUDGET:
        return silent
    return AnthropicThinking(bound, b'{"type":"enabled","budget_tokens":%d}' % budget)
