"""Commands that decide how turns are done: alone for the session from here on, before text for that message only."""

import re
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from openclaw_gateway.asking import QueueDrop, QueueMode
from openclaw_gateway.commands.desk import Hand, refuse
from openclaw_gateway.commands.information import tell_models
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.runs.queue_rules import rules_for
from openclaw_gateway.runs.showing import REASONING, VERBOSE
from openclaw_gateway.runs.thinking import read_level, resolve_thinking
from openclaw_gateway.sessions.settings import SessionSettings

DEFAULT: Final = "default"
QUEUE_MODES: Final[Mapping[str, QueueMode]] = {
    "steer": "steer", "followup": "followup", "collect": "collect", "interrupt": "interrupt",
}  # fmt: skip
QUEUE_DROPS: Final[Mapping[str, QueueDrop]] = {"summarize": "summarize", "old": "old", "new": "new"}
MAX_DEBOUNCE_MS: Final = 60_000
MAX_CAP: Final = 100

_SCOPE_FLAGS: Final = {"-s": "session", "--session": "session", "-a": "agent", "--agent": "agent", "-g": "global",
                       "--global": "global"}  # fmt: skip
_OPTION: Final = re.compile(r"(debounce|cap|drop):(\S+)", re.IGNORECASE)
_DURATION: Final = re.compile(r"(\d{1,6})(ms|s)?")


# --- Thinking, verbose, reasoning -----------------------------------------------------------------------------------


def takes_level(word: str, place: int) -> bool:
    """A thinking level, or `default`."""
    return place == 0 and (read_level(word) is not None or word.lower() == DEFAULT)


async def think(hand: Hand, args: str) -> str:
    """`/think`: how much the model thinks in this session."""
    ref, config = hand.model_name(), hand.stage.prepared.config
    if not args:
        level = resolve_thinking(config, hand.agent.id, ref, inline=None, stored=hand.settings.thinking_level)
        return f"Thinking: {level or 'as the provider does'}."
    if args.lower() == DEFAULT:
        await hand.patch(thinkingLevel=None)
        return "Thinking: as configured."
    level = resolve_thinking(config, hand.agent.id, ref, inline=args, stored=None)
    await hand.patch(thinkingLevel=level)
    return f"Thinking: {level}."


def taking(words: tuple[str, ...]) -> Callable[[str, int], bool]:
    """One of these words, or `default`."""
    return lambda word, place: place == 0 and word.lower() in (*words, DEFAULT)


async def verbose(hand: Hand, args: str) -> str:
    """`/verbose`: whether clients that did not ask for it are told what tools do."""
    known = hand.settings.verbose_level
    return await _set_word(hand, args, "verboseLevel", known, ("Verbose", "/verbose", tuple(VERBOSE)))


async def reasoning(hand: Hand, args: str) -> str:
    """`/reasoning`: whether clients are told what the model thinks."""
    known = hand.settings.reasoning_level
    return await _set_word(hand, args, "reasoningLevel", known, ("Reasoning", "/reasoning", tuple(REASONING)))


async def _set_word(hand: Hand, args: str, key: str, known: str | None, about: tuple[str, str, tuple[str, ...]]) -> str:
    title, command, words = about
    word = args.lower()
    if not word:
        return f"{title}: {known or DEFAULT}."
    if word not in (*words, DEFAULT):
        raise refuse(f"{command} {'|'.join(words)}|{DEFAULT}", args)
    await hand.patch(**{key: None if word == DEFAULT else word})
    return f"{title}: {word}."


# --- Queue ----------------------------------------------------------------------------------------------------------


def takes_queue_word(word: str, place: int) -> bool:
    """A mode first, then options."""
    if _OPTION.fullmatch(word):
        return True
    return place == 0 and (word.lower() in QUEUE_MODES or word.lower() == DEFAULT)


async def queue(hand: Hand, args: str) -> str:
    """`/queue`: what becomes of messages that come while the session is at work."""
    if args:
        change = read_queue(args)
        await hand.keep_session()
        await hand.stage.store.directory.change_settings(hand.key, change)
        hand.desk.deeds.tell_changed(hand.key, "patch")
        settings = change(hand.settings)
    else:
        settings = hand.settings
    rules = rules_for(hand.stage.order, hand.stage.prepared.config.messages.queue, settings)
    return f"Queue: {rules.mode}, debounce {rules.debounce_s:g} s, cap {rules.cap}, drop {rules.drop}."


def read_queue(args: str) -> Callable[[SessionSettings], SessionSettings]:
    """What the words make of a session's settings. Raises InvalidRequest for a value that means nothing."""
    changes: dict[str, object] = {}
    for word in args.split():
        option = _OPTION.fullmatch(word)
        if option is not None:
            changes |= _read_option(option[1].lower(), option[2].lower())
        elif word.lower() == DEFAULT:
            changes |= {"queue_mode": None, "queue_debounce_ms": None, "queue_cap": None, "queue_drop": None}
        elif word.lower() in QUEUE_MODES:
            changes["queue_mode"] = QUEUE_MODES[word.lower()]
        else:
            raise refuse("/queue steer|followup|collect|interrupt|default [debounce:500ms cap:20 drop:old]", word)
    return lambda old: msgspec.structs.replace(old, **changes)


def _read_option(name: str, value: str) -> dict[str, object]:
    if name == "drop":
        if value not in QUEUE_DROPS:
            raise refuse("drop:summarize|old|new", value)
        return {"queue_drop": QUEUE_DROPS[value]}
    if name == "cap":
        if not value.isascii() or not value.isdigit() or not 1 <= int(value[:9]) <= MAX_CAP:
            raise refuse(f"cap:1 to cap:{MAX_CAP}", value)
        return {"queue_cap": int(value)}
    match = _DURATION.fullmatch(value)
    debounce_ms = int(match[1]) * (1000 if match[2] == "s" else 1) if match else -1
    if not 0 <= debounce_ms <= MAX_DEBOUNCE_MS:
        raise refuse("debounce:500ms or debounce:2s, at most a minute", value)
    return {"queue_debounce_ms": debounce_ms}


# --- Model ----------------------------------------------------------------------------------------------------------


def takes_model(word: str, place: int) -> bool:
    """A reference with its provider (an alias before text would be a guess), and where it is to hold."""
    if word in _SCOPE_FLAGS:
        return place > 0
    provider, slash, name = word.partition("/")
    return place == 0 and bool(provider and slash and name)


def split_model(args: str) -> tuple[str, str]:
    """The reference and its scope: session, agent or global."""
    words = args.split()
    scopes = {_SCOPE_FLAGS[word] for word in words if word in _SCOPE_FLAGS}
    names = [word for word in words if word not in _SCOPE_FLAGS]
    if len(names) > 1 or len(scopes) > 1:
        raise refuse("/model <provider/model>|default|list|status [-s|-a|-g]", args)
    return names[0] if names else "", scopes.pop() if scopes else "session"


async def model(hand: Hand, args: str) -> str:
    """`/model`: which model the session asks, or with a flag what the config says."""
    name, scope = split_model(args)
    if name.lower() == "list":
        return await tell_models(hand, "")
    if name.lower() in ("", "status"):
        chosen = hand.key in hand.desk.runs.chosen_models
        return f"Model: {hand.model_name()} ({'chosen for this session' if chosen else 'as configured'})."
    if name.lower() == DEFAULT:
        if scope != "session":
            raise InvalidRequest("/model default takes back the session's choice; the config's is changed with a name")
        await hand.patch(model=None)
        return f"Model: {hand.model_name()} (as configured)."
    found = hand.stage.prepared.catalog.resolve(name, hand.agent.id)
    ref = f"{found.provider}/{found.id}"
    await hand.patch(model=ref)
    if scope != "session":
        agent_id = hand.agent.id if scope == "agent" else None
        await hand.desk.deeds.set_default_model(hand.principal, agent_id, ref)
        return f"Model: {ref}, for this session and {'the agent' if agent_id else 'all agents'}."
    return f"Model: {ref}, for this session."


# --- For one message ------------------------------------------------------------------------------------------------


def think_once(order: RunOrder, args: str) -> RunOrder:
    """This message's level."""
    return msgspec.structs.replace(order, thinking=args or order.thinking)


def ask_once(order: RunOrder, args: str) -> RunOrder:
    """This message's model."""
    name, scope = split_model(args)
    if scope != "session":
        raise InvalidRequest("-a and -g stand in a message of their own: the text goes into the next one")
    return msgspec.structs.replace(order, model=name or order.model)


def queue_once(order: RunOrder, args: str) -> RunOrder:
    """How this message waits; a request over HTTP waits for its own answer."""
    mode = next((QUEUE_MODES[word.lower()] for word in args.split() if word.lower() in QUEUE_MODES), None)
    if mode is None or order.queue_mode == "own":
        return order
    return msgspec.structs.replace(order, queue_mode=mode)


def steer_once(order: RunOrder, args: str) -> RunOrder:  # noqa: ARG001  (takes none)
    """Into the run at work, as far as the transport has that."""
    return queue_once(order, "steer")


async def ask_for_message(hand: Hand, args: str) -> str:  # noqa: ARG001
    """`/steer` alone says nothing to anybody."""
    raise InvalidRequest("expected /steer <message>")


def verbose_once(order: RunOrder, args: str) -> RunOrder:
    """What is shown of the tools of this message's run."""
    return msgspec.structs.replace(order, verbose=VERBOSE.get(args.lower()))


def reasoning_once(order: RunOrder, args: str) -> RunOrder:
    """What is shown of the reasoning of this message's run."""
    return msgspec.structs.replace(order, reasoning=REASONING.get(args.lower()))
