"""What of a session reaches the model: the newest whole turns that fit into its window.

The start of the context is remembered and moves rarely, and then far: a context that slides by one turn each time would
change its first bytes each time, and neither the provider's prompt cache nor ours could reuse anything.
"""

from collections.abc import Callable, Sequence

from openclaw_gateway.messages import Message, UserMessage
from openclaw_gateway.sessions.session import Entry, Session

# Of the window, what is left to the answer when the entry does not say; and how far a full context is emptied.
ANSWER_SHARE = 0.25
REFILL_SHARE = 0.6


Show = Callable[[Message], Message]


def fit_context(session: Session, *, window: int, reserved: int, show: Show | None = None) -> tuple[Message, ...]:
    """Messages of the session's context, oldest first, after moving its start if they no longer fit.

    window: tokens of the model's window. reserved: tokens kept free for system text, tools and the answer.
    show: what the model is shown of a message, if not the message itself; the same function every time, or all begins
    anew.
    The last turn is always there, even if it alone is too large: the model's server then says so better than we could.
    """
    if session.show != show:
        session.show, session.context_tokens = show, -1
    # The length tells of messages that came without `note_appended`: those of a run that was ended meanwhile.
    if session.context_tokens < 0 or len(session.context) != len(session.path) - session.context_start:
        _gather(session)
    budget = max(window - reserved, 0)
    if session.context_tokens > budget:
        _move_start(session, int(budget * REFILL_SHARE))
    return session.context


def note_appended(session: Session, entries: Sequence[Entry]) -> None:
    """Count what was just appended, so that the next turn need not walk along the whole path."""
    if session.context_tokens >= 0:
        session.context_tokens += sum([entry.tokens for entry in entries])
        session.context += _show(entries, session.show)


def restart_context(session: Session) -> None:
    """Forget where the context began: the path was cut (a branch)."""
    session.context_start, session.context_tokens = 0, -1


def _gather(session: Session) -> None:
    reaching = session.path[session.context_start :]
    session.context_tokens = sum([entry.tokens for entry in reaching])
    session.context = _show(reaching, session.show)


def _show(entries: Sequence[Entry], show: Show | None) -> tuple[Message, ...]:
    return tuple([entry.message if show is None else show(entry.message) for entry in entries])


def _move_start(session: Session, target_tokens: int) -> None:
    """Drop whole turns from the front: a context begins with a user message, so no result loses its call."""
    path = session.path
    start, tokens = session.context_start, session.context_tokens
    best_start, best_tokens = start, tokens
    for place in range(start, len(path)):
        if place > start and type(path[place].message) is UserMessage:
            best_start, best_tokens = place, tokens
            if tokens <= target_tokens:
                break
        tokens -= path[place].tokens
    session.context = session.context[best_start - start :]
    session.context_start, session.context_tokens = best_start, best_tokens
