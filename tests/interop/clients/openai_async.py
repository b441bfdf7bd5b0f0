"""The official OpenAI client for Python, its asynchronous half."""

import openai
from tests.interop.clients.openai_sync import RESPONSES_TOOL, City, answer_calls, call_outputs, user
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
    expect,
    expect_error,
    expect_weather,
    report,
)


def connect(access: Access, key: str | None = None) -> openai.AsyncOpenAI:
    """A client as applications make it."""
    return openai.AsyncOpenAI(base_url=access.base_url, api_key=key or access.key)


async def text(access: Access) -> None:
    """An answer."""
    async with connect(access) as client:
        reply = await client.chat.completions.create(model=MODEL, messages=[user(SAY_HELLO)])
    expect(reply.choices[0].message.content, HELLO)


async def stream(access: Access) -> None:
    """An answer in pieces."""
    async with (
        connect(access) as client,
        client.chat.completions.stream(model=MODEL, messages=[user(SAY_HELLO)]) as events,
    ):
        pieces = [event.delta async for event in events if event.type == "content.delta"]
    expect("".join(pieces), HELLO)


async def tools(access: Access) -> None:
    """Two calls of a function, their results, the final answer."""
    messages = [user(ASK_WEATHER)]
    async with connect(access) as client:
        reply = await client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER_TOOL])
        answer_calls(messages, reply.choices[0].message)
        reply = await client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER_TOOL])
    expect_weather(reply.choices[0].message.content)


async def streamed_tools(access: Access) -> None:
    """The same over the stream helper."""
    messages = [user(ASK_WEATHER)]
    async with connect(access) as client:
        async with client.chat.completions.stream(model=MODEL, messages=messages, tools=[WEATHER_TOOL]) as events:
            answer_calls(messages, (await events.get_final_completion()).choices[0].message)
        async with client.chat.completions.stream(model=MODEL, messages=messages, tools=[WEATHER_TOOL]) as events:
            expect_weather((await events.get_final_completion()).choices[0].message.content)


async def schema(access: Access) -> None:
    """An answer as an object."""
    async with connect(access) as client:
        reply = await client.chat.completions.parse(model=MODEL, messages=[user(ASK_DEGREES)], response_format=City)
    expect(reply.choices[0].message.parsed, City(city="Oslo", degrees=7))


async def image(access: Access) -> None:
    """A picture beside the question."""
    parts = [{"type": "text", "text": ASK_PICTURE}, {"type": "image_url", "image_url": {"url": PICTURE_URL}}]
    async with connect(access) as client:
        reply = await client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": parts}])
    expect(reply.choices[0].message.content, SEEN)


async def unknown_agent(access: Access) -> None:
    """The exception for a bad request."""
    async with connect(access) as client:
        with expect_error(openai.BadRequestError, "Unknown agent 'nobody'"):
            await client.chat.completions.create(model=UNKNOWN_MODEL, messages=[user("hi")])


async def wrong_key(access: Access) -> None:
    """The exception for a refused key."""
    async with connect(access, WRONG_KEY) as client:
        with expect_error(openai.AuthenticationError, "401"):
            await client.chat.completions.create(model=MODEL, messages=[user("hi")])


async def broken_stream(access: Access) -> None:
    """An exception after what was streamed."""
    async with connect(access) as client:
        chunks = await client.chat.completions.create(model=MODEL, messages=[user(BREAK_OFF)], stream=True)
        with expect_error(openai.APIError, "cut off"):
            [chunk async for chunk in chunks]


async def responses(access: Access) -> None:
    """A response, and one as an object."""
    async with connect(access) as client:
        expect((await client.responses.create(model=MODEL, input=SAY_HELLO)).output_text, HELLO)
        parsed = await client.responses.parse(model=MODEL, input=ASK_DEGREES, text_format=City)
    expect(parsed.output_parsed, City(city="Oslo", degrees=7))


async def streamed_responses(access: Access) -> None:
    """The events of a response."""
    async with connect(access) as client, client.responses.stream(model=MODEL, input=SAY_HELLO) as events:
        expect((await events.get_final_response()).output_text, HELLO)


async def responses_tools(access: Access) -> None:
    """Two calls of a function, their results by previous_response_id, the final answer."""
    async with connect(access) as client:
        asked = await client.responses.create(model=MODEL, input=ASK_WEATHER, tools=[RESPONSES_TOOL])
        answered = await client.responses.create(
            model=MODEL, input=call_outputs(asked.output), tools=[RESPONSES_TOOL], previous_response_id=asked.id
        )
    expect_weather(answered.output_text)


async def stored_responses(access: Access) -> None:
    """Follow one in the background from another connection, and cancel another."""
    async with connect(access) as client:
        made = await client.responses.create(model=MODEL, input=SAY_HELLO, background=True)
        events = [event async for event in await client.responses.retrieve(made.id, stream=True)]
        expect((events[-1].type, events[-1].response.output_text), ("response.completed", HELLO))
        running = await client.responses.create(model="openclaw/slow", input="[[hang]]", background=True)
        expect((await client.responses.cancel(running.id)).status, "cancelled")


async def embeddings(access: Access) -> None:
    """Vectors of a batch."""
    async with connect(access) as client:
        reply = await client.embeddings.create(model=MODEL, input=["abc", "d"])
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
