"""LiteLLM as a client library."""

import litellm
from pydantic import BaseModel
from tests.interop.clients.reporting import (
    ASK_DEGREES,
    ASK_PICTURE,
    ASK_WEATHER,
    BREAK_OFF,
    HELLO,
    MODEL,
    PICTURE_URL,
    SAY_HELLO,
    SEEN,
    UNKNOWN_MODEL,
    WEATHER_TOOL,
    WRONG_KEY,
    Access,
    call_weather,
    expect,
    expect_error,
    expect_weather,
    report,
)

RESPONSES_TOOL = {"type": "function", **WEATHER_TOOL["function"]}


class City(BaseModel):
    """A structured answer."""

    city: str
    degrees: int


def reach(access: Access, model: str = MODEL, **more: object) -> dict[str, object]:
    """What every call needs; the prefix says that the server speaks OpenAI's API."""
    return {"model": f"openai/{model}", "api_base": access.base_url, "api_key": access.key, **more}


def user(text: str) -> dict[str, str]:
    """A user's message."""
    return {"role": "user", "content": text}


def text(access: Access) -> None:
    """An answer, with its usage."""
    reply = litellm.completion(messages=[user(SAY_HELLO)], **reach(access))
    expect((reply.choices[0].message.content, reply.usage.completion_tokens), (HELLO, 7))


def stream(access: Access) -> None:
    """An answer in pieces, collected by the library."""
    chunks = list(litellm.completion(messages=[user(SAY_HELLO)], stream=True, **reach(access)))
    expect(litellm.stream_chunk_builder(chunks).choices[0].message.content, HELLO)


def call_tools(access: Access, *, streams: bool) -> None:
    """Calls, results and answer."""
    messages = [user(ASK_WEATHER)]

    def ask() -> object:
        reply = litellm.completion(messages=messages, tools=[WEATHER_TOOL], stream=streams, **reach(access))
        return (litellm.stream_chunk_builder(list(reply)) if streams else reply).choices[0].message

    messages.append(ask())
    messages += [
        {"role": "tool", "tool_call_id": call.id, "content": call_weather(call.function.arguments)}
        for call in messages[-1].tool_calls
    ]
    expect_weather(ask().content)


def tools(access: Access) -> None:
    """Two calls of a function, their results, the final answer."""
    call_tools(access, streams=False)


def streamed_tools(access: Access) -> None:
    """The same from pieces."""
    call_tools(access, streams=True)


def schema(access: Access) -> None:
    """An answer that an object is read from."""
    reply = litellm.completion(messages=[user(ASK_DEGREES)], response_format=City, **reach(access))
    expect(City.model_validate_json(reply.choices[0].message.content), City(city="Oslo", degrees=7))


def image(access: Access) -> None:
    """A picture beside the question."""
    parts = [{"type": "text", "text": ASK_PICTURE}, {"type": "image_url", "image_url": {"url": PICTURE_URL}}]
    reply = litellm.completion(messages=[{"role": "user", "content": parts}], **reach(access))
    expect(reply.choices[0].message.content, SEEN)


def unknown_agent(access: Access) -> None:
    """The exception for a bad request."""
    with expect_error(litellm.BadRequestError, "Unknown agent 'nobody'"):
        litellm.completion(messages=[user("hi")], **reach(access, UNKNOWN_MODEL))


def wrong_key(access: Access) -> None:
    """The exception for a refused key."""
    with expect_error(litellm.AuthenticationError):
        litellm.completion(messages=[user("hi")], **reach(access, api_key=WRONG_KEY))


def broken_stream(access: Access) -> None:
    """An exception after what was streamed."""
    with expect_error(litellm.exceptions.MidStreamFallbackError, "cut off"):
        list(litellm.completion(messages=[user(BREAK_OFF)], stream=True, **reach(access)))


def responses(access: Access) -> None:
    """An answer over the Responses API."""
    expect(litellm.responses(input=SAY_HELLO, **reach(access)).output_text, HELLO)


def streamed_responses(access: Access) -> None:
    """The same as events."""
    events = list(litellm.responses(input=SAY_HELLO, stream=True, **reach(access)))
    expect(events[-1].response.output_text, HELLO)


def responses_tools(access: Access) -> None:
    """Two calls over the Responses API, their results, the final answer."""
    asked = litellm.responses(input=ASK_WEATHER, tools=[RESPONSES_TOOL], **reach(access))
    results = [
        {"type": "function_call_output", "call_id": item.call_id, "output": call_weather(item.arguments)}
        for item in asked.output
        if item.type == "function_call"
    ]
    answered = litellm.responses(input=results, tools=[RESPONSES_TOOL], previous_response_id=asked.id, **reach(access))
    expect_weather(answered.output_text)


def embeddings(access: Access) -> None:
    """Vectors of a batch."""
    reply = litellm.embedding(input=["abc", "d"], **reach(access))
    expect([row["embedding"] for row in reply.data], [[3.0, 0.5], [1.0, 0.5]])


if __name__ == "__main__":
    report(
        {
            "text": text,
            "stream": stream,
            "tools": tools,
            "streamed tools": streamed_tools,
            "JSON schema": schema,
            "image": image,
            "unknown agent": unknown_agent,
            "wrong key": wrong_key,
            "broken stream": broken_stream,
            "responses": responses,
            "streamed responses": streamed_responses,
            "responses tools": responses_tools,
            "embeddings": embeddings,
        },
        "litellm",
    )
