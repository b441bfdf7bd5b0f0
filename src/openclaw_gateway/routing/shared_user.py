"""Noticing a `user` that names an application and not a person: many chats land in one session then.

A single chat cannot be told from several by its first messages alone, since some clients send only what is new. A
client that was seen to resend its history gives itself away: whenever it begins anew, a new chat has begun.
"""

from typing import Final

from openclaw_gateway.routing.history import HistoryPlan

# A person may begin anew once or twice under one name.
SUSPECT_CHATS: Final = 4


def count_chats(count: int, plan: HistoryPlan, *, stored: int) -> int:
    """How many chats the session has seen: 0 until its client is known to resend. stored: messages before this turn."""
    match plan.kind:
        case "resend" | "trimmed" | "branch":
            return count or 1
        case "unrelated":
            return (count or 1) + 1
        case "append":
            return count + 1 if count and stored else count
