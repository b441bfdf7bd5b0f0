"""A model's server whose answer follows from the request alone, for clients that call tools.

It calls `weather` for each city of the question if the request brings that tool, repeats what the tools said, keeps to
a JSON schema, says what kind of picture it got, breaks off when asked to, and else says hello.

    python -m tests.interop.answering PORT
"""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence

from tests.upstream import CUT, Answer, Call, Planned, Raw, Seen, Upstream

CITIES = ("Oslo", "Rome")

Json = Mapping[str, object]


def text_of(message: Json) -> str:
    """The text of a message, whether it is one string or parts."""
    content = message["content"]
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content or ())


def is_picture(part: str | Json) -> bool:
    """Whether this is an image among the parts of a message (or a letter of its text)."""
    return not isinstance(part, str) and part["type"] == "image_url"


def answer_chat(request: Json) -> Answer:
    """What the model says to a chat completion request."""
    messages: Sequence[Json] = request["messages"]
    question = next(text_of(message) for message in reversed(messages) if message["role"] == "user")
    if messages[-1]["role"] == "tool":
        results = [text_of(message) for message in messages if message["role"] == "tool"]
        return Answer(tuple(f"The tools said: {'; '.join(results)}.".partition(" ")))
    if any(tool["function"]["name"] == "weather" for tool in request.get("tools") or ()):
        # Fragments in the middle of a word, as real servers send them.
        return Answer(
            calls=tuple(
                Call("weather", ('{"ci', f'ty": "{city}"}}'), id=f"call_{city}") for city in CITIES if city in question
            )
        )
    if (request.get("response_format") or {}).get("type") in {"json_schema", "json_object"}:
        return Answer(('{"city": "Oslo",', ' "degrees": 7}'))
    if pictures := [part for message in messages for part in message["content"] or () if is_picture(part)]:
        kind = pictures[-1]["image_url"]["url"].partition(";")[0]
        return Answer((f"I see {kind.removeprefix('data:')}.",))
    if "break off" in question:
        return Answer(("Half an ", CUT))
    return Answer(("Hello", " from", " the model."))


def answer_embeddings(request: Json) -> Raw:
    """A vector of each text: its length, and 0.5."""
    texts: str | Sequence[str] = request["input"]
    vectors = [[float(len(text)), 0.5] for text in ([texts] if isinstance(texts, str) else texts)]
    rows = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)]
    body = {"object": "list", "model": "vec", "data": rows, "usage": {"prompt_tokens": 3, "total_tokens": 3}}
    return Raw(200, {"content-type": "application/json"}, (json.dumps(body).encode(),))


class AnsweringModel(Upstream):
    """The server."""

    def next_answer(self, seen: Seen) -> Planned:
        """See `Upstream`."""
        if seen.path.endswith("/embeddings"):
            return answer_embeddings(seen.json)
        if seen.path.endswith("/chat/completions"):
            return answer_chat(seen.json)
        # Whoever waits for us to be ready reads until the end of the connection.
        return Raw(200, {"content-type": "application/json"}, (b'{"object": "list", "data": []}',), is_chunked=False)


async def serve(port: int) -> None:
    """Answer until the process is ended."""
    model = AnsweringModel()
    model.port = port
    async with model:
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
