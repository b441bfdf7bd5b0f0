"""What of a session reaches the model: its newest summary and what came after, as far as it fits into the window.

Summaries are written by `runs/compaction.py`. Where none can be written the newest whole turns remain.

The start of the context is remembered and moves rarely, and then far: a context that slides by one turn each time would
change its first bytes each time, and neither the provider's prompt cache nor ours could reuse anything.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from openclaw_gateway.messages import Message, TextPart, UserMessage, is_aside
from openclaw_gateway.models.model import Model
from openclaw_gateway.runs.pruning import shorten
from openclaw_gateway.sessions.compaction import find_in_force
from openclaw_gateway.sessions.prompt_size import estimate_tokens
from openclaw_gateway.sessions.session import Entry, Session

# Of the window, what is left to the answer when the entry does not say; and how far a full context is emptied.
ANSWER_SHARE = 0.25
REFILL_SHARE = 0.6

RESERVE_TOKENS = 20_000

# What a summary is shown with, in place of what it stands for.
PREFACE = "Summary of the earlier part of this conversation, which is not shown any more:\n\n"

Show = Callable[[Message], Message]


def fit_context(session: Session, *, window: int, reserved: int, show: Show | None = None) -> tuple[Message, ...]:
    """Messages of the session's context, oldest first, after moving its start if they no longer fit.

    window: tokens of the model's window. reserved: tokens kept free for system text, tools and the answer.
    show: what the model is shown of a message, if not the message itself; the same function every time, or all begins
    anew.
    The last turn is always there, even if it alone is too large: its tool results are shown shorter then, and if that
    does not help the model's server says so better than we could.
    """
    count_context(session, show)
    budget = max(window - reserved, 0)
    if session.context_tokens > budget:
        make_room(session, budget)
    return session.context


def count_context(session: Session, show: Show | None) -> int:
    """The estimated tokens of the session's context, counted anew if need be."""
    if session.show != show:
        session.show, session.context_tokens = show, -1
    # The length tells of messages that came without `note_appended`: those of a run that was ended meanwhile.
    reaching = len(session.path) - session.context_start
    if session.context_tokens < 0 or len(session.context) != reaching + session.context_lead:
        _gather(session)
    return session.context_tokens


def make_room(session: Session, budget: int) -> None:
    """Bring a context that was counted below the budget: without the oldest turns, then with shorter tool results."""
    _move_start(session, int(budget * REFILL_SHARE))
    surplus = session.context_tokens - budget
    if surplus > 0:
        show_shorter(session, shorten(reaching_entries(session), session.pruned, surplus))


def show_shorter(session: Session, shown: Mapping[int, Message]) -> None:
    """Show these messages in place of the entries with those ids from here on."""
    session.pruned = shown
    _gather(session)


def reaching_entries(session: Session) -> Sequence[Entry]:
    """The entries of the path that reach the model, after the context was counted."""
    return session.path[session.context_start :]


def answer_reserve(model: Model, asked: int | None = None) -> int:
    """Tokens of the window that are kept for the answer. asked: what the caller allows it."""
    answer = asked or model.max_output_tokens or int(model.context_window * ANSWER_SHARE)
    return min(answer, model.context_window // 2)


def least_reserve(model: Model) -> int:
    """What is kept free of a window in any case: the original's reserve, less in small windows."""
    return min(RESERVE_TOKENS, model.context_window // 8)


def show_messages(messages: Sequence[Message], show: Show | None) -> tuple[Message, ...]:
    """The messages as a model is shown them: what was said to the gateway is not among them."""
    if show is None:
        return tuple([message for message in messages if not is_aside(message)])
    return tuple([show(message) for message in messages if not is_aside(message)])


def note_appended(session: Session, entries: Sequence[Entry]) -> None:
    """Count what was just appended, so that the next turn need not walk along the whole path."""
    if session.context_tokens >= 0:
        for entry in entries:
            session.context_tokens += entry.tokens
        shown = _show(entries, session)
        session.context += shown
        session.context_lead += len(shown) - len(entries)


def restart_context(session: Session) -> None:
    """Forget where the context began: the path was cut (a branch), or a summary was written."""
    session.context_start, session.context_tokens = 0, -1


def _gather(session: Session) -> None:
    """Count from the newest summary that holds for the path, or from where the context was moved to since."""
    compaction, start = find_in_force(session.path, session.compactions) if session.compactions else (None, 0)
    start = session.context_start = max(start, session.context_start)
    reaching = session.path[start:]
    shown = _show(reaching, session)
    session.context_tokens = sum([entry.tokens for entry in reaching])
    if session.pruned:
        session.context_tokens -= _count_saved(reaching, session.pruned)
    if compaction is not None:
        text = PREFACE + compaction.summary
        session.context_tokens += estimate_tokens(UserMessage(text))
        shown = _begin_with(text, compaction.at_ms, shown)
    session.context, session.context_lead = shown, len(shown) - len(reaching)


def _begin_with(text: str, at_ms: int, shown: tuple[Message, ...]) -> tuple[Message, ...]:
    """The messages with a summary in front: in the user's first one, because some servers refuse two in a row."""
    first = shown[0] if shown else None
    if not isinstance(first, UserMessage):
        return (UserMessage(text, timestamp=at_ms), *shown)
    said = (TextPart(first.content),) if isinstance(first.content, str) else first.content
    return (msgspec.structs.replace(first, content=(TextPart(text + "\n\n"), *said)), *shown[1:])


def _show(entries: Sequence[Entry], session: Session) -> tuple[Message, ...]:
    show, pruned = session.show, session.pruned
    if pruned:
        return show_messages([pruned.get(entry.id, entry.message) for entry in entries], show)
    return show_messages([entry.message for entry in entries], show)


def _count_saved(entries: Sequence[Entry], pruned: Mapping[int, Message]) -> int:
    return sum([entry.tokens - estimate_tokens(pruned[entry.id]) for entry in entries if entry.id in pruned])


def _move_start(session: Session, target_tokens: int) -> None:
    """Drop whole turns from the front: a context begins with a user message, so no result loses its call."""
    path, start, tokens = session.path, session.context_start, session.context_tokens
    best_start = start
    for place in range(start, len(path)):
        if place > start and type(path[place].message) is UserMessage:
            best_start = place
            if tokens <= target_tokens:
                break
        tokens -= path[place].tokens
    if best_start > start:
        session.context_start = best_start
        _gather(session)
