"""Answers as servers send them, by hand from the published formats and from what was seen of real ones."""

import json


def chunks(*payloads: object, done: bool = True) -> bytes:
    """Chat completion chunks as an event stream."""
    lines = [f"data: {json.dumps(payload, separators=(',', ':'))}\n\n".encode() for payload in payloads]
    return b"".join([*lines, b"data: [DONE]\n\n" if done else b""])


def delta(finish: str | None = None, **fields: object) -> dict[str, object]:
    """One chunk of one choice."""
    choice = {"index": 0, "delta": fields, "finish_reason": finish}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def fragment(
    arguments: object = None, *, index: int | None = 0, call_id: str | None = None, name: str | None = None
) -> dict[str, object]:
    """One chunk with a fragment of one tool call; what is None is left out."""
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    fields = (("index", index), ("id", call_id), ("type", "function"), ("function", function))
    return delta(tool_calls=[{key: value for key, value in fields if value is not None}])


def message_events(*payloads: dict[str, object]) -> bytes:
    """Message events as an event stream."""
    return b"".join(f"event: {payload['type']}\ndata: {json.dumps(payload)}\n\n".encode() for payload in payloads)


USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 30,
    "total_tokens": 130,
    "prompt_tokens_details": {"cached_tokens": 20},
    "completion_tokens_details": {"reasoning_tokens": 12},
}

OPENAI_TEXT = chunks(
    delta(role="assistant", content="", refusal=None),
    delta(content="Gr\u00fc\u00df "),
    delta(content="dich \U0001f600"),
    delta("stop"),
    {"id": "chatcmpl-1", "choices": [], "usage": USAGE},
)

OPENROUTER_REASONING = b": OPENROUTER PROCESSING\n\n" + chunks(
    delta(role="assistant", content="", reasoning="Let me "),
    delta(content="", reasoning="think."),
    delta(content="42", reasoning=None),
    {**delta("stop", content=""), "usage": USAGE},
)

LLAMA_TOOL_CALL = chunks(
    delta(role="assistant", content=None, function_call=None, tool_calls=None),
    *(
        delta(
            role=None,
            content=None,
            function_call={"name": "look", "arguments": piece},
            tool_calls=[
                {"index": 0, "id": "call__0_look", "type": "function", "function": {"name": "look", "arguments": piece}}
            ],
        )
        for piece in ("{", '"at"', ":1", "}")
    ),
    delta("tool_calls", role=None, content=None, function_call=None, tool_calls=None),
)

ANTHROPIC_TEXT = message_events(
    {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 80, "cache_read_input_tokens": 20}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Let me think."}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "c2ln"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "ping"},
    {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "4"}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "2 \u20ac"}},
    {"type": "content_block_stop", "index": 1},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 30}},
    {"type": "message_stop"},
)

ANTHROPIC_TOOL_CALL = message_events(
    {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 0, "output_tokens": 0}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "t1", "name": "look"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": '{"at"'}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": ":1}"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"input_tokens": 8, "output_tokens": 2}},
    {"type": "message_stop"},
)

# A proxy in front of llama.cpp: each fragment is a block of its own, with the id of the same call.
LITELLM_TOOL_CALL = message_events(
    {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 0, "output_tokens": 0}}},
    *(
        event
        for index, piece in enumerate(("{", '"at"', "", ":1", "}"))
        for event in (
            {
                "type": "content_block_start",
                "index": index,
                "content_block": {"type": "tool_use", "id": "call__0", "name": "look", "input": {}},
            },
            *(
                [
                    {
                        "type": "content_block_delta",
                        "index": index,
                        "delta": {"type": "input_json_delta", "partial_json": piece},
                    }
                ]
                if piece
                else []
            ),
            {"type": "content_block_stop", "index": index},
        )
    ),
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"input_tokens": 8, "output_tokens": 2}},
    {"type": "message_stop"},
)

STREAMS = {
    "openai text": ("openai", OPENAI_TEXT),
    "openrouter reasoning": ("openai", OPENROUTER_REASONING),
    "llama.cpp tool call": ("openai", LLAMA_TOOL_CALL),
    "anthropic text": ("anthropic", ANTHROPIC_TEXT),
    "anthropic tool call": ("anthropic", ANTHROPIC_TOOL_CALL),
    "litellm tool call": ("anthropic", LITELLM_TOOL_CALL),
}
