"""The view of a path as messages."""

from openclaw_gateway.messages import UserMessage
from openclaw_gateway.sessions.session import Entry, Session


def test_messages_are_a_view_of_the_path() -> None:
    """Messages follow the path without a copy of it, by place and by slice."""
    session = Session("k", "main", "s", is_ephemeral=False, created_at_ms=0, updated_at_ms=0)
    view = session.messages
    for number in range(3):
        session.path.append(Entry(number, None, UserMessage(str(number)), "r", 1))
    assert len(view) == 3
    assert view[-1] == UserMessage("2")
    assert view[1:] == [UserMessage("1"), UserMessage("2")]
    assert list(view) == [UserMessage("0"), UserMessage("1"), UserMessage("2")]
