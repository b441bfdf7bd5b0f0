"""pydantic-ai, which runs the loop of calls and results by itself."""

import base64

import openai
from pydantic import BaseModel
from pydantic_ai import Agent, BinaryContent, Embedder, NativeOutput
from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider
from tests.interop.clients.reporting import (
    ASK_DEGREES,
    ASK_PICTURE,
    ASK_WEATHER,
    BREAK_OFF,
    HELLO,
    MODEL,
    PICTURE,
    SAY_HELLO,
    SEEN,
    UNKNOWN_MODEL,
    WRONG_KEY,
    Access,
    expect,
    expect_error,
    expect_weather,
    report,
    weather,
)

Model = type[OpenAIChatModel] | type[OpenAIResponsesModel]


class City(BaseModel):
    """A structured answer."""

    city: str
    degrees: int


def provider(access: Access, key: str | None = None) -> OpenAIProvider:
    """The way to the gateway."""
    return OpenAIProvider(base_url=access.base_url, api_key=key or access.key)


def connect(access: Access, kind: Model = OpenAIChatModel, model: str = MODEL, **options: object) -> Agent:
    """An agent as applications make it."""
    return Agent(kind(model, provider=provider(access)), **options)


async def collect(agent: Agent, question: str) -> str:
    """The streamed answer, joined."""
    async with agent.run_stream(question) as answer:
        return "".join([piece async for piece in answer.stream_text(delta=True, debounce_by=None)])


def text(access: Access) -> None:
    """An answer, with its usage."""
    result = connect(access, instructions="Be brief.").run_sync(SAY_HELLO)
    expect((result.output, result.usage.output_tokens), (HELLO, 7))


async def stream(access: Access) -> None:
    """An answer in pieces."""
    expect(await collect(connect(access), SAY_HELLO), HELLO)


def tools(access: Access) -> None:
    """Calls of a function by the framework, and the final answer."""
    expect_weather(connect(access, tools=[weather]).run_sync(ASK_WEATHER).output)


async def streamed_tools(access: Access) -> None:
    """The same over streams."""
    expect_weather(await collect(connect(access, tools=[weather]), ASK_WEATHER))


def schema(access: Access) -> None:
    """An answer as an object."""
    expect(connect(access, output_type=NativeOutput(City)).run_sync(ASK_DEGREES).output, City(city="Oslo", degrees=7))


def image(access: Access) -> None:
    """A picture beside the question, over both APIs."""
    picture = BinaryContent(base64.b64decode(PICTURE), media_type="image/png")
    for kind in (OpenAIChatModel, OpenAIResponsesModel):
        expect(connect(access, kind).run_sync([ASK_PICTURE, picture]).output, SEEN)


def unknown_agent(access: Access) -> None:
    """The exception for a bad request."""
    with expect_error(ModelHTTPError, "400", "Unknown agent 'nobody'"):
        connect(access, model=UNKNOWN_MODEL).run_sync("hi")


def wrong_key(access: Access) -> None:
    """The exception for a refused key."""
    with expect_error(ModelHTTPError, "401"):
        Agent(OpenAIChatModel(MODEL, provider=provider(access, WRONG_KEY))).run_sync("hi")


async def broken_stream(access: Access) -> None:
    """An exception after what was streamed; the library lets that of the client below through."""
    with expect_error(openai.APIError, "cut off"):
        await collect(connect(access), BREAK_OFF)


def responses(access: Access) -> None:
    """An answer over the Responses API, and one as an object."""
    expect(connect(access, OpenAIResponsesModel).run_sync(SAY_HELLO).output, HELLO)
    structured = connect(access, OpenAIResponsesModel, output_type=NativeOutput(City)).run_sync(ASK_DEGREES)
    expect(structured.output, City(city="Oslo", degrees=7))


async def streamed_responses(access: Access) -> None:
    """The same in pieces."""
    expect(await collect(connect(access, OpenAIResponsesModel), SAY_HELLO), HELLO)


async def responses_tools(access: Access) -> None:
    """Calls over the Responses API, plain and streamed."""
    agent = connect(access, OpenAIResponsesModel, tools=[weather])
    expect_weather((await agent.run(ASK_WEATHER)).output)
    expect_weather(await collect(agent, ASK_WEATHER))


async def embeddings(access: Access) -> None:
    """Vectors of a batch."""
    result = await Embedder(OpenAIEmbeddingModel(MODEL, provider=provider(access))).embed_documents(["abc", "d"])
    expect([list(vector) for vector in result.embeddings], [[3.0, 0.5], [1.0, 0.5]])


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
        "pydantic-ai-slim",
    )
