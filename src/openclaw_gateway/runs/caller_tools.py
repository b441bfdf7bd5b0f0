"""What a caller that brings tools may rely on: its choice was obeyed, and no broken call passes for a good one."""

from collections.abc import Sequence

import msgspec

from openclaw_gateway.errors import InvalidRequest, ToolChoiceUnsatisfied
from openclaw_gateway.json_errors import JSON_ERRORS
from openclaw_gateway.messages import AssistantMessage, Message, ToolResultMessage
from openclaw_gateway.model_errors import ModelProtocolError
from openclaw_gateway.models.model import ModelReply
from openclaw_gateway.runs.order import RunOrder

_arguments = msgspec.json.Decoder(dict[str, msgspec.Raw])


def check_calls(reply: ModelReply, order: RunOrder) -> None:
    """Look at the reply that ends a run. Raises ToolChoiceUnsatisfied, ModelProtocolError for arguments that are no
    JSON object: the agent's own tools can answer those with an error, a caller would act on them.
    """
    names = {tool.name for tool in order.tools}
    calls = [call for call in reply.message.tool_calls if call.name in names]
    _check_choice(order.tool_choice, [call.name for call in calls])
    for call in calls:
        try:
            _arguments.decode(call.arguments)
        except JSON_ERRORS:
            message = reply.message
            raise ModelProtocolError(
                f"{message.provider}/{message.model}: asked for the tool {call.name[:64]!r}"
                " with arguments that are not a JSON object",
                provider=message.provider or "",
                model=message.model or "",
            ) from None


def _check_choice(choice: str, called: list[str]) -> None:
    match choice:
        case "auto":
            return
        case "none":
            if called:
                raise ToolChoiceUnsatisfied("tool_choice=none was not satisfied by the agent response")
        case _:
            # The original's sentence, for a named function too.
            if not called or (choice != "required" and choice[1:] not in called):
                raise ToolChoiceUnsatisfied("tool_choice=required was not satisfied by the agent response")


def check_results(turn: Sequence[Message], stored: Sequence[Message]) -> None:
    """Refuse results of calls that nobody asked for: the model would never see them and answer something made up.

    turn: what the caller brings, `stored` what it follows. Only what comes after the last reply is judged; further back
    a client may have trimmed a call away. Raises InvalidRequest.
    """
    asked: frozenset[str] | None = None
    results: list[ToolResultMessage] = []
    for message in reversed(turn):
        if isinstance(message, AssistantMessage):
            asked = _ids_of_calls(message)
            break
        if isinstance(message, ToolResultMessage):
            results.append(message)
    if not results:
        return
    if asked is None:
        replies = (message for message in reversed(stored) if isinstance(message, AssistantMessage))
        last_reply = next(replies, None)
        asked = _ids_of_calls(last_reply) if last_reply else frozenset()
    for result in reversed(results):
        if result.tool_call_id not in asked:
            raise InvalidRequest(
                f"the result for call {result.tool_call_id[:100]!r} belongs to no call of the last reply: send the "
                "reply that asked for it too, or go on in the session that holds it",
                param="messages",
                code="unknown_tool_call",
            )


def _ids_of_calls(reply: AssistantMessage) -> frozenset[str]:
    return frozenset([call.id for call in reply.tool_calls])
