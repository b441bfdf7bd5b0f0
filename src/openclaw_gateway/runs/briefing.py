"""The system text of one turn: what is the same for all turns first, then the day, then what the caller says.

A provider's cache holds the longest beginning that it has seen, so what changes stands behind what does not.
"""

import asyncio

import msgspec

from openclaw_gateway.agents.daily_notes import read_recent_notes
from openclaw_gateway.agents.prompt_book import Variant
from openclaw_gateway.agents.system_prompt import write_dynamic_part, write_notes_part
from openclaw_gateway.messages import Message, UserMessage
from openclaw_gateway.models.model import Model
from openclaw_gateway.routing.session_key import main_session_key
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.runs.prepared import Prepared
from openclaw_gateway.sessions.session import Session


async def write_system(
    prepared: Prepared,
    order: RunOrder,
    session: Session,
    model: Model,
    tools: tuple[str, ...],
    now_ms: int,
    news: str = "",
) -> tuple[str, ...]:
    """(stable, of the day, of this conversation, news, the caller's), without those that are empty.

    session: before this turn's input is in it. model: the first that is asked. tools: names of those that it may use.
    news: what happened since the last turn.
    """
    agent_id = order.agent_id
    book = prepared.prompts[agent_id]
    has_tools = bool(book.settings.tools)
    is_main = session.key == main_session_key(agent_id)
    stable = await book.find(
        Variant(
            folder=prepared.place(agent_id, session.key).shown_as if has_tools else str(book.settings.workspace),
            mode=order.prompt_mode,
            is_main=is_main,
            has_files=order.has_files and _injects(book.settings.injection, session),
            tools=tools,
        )
    )
    if not has_tools or order.prompt_mode == "none":
        return (stable, order.system) if order.system else (stable,)
    parts = [stable, book.time.once_a_day(now_ms, f"{model.provider}/{model.id}", write_dynamic_part)]
    startup = book.settings.startup
    if (
        is_main
        and order.prompt_mode == "full"
        and not session.has_begun
        and session.settings.reset_at_ms is not None
        and startup.enabled
        and startup.apply_on
    ):
        today = book.time.at(now_ms).date()
        notes = await asyncio.to_thread(read_recent_notes, book.settings.workspace, today, startup)
        parts.append(write_notes_part(notes) if notes else "")
    return tuple(filter(None, (*parts, news, order.system)))


def stamp_input(messages: tuple[Message, ...], now_ms: int) -> tuple[Message, ...]:
    """What is said now, as it will be stored: later turns must show the very same times, or no cache would hold."""
    return tuple(
        [
            msgspec.structs.replace(message, timestamp=now_ms)
            if type(message) is UserMessage and not message.timestamp
            else message
            for message in messages
        ]
    )


def _injects(injection: str, session: Session) -> bool:
    """Whether the workspace's files are in this turn's prompt."""
    return injection == "always" or (injection == "continuation-skip" and not session.has_begun)
