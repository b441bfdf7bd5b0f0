"""What a caller that brings tools may rely on: its choice was obeyed, and no broken call passes for a good one."""

import msgspec

from openclaw_gateway.errors import ToolChoiceUnsatisfied
from openclaw_gateway.json_errors import JSON_ERRORS
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
