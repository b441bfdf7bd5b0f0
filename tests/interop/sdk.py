"""The official OpenAI clients, for Python and for Node, behind one face, so that each test runs with both."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import openai
from tests.interop.install import NODE_FOLDER

Request = Mapping[str, object]


@dataclass(slots=True)
class Outcome:
    """What the application sees. status: of the error, 0 for an error event within a stream, 200 if there was none."""

    text: str = ""
    finish_reason: str | None = None
    usage: Mapping[str, object] | None = None
    tool_calls: list[dict[str, str]] = field(default_factory=list)
    status: int = 200
    code: str | None = None
    deltas: int = 0


@dataclass(frozen=True, slots=True)
class Access:
    """Where the gateway is and how to get in."""

    base_url: str
    key: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Sdk(Protocol):
    """One client library."""

    def complete(self, access: Access, request: Request, *, abort_after: int = 0) -> Outcome:
        """One chat completion; abort_after: leave the stream after that many deltas."""
        ...


class PythonSdk:
    """The `openai` package in this process."""

    def complete(self, access: Access, request: Request, *, abort_after: int = 0) -> Outcome:
        """See `Sdk`."""
        outcome = Outcome()
        with openai.OpenAI(
            base_url=access.base_url, api_key=access.key, default_headers=access.headers, max_retries=0, timeout=60.0
        ) as client:
            try:
                self._fill(outcome, client, dict(request), abort_after)
            except openai.APIStatusError as error:
                outcome.status, outcome.code = error.status_code, error.code
            except openai.APIError as error:
                outcome.status, outcome.code = 0, error.code
        return outcome

    def _fill(self, outcome: Outcome, client: openai.OpenAI, request: dict[str, object], abort_after: int) -> None:
        if not request.get("stream"):
            completion = client.chat.completions.create(**request)  # type: ignore[call-overload]  # a request as a dict
            choice = completion.choices[0]
            outcome.text = choice.message.content or ""
            outcome.finish_reason = choice.finish_reason
            outcome.usage = completion.usage.model_dump()
            _add_tool_calls(outcome, choice.message.tool_calls or [])
            return
        with client.chat.completions.create(**request) as stream:  # type: ignore[call-overload]  # the same
            for chunk in stream:
                if chunk.usage:
                    outcome.usage = chunk.usage.model_dump()
                if not chunk.choices:
                    continue
                delta = chunk.choices[0].delta
                outcome.text += delta.content or ""
                outcome.deltas += bool(delta.content)
                _add_tool_calls(outcome, delta.tool_calls or [])
                outcome.finish_reason = chunk.choices[0].finish_reason or outcome.finish_reason
                if abort_after and outcome.deltas >= abort_after:
                    return


def _add_tool_calls(outcome: Outcome, calls: list[object]) -> None:
    for call in calls:
        index = getattr(call, "index", len(outcome.tool_calls))
        while len(outcome.tool_calls) <= index:
            outcome.tool_calls.append({"name": "", "arguments": ""})
        function = getattr(call, "function", None)
        outcome.tool_calls[index]["name"] += getattr(function, "name", None) or ""
        outcome.tool_calls[index]["arguments"] += getattr(function, "arguments", None) or ""


class NodeSdk:
    """The `openai` package of npm, in a process of its own for each request."""

    def complete(self, access: Access, request: Request, *, abort_after: int = 0) -> Outcome:
        """See `Sdk`."""
        task = {
            "baseURL": access.base_url,
            "apiKey": access.key,
            "headers": dict(access.headers),
            "abortAfter": abort_after,
            "request": dict(request),
        }
        command = ["node", str(NODE_FOLDER / "client.mjs")]
        done = subprocess.run(command, input=json.dumps(task).encode(), capture_output=True, timeout=90, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return Outcome(**json.loads(done.stdout))
