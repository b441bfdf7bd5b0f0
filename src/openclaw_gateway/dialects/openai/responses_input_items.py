"""`GET /v1/responses/{id}/input_items`: what a response was made from, as items, newest first unless asked otherwise.

What the session holds is shown: the conversation without instructions, calls of the agent's own tools and reasoning.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import parse_qs

import msgspec

from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import (
    AssistantMessage,
    ImagePart,
    Message,
    TextPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
    UserPart,
)

MAX_LIMIT: Final = 100
DEFAULT_LIMIT: Final = 20

Item = Mapping[str, object]


class Page(msgspec.Struct, frozen=True):
    """Which items are asked for. after: the id of the last item that the caller has."""

    limit: int = DEFAULT_LIMIT
    is_ascending: bool = False
    after: str | None = None


class ItemList(msgspec.Struct, frozen=True):
    """One page."""

    object: str
    data: list[Item]
    first_id: str | None
    last_id: str | None
    has_more: bool


def read_page(query: str) -> Page:
    """`limit` (1 to 100), `order` (asc, desc) and `after` of a query. Raises InvalidRequest naming the parameter."""
    fields = read_query(query)
    limit, order = fields.get("limit", str(DEFAULT_LIMIT)), fields.get("order", "desc")
    if not (limit.isascii() and limit.isdigit() and len(limit) <= 3 and 1 <= int(limit) <= MAX_LIMIT):
        message = f"limit: expected a whole number from 1 to {MAX_LIMIT}, got {limit[:20]!r}"
        raise InvalidRequest(message, param="limit")
    if order not in ("asc", "desc"):
        raise InvalidRequest(f"order: expected asc or desc, got {order[:20]!r}", param="order")
    return Page(int(limit), order == "asc", fields.get("after"))


def read_query(query: str) -> dict[str, str]:
    """The fields of a query; of a repeated one the last. Raises InvalidRequest for too many."""
    try:
        return {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True, max_num_fields=20).items()}
    except ValueError as error:
        raise InvalidRequest("the query has too many fields") from error


def list_items(messages: Iterable[tuple[int, Message]], shown_calls: frozenset[str], page: Page) -> bytes:
    """One page of the items. messages: with their ids, in their order. shown_calls: names of tools the caller knows."""
    items = [item for entry_id, message in messages for item in _show(entry_id, message, shown_calls)]
    if not page.is_ascending:
        items.reverse()
    start = 0
    if page.after is not None:
        places = [place for place, item in enumerate(items) if item["id"] == page.after]
        if not places:
            raise InvalidRequest(f"after: no item {page.after[:80]!r} is here", param="after")
        start = places[0] + 1
    shown = items[start : start + page.limit]
    first, last = (str(shown[0]["id"]), str(shown[-1]["id"])) if shown else (None, None)
    return msgspec.json.encode(ItemList("list", shown, first, last, start + page.limit < len(items)))


def _show(entry_id: int, message: Message, shown_calls: frozenset[str]) -> Iterator[Item]:
    match message:
        case UserMessage():
            yield _message(f"msg_{entry_id}", "user", _show_parts(message.content))
        case ToolResultMessage():
            if message.tool_name in shown_calls or not message.tool_name:
                output = _show_parts(message.content)
                yield {
                    "id": f"fco_{entry_id}",
                    "type": "function_call_output",
                    "call_id": message.tool_call_id,
                    "output": output[0]["text"] if len(output) == 1 and "text" in output[0] else output or "",
                    "status": "completed",
                }
        case AssistantMessage():
            if text := message.text:
                content: list[dict[str, object]] = [{"type": "output_text", "text": text, "annotations": []}]
                yield _message(f"msg_{entry_id}", "assistant", content)
            for place, call in enumerate(message.tool_calls):
                if call.name in shown_calls:
                    yield _call(f"fc_{entry_id}-{place}", call)


def _message(item_id: str, role: str, content: list[dict[str, object]]) -> Item:
    return {"id": item_id, "type": "message", "role": role, "status": "completed", "content": content}


def _call(item_id: str, call: ToolCall) -> Item:
    return {
        "id": item_id,
        "type": "function_call",
        "call_id": call.id,
        "name": call.name,
        "arguments": call.arguments,
        "status": "completed",
    }


def _show_parts(content: str | tuple[UserPart, ...]) -> list[dict[str, object]]:
    if isinstance(content, str):
        return [{"type": "input_text", "text": content}]
    shown: list[dict[str, object]] = []
    for part in content:
        if isinstance(part, TextPart):
            shown.append({"type": "input_text", "text": part.text})
        elif isinstance(part, ImagePart):
            url = f"data:{part.mime_type};base64,{part.data}"
            shown.append({"type": "input_image", "image_url": url, "detail": part.detail or "auto", "file_id": None})
        else:
            shown.append({"type": "input_audio", "input_audio": {"data": part.data, "format": part.format}})
    return shown
