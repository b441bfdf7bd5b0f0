"""LangChain's OpenAI integration."""

import openai
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel
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

WEATHER = tool(weather)


class City(BaseModel):
    """A structured answer."""

    city: str
    degrees: int


def connect(access: Access, model: str = MODEL, **options: object) -> ChatOpenAI:
    """A model as applications make it."""
    return ChatOpenAI(model=model, **{"base_url": access.base_url, "api_key": access.key, **options})


def text(access: Access) -> None:
    """An answer, with its usage."""
    message = connect(access).invoke(SAY_HELLO)
    expect((message.text, message.usage_metadata["total_tokens"]), (HELLO, 18))


async def stream(access: Access) -> None:
    """An answer in pieces, with its usage at the end."""
    whole = None
    async for piece in connect(access, stream_usage=True).astream(SAY_HELLO):
        whole = piece if whole is None else whole + piece
    expect((whole.text, whole.usage_metadata["output_tokens"]), (HELLO, 7))


def tools(access: Access, **options: object) -> None:
    """Two calls of a tool, their results, the final answer."""
    model = connect(access, **options).bind_tools([WEATHER])
    messages = [HumanMessage(ASK_WEATHER)]
    messages.append(model.invoke(messages))
    messages += [WEATHER.invoke(call) for call in messages[-1].tool_calls]
    assert isinstance(messages[-1], ToolMessage), messages[-1]
    expect_weather(model.invoke(messages).text)


def streamed_tools(access: Access) -> None:
    """The same, from pieces of calls."""
    tools(access, streaming=True)


def schema(access: Access) -> None:
    """An answer as an object."""
    expect(connect(access).with_structured_output(City).invoke(ASK_DEGREES), City(city="Oslo", degrees=7))


def image(access: Access) -> None:
    """A picture beside the question, over both APIs."""
    picture = {"type": "image", "base64": PICTURE, "mime_type": "image/png"}
    message = HumanMessage([{"type": "text", "text": ASK_PICTURE}, picture])
    for over_responses in (False, True):
        expect(connect(access, use_responses_api=over_responses).invoke([message]).text, SEEN)


def unknown_agent(access: Access) -> None:
    """The exception for a bad request."""
    with expect_error(openai.BadRequestError, "Unknown agent 'nobody'"):
        connect(access, UNKNOWN_MODEL).invoke("hi")


def wrong_key(access: Access) -> None:
    """The exception for a refused key."""
    with expect_error(openai.AuthenticationError, "401"):
        connect(access, api_key=WRONG_KEY).invoke("hi")


def broken_stream(access: Access) -> None:
    """An exception after what was streamed."""
    with expect_error(openai.APIError, "cut off"):
        list(connect(access).stream(BREAK_OFF))


def responses(access: Access) -> None:
    """An answer over the Responses API, and one that goes on from it."""
    model = connect(access, use_responses_api=True, use_previous_response_id=True)
    first = model.invoke(SAY_HELLO)
    second = model.invoke([HumanMessage(SAY_HELLO), first, HumanMessage("Again.")])
    expect((first.text, second.text), (HELLO, HELLO))


def streamed_responses(access: Access) -> None:
    """The same in pieces."""
    pieces = list(connect(access, use_responses_api=True).stream(SAY_HELLO))
    expect("".join(piece.text for piece in pieces), HELLO)


def responses_tools(access: Access) -> None:
    """Two calls over the Responses API; the conversation is sent again."""
    tools(access, use_responses_api=True)
    tools(access, use_responses_api=True, streaming=True)


def embeddings(access: Access) -> None:
    """Vectors of a batch. Without the flag LangChain sends tokens of OpenAI's own models instead of text."""
    model = OpenAIEmbeddings(
        model=MODEL, base_url=access.base_url, api_key=access.key, check_embedding_ctx_length=False
    )
    expect(model.embed_documents(["abc", "d"]), [[3.0, 0.5], [1.0, 0.5]])


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
        "langchain-openai",
    )
