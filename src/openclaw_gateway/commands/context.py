"""`/context`: what the model of the next turn would be shown, and how large each part is."""

import msgspec

from openclaw_gateway.commands.desk import Hand, refuse
from openclaw_gateway.runs.briefing import write_system
from openclaw_gateway.runs.prompt import count_context
from openclaw_gateway.runs.run_tools import find_toolbox

CHARS_PER_TOKEN = 4

_PARTS = ("system prompt", "of the day", "of this conversation", "of this request")


class ContextReport(msgspec.Struct, frozen=True, rename="camel"):
    """Sizes are characters, tokens estimates. parts: of the system text, in their order."""

    model: str
    context_window: int
    system_chars: int
    parts: tuple[int, ...]
    tools: int
    tool_chars: int
    messages: int
    message_tokens: int
    compactions: int
    total_tokens: int


async def tell_context(hand: Hand, args: str) -> str:
    """A short list, one with each part, or the same for programs."""
    if args not in ("", "list", "detail", "json"):
        raise refuse("/context [list|detail|json]", args)
    report = await measure_context(hand)
    if args == "json":
        return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()
    share = 100 * report.total_tokens / report.context_window if report.context_window else 0.0
    lines = [
        f"Context of {hand.key} for {report.model}:",
        f"about {report.total_tokens:,} of {report.context_window:,} tokens ({share:.0f} %)",
        f"System prompt: {report.system_chars:,} characters",
        f"Tools: {report.tools}, {report.tool_chars:,} characters",
        f"Messages: {report.messages}, about {report.message_tokens:,} tokens · compactions: {report.compactions}",
    ]
    if args == "detail":
        lines += [f"- {name}: {size:,} characters" for name, size in zip(_PARTS, report.parts, strict=False)]
        lines += [f"- tool {name}: {size:,} characters" for name, size in _tool_sizes(hand)]
    return "\n".join(lines)


async def measure_context(hand: Hand) -> ContextReport:
    """What the next turn's prompt comes to, before what it says itself. Raises GatewayError if there is no model."""
    stage = hand.stage
    model, session = hand.model(), stage.session
    tools = find_toolbox(stage.prepared, stage.order, model).names
    system = await write_system(stage.prepared, stage.order, session, model, tools, stage.now_ms())
    parts = tuple([len(text) for text in system])
    tool_chars = sum([size for _, size in _tool_sizes(hand)])
    tokens = count_context(session, session.show)
    return ContextReport(
        model=f"{model.provider}/{model.id}",
        context_window=model.context_window,
        system_chars=sum(parts),
        parts=parts,
        tools=len(hand.toolbox().specs),
        tool_chars=tool_chars,
        messages=len(session.context),
        message_tokens=tokens,
        compactions=len(session.compactions),
        total_tokens=tokens + (sum(parts) + tool_chars) // CHARS_PER_TOKEN,
    )


def _tool_sizes(hand: Hand) -> list[tuple[str, int]]:
    specs = hand.toolbox().specs
    return [(spec.name, len(msgspec.json.encode(spec))) for spec in specs]
