"""The official OpenAI client for Python."""

import openai
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


def connect(access: Access, key: str | None = None) -> openai.OpenAI:
    """A client as applications make it."""
    return openai.OpenAI(base_url=access.base_url, api_key=key or access.key)


def user(text: str) -> dict[str, str]:
    """A user's message."""
    return {"role": "user", "content": text}


def text(access: Access) -> None:
    """An answer, with its usage."""
    reply = connect(access).chat.completions.create(model=MODEL, messages=[user(SAY_HELLO)])
    expect((reply.choices[0].message.content, reply.choices[0].finish_reason), (HELLO, "stop"))
    expect(reply.usage.completion_tokens, 7)


def stream(access: Access) -> None:
    """An answer in pieces, plain and through the helper that collects them."""
    client = connect(access)
    chunks = client.chat.completions.create(model=MODEL, messages=[user(SAY_HELLO)], stream=True)
    expect("".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices), HELLO)
    options = {"include_usage": True}
    with client.chat.completions.stream(model=MODEL, messages=[user(SAY_HELLO)], stream_options=options) as events:
        pieces = [event.delta for event in events if event.type == "content.delta"]
        completion = events.get_final_completion()
    expect("".join(pieces), HELLO)
    expect((completion.choices[0].message.content, completion.usage.prompt_tokens), (HELLO, 11))


def tools(access: Access) -> None:
    """Two calls of a function, their results, the final answer."""
    client = connect(access)
    messages = [user(ASK_WEATHER)]
    reply = client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER_TOOL])
    expect(reply.choices[0].finish_reason, "tool_calls")
    answer_calls(messages, reply.choices[0].message)
    reply = client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER_TOOL])
    expect_weather(reply.choices[0].message.content)


def answer_calls(messages: list, message: object) -> None:
    """Put the calls and their results behind the conversation, as OpenAI's guide does."""
    messages.append(message)
    for call in message.tool_calls:
        content = call_weather(call.function.arguments)
        messages.append({"role": "tool", "tool_call_id": call.id, "content": content})


def streamed_tools(access: Access) -> None:
    """The same over the stream helper."""
    client = connect(access)
    messages = [user(ASK_WEATHER)]
    with client.chat.completions.stream(model=MODEL, messages=messages, tools=[WEATHER_TOOL]) as events:
        kinds = [event.type for event in events]
        message = events.get_final_completion().choices[0].message
    expect(kinds.count("tool_calls.function.arguments.done"), 2)
    answer_calls(messages, message)
    with client.chat.completions.stream(model=MODEL, messages=messages, tools=[WEATHER_TOOL]) as events:
        expect_weather(events.get_final_completion().choices[0].message.content)


def schema(access: Access) -> None:
    """An answer as an object, plain and streamed."""
    client = connect(access)
    question = [user(ASK_DEGREES)]
    reply = client.chat.completions.parse(model=MODEL, messages=question, response_format=City)
    expect(reply.choices[0].message.parsed, City(city="Oslo", degrees=7))
    with client.chat.completions.stream(model=MODEL, messages=question, response_format=City) as events:
        parsed = events.get_final_completion().choices[0].message.parsed
    expect(parsed, City(city="Oslo", degrees=7))


def image(access: Access) -> None:
    """A picture beside the question, over both APIs."""
    parts = [{"type": "text", "text": ASK_PICTURE}, {"type": "image_url", "image_url": {"url": PICTURE_URL}}]
    message = {"role": "user", "content": parts}
    reply = connect(access).chat.completions.create(model=MODEL, messages=[message])
    expect(reply.choices[0].message.content, SEEN)
    parts = [{"type": "input_text", "text": ASK_PICTURE}, {"type": "input_image", "image_url": PICTURE_URL}]
    response = connect(access).responses.create(model=MODEL, input=[{"role": "user", "content": parts}])
    expect(response.output_text, SEEN)


def unknown_agent(access: Access) -> None:
    """The exception for a bad request, streamed or not."""
    for streams in (False, True):
        with expect_error(openai.BadRequestError, "Unknown agent 'nobody'"):
            connect(access).chat.completions.create(model=UNKNOWN_MODEL, messages=[user("hi")], stream=streams)


def wrong_key(access: Access) -> None:
    """The exception for a refused key."""
    with expect_error(openai.AuthenticationError, "401"):
        connect(access, WRONG_KEY).chat.completions.create(model=MODEL, messages=[user("hi")])


def broken_stream(access: Access) -> None:
    """An exception after what was streamed; no answer that looks whole."""
    pieces = []
    with expect_error(openai.APIError, "cut off"):
        for chunk in connect(access).chat.completions.create(model=MODEL, messages=[user(BREAK_OFF)], stream=True):
            pieces += [choice.delta.content for choice in chunk.choices if choice.delta.content]
    expect(pieces, ["Half an "])


def responses(access: Access) -> None:
    """A response, a second one that goes on from it, and one as an object."""
    client = connect(access)
    first = client.responses.create(model=MODEL, input=SAY_HELLO, instructions="Be brief.")
    expect((first.output_text, first.status, first.usage.output_tokens), (HELLO, "completed", 7))
    second = client.responses.create(model=MODEL, input="Again.", previous_response_id=first.id)
    expect(second.output_text, HELLO)
    parsed = client.responses.parse(model=MODEL, input=ASK_DEGREES, text_format=City)
    expect(parsed.output_parsed, City(city="Oslo", degrees=7))
    with expect_error(openai.BadRequestError, "Unknown agent 'nobody'"):
        client.responses.create(model=UNKNOWN_MODEL, input="hi")


def streamed_responses(access: Access) -> None:
    """The events of a response, plain and through the helper that collects them."""
    client = connect(access)
    events = list(client.responses.create(model=MODEL, input=SAY_HELLO, stream=True))
    expect([event.sequence_number for event in events], list(range(len(events))))
    with client.responses.stream(model=MODEL, input=SAY_HELLO) as collected:
        pieces = [event.delta for event in collected if event.type == "response.output_text.delta"]
        expect(("".join(pieces), collected.get_final_response().output_text), (HELLO, HELLO))


def responses_tools(access: Access) -> None:
    """Two calls of a function, their results by previous_response_id, the final answer; plain and streamed."""
    client = connect(access)
    asked = client.responses.create(model=MODEL, input=ASK_WEATHER, tools=[RESPONSES_TOOL])
    results = call_outputs(asked.output)
    answered = client.responses.create(
        model=MODEL, input=results, tools=[RESPONSES_TOOL], previous_response_id=asked.id
    )
    expect_weather(answered.output_text)
    question = [user(ASK_WEATHER)]
    with client.responses.stream(model=MODEL, input=question, tools=[RESPONSES_TOOL]) as events:
        output = events.get_final_response().output
    with client.responses.stream(
        model=MODEL, input=[*question, *output, *call_outputs(output)], tools=[RESPONSES_TOOL]
    ) as events:
        expect_weather(events.get_final_response().output_text)


def call_outputs(output: list) -> list[dict[str, str]]:
    """The results of the calls of a response."""
    return [
        {"type": "function_call_output", "call_id": item.call_id, "output": call_weather(item.arguments)}
        for item in output
        if item.type == "function_call"
    ]


def stored_responses(access: Access) -> None:
    """Retrieve, list what it was made from, cancel one that runs in the background, delete."""
    client = connect(access)
    made = client.responses.create(model=MODEL, input=SAY_HELLO)
    expect(client.responses.retrieve(made.id).output_text, HELLO)
    expect([item.content[0].text for item in client.responses.input_items.list(made.id)], [SAY_HELLO])
    client.responses.delete(made.id)
    with expect_error(openai.NotFoundError, made.id):
        client.responses.retrieve(made.id)
    running = client.responses.create(model="openclaw/slow", input="[[hang]]", background=True)
    assert running.status in {"queued", "in_progress"}, running.status
    expect(client.responses.cancel(running.id).status, "cancelled")


def embeddings(access: Access) -> None:
    """Vectors of a batch, in base64 as the client asks for by itself."""
    reply = connect(access).embeddings.create(model=MODEL, input=["abc", "d"])
    expect([row.embedding for row in reply.data], [[3.0, 0.5], [1.0, 0.5]])


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
            "stored responses": stored_responses,
            "embeddings": embeddings,
        },
        "openai",
    )
