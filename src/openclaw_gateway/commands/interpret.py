"""The one place that decides what of a request is said to the gateway: an order goes in, and comes out as it is meant.

Only the newest message does something. Earlier ones of a resent chat are history: commands among them, and their
answers, are marked so that no model is shown them, and what came before the last `/new` is gone for this chat, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from openclaw_gateway.auth.principal import Principal
from openclaw_gateway.auth.scopes import ADMIN, is_granted
from openclaw_gateway.commands.choices import split_model
from openclaw_gateway.commands.desk import Desk, Hand
from openclaw_gateway.commands.spotting import begins_with_slash, first_text
from openclaw_gateway.commands.syntax import Given, Reading, read_message
from openclaw_gateway.commands.table import BY_NAME, Command
from openclaw_gateway.errors import MissingScope
from openclaw_gateway.messages import AssistantMessage, Message, TextPart, UserMessage
from openclaw_gateway.runs.action_turn import Stage
from openclaw_gateway.runs.order import RunOrder


@dataclass(frozen=True, slots=True)
class CommandAction:
    """A message that is all commands, being done. place: see `runs/order.py`."""

    given: tuple[Given[Command], ...]
    principal: Principal
    desk: Desk
    place: Literal["beside", "turn", "instead"]

    async def perform(self, stage: Stage) -> str:
        """The answers of all, one below the other."""
        hand = Hand(self.desk, self.principal, stage)
        return "\n".join([await each.command.perform(hand, each.args) for each in self.given])


def interpret(order: RunOrder, principal: Principal, desk: Desk) -> RunOrder:
    """The order with its commands taken for what they are. Raises MissingScope and InvalidRequest."""
    if not desk.runs.prepared.config.commands.text:
        return order
    past = _settle_past(order.incoming[:-1])
    newest = order.incoming[-1]
    order = msgspec.structs.replace(order, incoming=(*past, newest))
    reading = _read(newest) if isinstance(newest, UserMessage) else None
    if reading is None or not isinstance(newest, UserMessage):
        return order
    if reading.rest or not isinstance(newest.content, str):
        return _apply_once(order, newest, reading, principal, desk)
    for each in reading.given:
        _demand(principal, _scope_of(each))
    action = CommandAction(reading.given, principal, desk, _place_of(reading.given))
    said = msgspec.structs.replace(newest, exclude_from_context=True)
    if action.place == "instead":
        return msgspec.structs.replace(order, incoming=(said,), history="append", action=action)
    return msgspec.structs.replace(order, incoming=(*past, said), action=action)


def _apply_once(
    order: RunOrder, newest: UserMessage, reading: Reading[Command], principal: Principal, desk: Desk
) -> RunOrder:
    """Directives before text, or before a picture: for this message, and not part of it."""
    for each in reading.given:
        _demand(principal, each.command.once_scope or each.command.scope)
        if each.command.once is not None:
            order = each.command.once(order, each.args)
        if each.command.name == "reset":
            desk.runs.prepared.prompts[order.agent_id].distrust()
    return msgspec.structs.replace(order, incoming=(*order.incoming[:-1], _with_text(newest, reading.rest)))


def _read(message: UserMessage) -> Reading[Command] | None:
    """What the message says to the gateway; a command beside pictures is text, unless it is a directive."""
    if not begins_with_slash(message):
        return None
    reading = read_message(first_text(message), BY_NAME)
    is_plain = isinstance(message.content, str) or len(message.content) == 1
    if reading is None or is_plain or all(each.command.once is not None for each in reading.given):
        return reading
    return None


def _settle_past(past: Sequence[Message]) -> tuple[Message, ...]:
    settled: list[Message] = []
    is_answer = False
    for message in past:
        reading = _read(message) if isinstance(message, UserMessage) else None
        if is_answer and isinstance(message, AssistantMessage) and not message.tool_calls:
            settled.append(msgspec.structs.replace(message, exclude_from_context=True))
        elif reading is None or not isinstance(message, UserMessage):
            settled.append(message)
        elif reading.rest:
            settled.append(_with_text(message, reading.rest))
        else:
            if _place_of(reading.given) == "instead":
                settled.clear()
            settled.append(msgspec.structs.replace(message, exclude_from_context=True))
        is_answer = reading is not None and not reading.rest
    return tuple(settled)


def _with_text(message: UserMessage, text: str) -> UserMessage:
    if isinstance(message.content, str):
        return msgspec.structs.replace(message, content=text)
    others = message.content[1:]
    return msgspec.structs.replace(message, content=(TextPart(text), *others) if text else others)


def _place_of(given: Sequence[Given[Command]]) -> Literal["beside", "turn", "instead"]:
    first = given[0]
    if first.command.name == "reset" and first.args.lower() == "soft":
        return "beside"
    return first.command.place


def _scope_of(given: Given[Command]) -> str:
    """What the command needs; to change the config takes more than to choose for a session."""
    if given.command.name == "model" and split_model(given.args)[1] != "session":
        return ADMIN
    return given.command.scope


def _demand(principal: Principal, scope: str) -> None:
    if not is_granted(principal.scopes, scope):
        raise MissingScope(scope)
