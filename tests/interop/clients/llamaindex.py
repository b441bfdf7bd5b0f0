"""LlamaIndex's OpenAI-like models and its function-calling agent."""

import openai
from llama_index.core.agent.workflow import AgentStream, FunctionAgent
from llama_index.core.llms import ChatMessage, ImageBlock, TextBlock
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai_like import OpenAILike, OpenAILikeResponses
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

Llm = OpenAILike | OpenAILikeResponses
TOOL = FunctionTool.from_defaults(weather)


class City(BaseModel):
    """A structured answer."""

    city: str
    degrees: int


def connect(access: Access, model: str = MODEL, key: str | None = None, **options: object) -> OpenAILike:
    """A model as applications make it."""
    return OpenAILike(
        model=model,
        api_base=access.base_url,
        api_key=key or access.key,
        is_chat_model=True,
        is_function_calling_model=True,
        **options,
    )


def connect_responses(access: Access) -> OpenAILikeResponses:
    """A model over the Responses API."""
    return OpenAILikeResponses(
        model=MODEL, api_base=access.base_url, api_key=access.key, is_function_calling_model=True
    )


def say(question: str) -> list[ChatMessage]:
    """A conversation of one message."""
    return [ChatMessage(role="user", content=question)]


def text(access: Access) -> None:
    """An answer."""
    expect(connect(access).chat(say(SAY_HELLO)).message.content, HELLO)


def stream(access: Access) -> None:
    """An answer in pieces."""
    expect("".join(piece.delta or "" for piece in connect(access).stream_chat(say(SAY_HELLO))), HELLO)


def call_tools(llm: Llm) -> None:
    """Calls, results and answer without streams."""
    messages = say(ASK_WEATHER)
    reply = llm.chat_with_tools([TOOL], chat_history=messages, allow_parallel_tool_calls=True)
    calls = llm.get_tool_calls_from_response(reply)
    messages.append(reply.message)
    for call in calls:
        result = str(TOOL(**call.tool_kwargs))
        extra = {"tool_call_id": call.tool_id, "call_id": call.tool_id}
        messages.append(ChatMessage(role="tool", content=result, additional_kwargs=extra))
    expect_weather(llm.chat_with_tools([TOOL], chat_history=messages, allow_parallel_tool_calls=True).message.content)


async def run_agent(llm: Llm) -> None:
    """Calls, results and answer by the framework's own agent, over streams."""
    run = FunctionAgent(tools=[TOOL], llm=llm).run(ASK_WEATHER)
    pieces = [event.delta async for event in run.stream_events() if isinstance(event, AgentStream)]
    expect_weather("".join(pieces))
    expect_weather((await run).response.content)


def tools(access: Access) -> None:
    """Two calls of a function, their results, the final answer."""
    call_tools(connect(access))


async def streamed_tools(access: Access) -> None:
    """The same by the framework's agent."""
    await run_agent(connect(access))


def schema(access: Access) -> None:
    """An answer as an object."""
    llm = connect(access, should_use_structured_outputs=True)
    answer = llm.structured_predict(City, PromptTemplate(ASK_DEGREES))
    expect(answer, City(city="Oslo", degrees=7))


def image(access: Access) -> None:
    """A picture beside the question, over both APIs."""
    blocks = [TextBlock(text=ASK_PICTURE), ImageBlock(image=PICTURE.encode(), image_mimetype="image/png")]
    message = ChatMessage(role="user", blocks=blocks)
    for llm in (connect(access), connect_responses(access)):
        expect(llm.chat([message]).message.content, SEEN)


def unknown_agent(access: Access) -> None:
    """The exception for a bad request."""
    with expect_error(openai.BadRequestError, "Unknown agent 'nobody'"):
        connect(access, UNKNOWN_MODEL).chat(say("hi"))


def wrong_key(access: Access) -> None:
    """The exception for a refused key."""
    with expect_error(openai.AuthenticationError, "401"):
        connect(access, key=WRONG_KEY).chat(say("hi"))


def broken_stream(access: Access) -> None:
    """An exception after what was streamed."""
    with expect_error(openai.APIError, "cut off"):
        list(connect(access).stream_chat(say(BREAK_OFF)))


def responses(access: Access) -> None:
    """An answer over the Responses API."""
    expect(connect_responses(access).chat(say(SAY_HELLO)).message.content, HELLO)


def streamed_responses(access: Access) -> None:
    """The same in pieces."""
    pieces = connect_responses(access).stream_chat(say(SAY_HELLO))
    expect("".join(piece.delta or "" for piece in pieces), HELLO)


async def responses_tools(access: Access) -> None:
    """Calls over the Responses API, plain and by the framework's agent."""
    call_tools(connect_responses(access))
    await run_agent(connect_responses(access))


def embeddings(access: Access) -> None:
    """Vectors of a batch."""
    model = OpenAIEmbedding(model_name=MODEL, api_base=access.base_url, api_key=access.key)
    expect(model.get_text_embedding_batch(["abc", "d"]), [[3.0, 0.5], [1.0, 0.5]])


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
        "llama-index-core",
        "llama-index-llms-openai-like",
    )
