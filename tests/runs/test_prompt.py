"""What of a session reaches the model."""

from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.messages import AssistantMessage, Message, TextPart, ToolCall, ToolResultMessage, UserMessage
from openclaw_gateway.runs.prompt import fit_context, note_appended
from openclaw_gateway.sessions.session import Entry, Session

TURN: tuple[Message, ...] = (
    UserMessage("question"),
    AssistantMessage((ToolCall("c1", "look", "{}"),), stop_reason="toolUse"),
    ToolResultMessage("c1", (TextPart("found"),), "look"),
    AssistantMessage((TextPart("answer"),)),
)


def session_of(turns: int, tokens: int = 10) -> Session:
    session = Session("agent:main:main", "main", "id", is_ephemeral=False, created_at_ms=0, updated_at_ms=0)
    for number, message in enumerate(TURN * turns):
        session.path.append(Entry(number, number - 1 if number else None, message, "r", tokens))
    return session


def test_what_fits_is_sent_whole() -> None:
    """A session within the window reaches the model as it is."""
    assert fit_context(session_of(3), window=1000, reserved=100) == TURN * 3


@given(st.integers(1, 40), st.integers(0, 1200), st.integers(0, 100))
def test_context_is_whole_turns_from_the_end(turns: int, window: int, reserved: int) -> None:
    """However small the window: whole turns, the newest ones, at least one, and no result without its call."""
    context = fit_context(session_of(turns), window=window, reserved=reserved)
    assert len(context) % len(TURN) == 0
    assert context == TURN * (len(context) // len(TURN))
    assert 1 <= len(context) // len(TURN) <= turns
    if len(context) > len(TURN):
        assert len(context) * 10 <= max(window - reserved, 0)


@given(st.lists(st.tuples(st.integers(1, 3), st.booleans(), st.integers(20, 400)), max_size=12))
def test_context_is_that_of_the_path(steps: list[tuple[int, bool, int]]) -> None:
    """Turn after turn the context is the path's messages from its start, whether or not their coming was noted."""
    session = session_of(1)
    for turns, is_noted, window in steps:
        context = fit_context(session, window=window, reserved=0)
        assert context == tuple([entry.message for entry in session.path[session.context_start :]])
        entries = [Entry(0, None, message, "r", 10) for message in TURN * turns]
        session.path.extend(entries)
        if is_noted:
            note_appended(session, entries)


def test_start_moves_rarely() -> None:
    """A session that grows past its window keeps the same first message for many turns, for the sake of prompt
    caches.
    """
    session, starts = session_of(1), []
    for turn in range(1, 200):
        fit_context(session, window=1000, reserved=0)
        starts.append(session.context_start)
        entries = [Entry(turn * 4 + n, turn * 4 + n - 1, message, "r", 10) for n, message in enumerate(TURN)]
        session.path.extend(entries)
        note_appended(session, entries)
    assert 2 < len(set(starts)) < 25
    assert session.context_tokens == sum(entry.tokens for entry in session.path[session.context_start :])


def test_commands_are_left_out() -> None:
    """What was said to the gateway is in no context and takes no room, whether or not its coming was noted."""
    session = session_of(1)
    aside: tuple[Message, ...] = (
        UserMessage("/status", exclude_from_context=True),
        AssistantMessage((TextPart("well"),), exclude_from_context=True),
    )
    for messages, is_noted in ((aside, True), (TURN, True), (aside, False), (TURN, False)):
        before = fit_context(session, window=1000, reserved=0)
        entries = [Entry(0, None, message, "r", 0 if message in aside else 10) for message in messages]
        session.path.extend(entries)
        if is_noted:
            note_appended(session, entries)
        grown = () if messages is aside else TURN
        assert fit_context(session, window=1000, reserved=0) == before + grown
