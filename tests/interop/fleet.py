"""The client programs: how each is started, and what it reported."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.interop.install import CHECKOUT, NODE_FOLDER, PYTHON
from tests.interop.sdk import Access

MAX_CLIENT_S = 180.0


@dataclass(frozen=True, slots=True)
class Client:
    """A program that uses one library."""

    name: str
    command: Sequence[str]


@dataclass(frozen=True, slots=True)
class Report:
    """What it told. failures: feature -> nothing, or the reason; versions: package -> version."""

    versions: Mapping[str, str]
    failures: Mapping[str, str | None]

    @property
    def cells(self) -> dict[str, str]:
        """Its row of the matrix."""
        return {feature: "no" if reason else "yes" for feature, reason in self.failures.items()}


def _python(module: str, interpreter: str | Path = PYTHON) -> Sequence[str]:
    return [str(interpreter), "-m", f"tests.interop.clients.{module}"]


def _node(*words: str) -> Sequence[str]:
    return ["node", str(NODE_FOLDER / words[0]), *words[1:]]


CLIENTS = (
    Client("OpenAI Python", _python("openai_sync", sys.executable)),
    Client("OpenAI Python, async", _python("openai_async", sys.executable)),
    Client("OpenAI Python 2", _python("openai_sync")),
    Client("OpenAI Python 2, async", _python("openai_async")),
    Client("OpenAI Node", _node("openai_node.mjs")),
    Client("Vercel AI SDK, openai", _node("ai_sdk.mjs", "openai")),
    Client("Vercel AI SDK, openai-compatible", _node("ai_sdk.mjs", "openai-compatible")),
    Client("LangChain", _python("langchain")),
    Client("LiteLLM", _python("litellm_client")),
    Client("LlamaIndex", _python("llamaindex")),
    Client("pydantic-ai", _python("pydantic_agents")),
)


def run_client(client: Client, access: Access, home: Path) -> Report:
    """Run one program to its end. Of the caller's environment only PATH reaches it: no key of a person does."""
    done = subprocess.run(
        client.command,
        input=json.dumps({"base_url": access.base_url, "key": access.key}),
        capture_output=True,
        text=True,
        timeout=MAX_CLIENT_S,
        check=False,
        cwd=CHECKOUT,
        # LiteLLM would fetch its table of prices, LangChain would send traces.
        env={"PATH": os.environ["PATH"], "HOME": str(home), "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    )
    if done.returncode:
        raise RuntimeError(f"{client.name} ended with {done.returncode}:\n{done.stderr}")
    return Report(**json.loads(done.stdout.splitlines()[-1]))


def run_all(access: Access, home: Path) -> dict[str, Report]:
    """The report of each client; two run at a time."""
    with ThreadPoolExecutor(2) as pool:
        reports = pool.map(lambda client: run_client(client, access, home), CLIENTS)
        return {client.name: report for client, report in zip(CLIENTS, reports, strict=True)}
