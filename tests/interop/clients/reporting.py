"""How a client program is told where the gateway is, and tells what worked.

stdin: {"base_url": str, "key": str}; last line of stdout: {"versions": {package: version},
"failures": {feature: null or the reason}}. A feature that the library does not have is not in it.
"""

import asyncio
import inspect
import json
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version

MODEL = "openclaw/main"
UNKNOWN_MODEL = "openclaw/nobody"
WRONG_KEY = "wrong-token-0123456789"

HELLO = "Hello from the model."
SAY_HELLO = "Say hello."
ASK_WEATHER = "How is the weather in Oslo and in Rome?"
ASK_DEGREES = "How warm is it in Oslo?"
BREAK_OFF = "Please break off."
ASK_PICTURE = "What is in this picture?"
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
PICTURE_URL = f"data:image/png;base64,{PICTURE}"
SEEN = "I see image/png."
DEGREES = {"Oslo": 7, "Rome": 19}


@dataclass(frozen=True, slots=True)
class Access:
    """Where the gateway is and how to get in."""

    base_url: str
    key: str


Check = Callable[[Access], Awaitable[None] | None]


def weather(city: str) -> str:
    """Tell how warm it is in a city."""
    return f"{DEGREES[city]} degrees in {city}"


WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tell how warm it is in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
        # OpenAI's stream helpers take no other ones.
        "strict": True,
    },
}


def call_weather(arguments: str) -> str:
    """The function behind the tool, from the arguments as they are on the wire."""
    return weather(**json.loads(arguments))


def expect(found: object, wanted: object) -> None:
    """Fail unless both are equal."""
    assert found == wanted, f"{found!r}, not {wanted!r}"


def expect_weather(text: str | None) -> None:
    """Fail unless the final answer repeats what the tool said of both cities."""
    for city in DEGREES:
        assert weather(city) in (text or ""), f"no word of {city} in {text!r}"


@contextmanager
def expect_error(kind: type[Exception], *words: str) -> Iterator[None]:
    """Fail unless the block raises that exception, with these words in its message."""
    try:
        yield
    except kind as error:
        message = str(error)
    else:
        raise AssertionError(f"no {kind.__name__}")
    missing = [word for word in words if word not in message]
    expect((message, missing), (message, []))


def report(checks: Mapping[str, Check], *packages: str) -> None:
    """Do every check and print the report."""
    access = Access(**json.load(sys.stdin))
    failures = {feature: _failure(check, access) for feature, check in checks.items()}
    print(json.dumps({"versions": {package: version(package) for package in packages}, "failures": failures}))


def _failure(check: Check, access: Access) -> str | None:
    try:
        done = check(access)
        if inspect.iscoroutine(done):
            asyncio.run(done)
    except Exception as error:  # noqa: BLE001  (whatever a library raises is its failure, and the report goes on)
        traceback.print_exc()
        return f"{type(error).__name__}: {error}"
    return None
