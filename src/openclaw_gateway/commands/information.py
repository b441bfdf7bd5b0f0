"""Commands that only tell: what there is, who asks, what goes on."""

from openclaw_gateway import COMPATIBLE_VERSION, __version__
from openclaw_gateway.commands.context import measure_context
from openclaw_gateway.commands.desk import Desk, Hand, refuse
from openclaw_gateway.errors import GatewayError
from openclaw_gateway.runs.queue_rules import rules_for
from openclaw_gateway.runs.thinking import resolve_thinking

# Of the summary of a tool in a list.
_MAX_TOOL_CHARS = 100
_MAX_MODELS = 200


async def tell_status(hand: Hand, args: str) -> str:  # noqa: ARG001  (takes none)
    """The gateway, the session and its model on a few lines."""
    stage, desk = hand.stage, hand.desk
    session, config = stage.session, stage.prepared.config
    ref, settings = hand.model_name(), hand.settings
    thinking = resolve_thinking(config, hand.agent.id, ref, inline=None, stored=settings.thinking_level)
    at_work = [run for run in desk.runs.live if run.session_key == hand.key and run.order.action is None]
    rules = rules_for(stage.order, config.messages.queue, settings)
    context = await _tell_context(hand)
    lines = [
        f"OpenClaw gateway {__version__} (protocol of {COMPATIBLE_VERSION}), up {_tell_span(desk)}",
        f"Agent: {hand.agent.id} · session: {hand.key}",
        (
            f"Model: {ref}{' (chosen for this session)' if hand.key in desk.runs.chosen_models else ''}"
            f" · thinking: {thinking or 'as the provider does'}"
        ),
        f"Context: {context} · {len(session.path)} messages · compactions: {len(session.compactions)}",
        f"Queue: {rules.mode} (cap {rules.cap}, drop {rules.drop}) · runs of this session: {len(at_work)}",
    ]
    if session.cost_nano_usd is not None:
        lines.append(f"Cost of this session: ${session.cost_nano_usd / 1e9:.4f}")
    return "\n".join(lines)


async def tell_caller(hand: Hand, args: str) -> str:  # noqa: ARG001  (takes none)
    """Who the gateway takes the caller for."""
    who = hand.principal
    lines = [
        f"You are {who.subject}, verified by {who.method}.",
        f"Scopes: {', '.join(sorted(who.scopes)) or 'none'}",
        f"Agent: {hand.agent.id} · session: {hand.key}",
    ]
    if who.device_id is not None:
        lines.insert(1, f"Device: {who.device_id}")
    return "\n".join(lines)


async def tell_tools(hand: Hand, args: str) -> str:
    """What the agent may use here."""
    if args not in ("", "compact", "verbose"):
        raise refuse("/tools [compact|verbose]", args)
    toolbox = hand.toolbox()
    if not toolbox.tools:
        return f"Agent {hand.agent.id} has no tools."
    if args != "verbose":
        return f"Tools of {hand.agent.id} ({len(toolbox.tools)}): {', '.join(sorted(toolbox.tools))}"
    lines = [f"{spec.name}: {_first_line(spec.description)}" for spec in toolbox.specs]
    lines += [f"{name}: not available ({rule})" for name, rule in sorted(toolbox.denied.items())]
    return "\n".join([f"Tools of {hand.agent.id}:", *lines])


async def tell_models(hand: Hand, args: str) -> str:
    """The models that the config lists, or those of one provider."""
    provider = args.strip().lower()
    rows = [row for row in hand.stage.prepared.catalog.list() if provider in ("", row.provider.lower())]
    if not rows:
        return f"No models are listed{f' of {args[:60]}' if provider else ''}. In use: {hand.model_name()}"
    lines = [
        f"{row.ref}{f' (alias {row.alias})' if row.alias else ''} · window {_tell_size(row.context_window)}"
        for row in rows[:_MAX_MODELS]
    ]
    if len(rows) > _MAX_MODELS:
        lines.append(f"and {len(rows) - _MAX_MODELS} more: /models <provider>")
    return "\n".join([f"Models (in use: {hand.model_name()}):", *lines])


async def _tell_context(hand: Hand) -> str:
    """As `/context` counts it: system text, tools and messages."""
    try:
        report = await measure_context(hand)
    except GatewayError:  # no model; what is wrong with it, the next turn says
        return "unknown, there is no model"
    return f"about {report.total_tokens:,} of {_tell_size(report.context_window)} tokens"


def _tell_size(tokens: int | None) -> str:
    return "of unknown size" if tokens is None else f"{tokens:,}"


def _tell_span(desk: Desk) -> str:
    seconds = max(0, desk.now_ms() - desk.started_at_ms) // 1000
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{seconds} s"


def _first_line(text: str | None) -> str:
    line = (text or "").strip().split("\n", 1)[0]
    return line if len(line) <= _MAX_TOOL_CHARS else f"{line[: _MAX_TOOL_CHARS - 1]}…"
