"""llama.cpp's server on a tiny model, LiteLLM's proxy in front of it, and the real gateway in front of both."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.processes import TOKEN, Child, Gateway, free_port, gateway_config
from tests.interop.install import CHECKOUT, FOLDER, PYTHON
from tests.interop.sdk import Access, NodeSdk, PythonSdk, Sdk

PROXY_KEY = "sk-interop-0123456789abcdef"
# What the tiny model's servers need to be told about; docs/reference/config.md says what each flag does.
LLAMA_COMPAT = {
    "supportsDeveloperRole": False,
    "supportsUsageInStreaming": False,
    "maxTokensField": "max_tokens",
    "requiresStringContent": True,
}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where everything of this run is."""
    assert PYTHON.exists(), "the model servers and clients are not installed: run `make interop`"
    return tmp_path_factory.mktemp("interop")


@pytest.fixture(scope="session")
def model_file(folder: Path) -> Path:
    """A tiny GGUF model."""
    path = folder / "tiny.gguf"
    subprocess.run([PYTHON, CHECKOUT / "tests" / "interop" / "tiny_model.py", path], check=True)
    return path


def start_llama(folder: Path, model_file: Path, *, interrupts: bool) -> tuple[Child, int]:
    """llama.cpp's server; interrupts: its default, by which a second request cuts the stream of the first."""
    port = free_port()
    command = [PYTHON, "-m", "llama_cpp.server", "--model", model_file, "--model_alias", "tiny"]
    command += ["--host", "127.0.0.1", "--port", port, "--n_ctx", 32768, "--interrupt_requests", interrupts]
    child = Child([str(word) for word in command], log=folder / f"llama-{port}.log")
    child.wait_ready(port, "/v1/models")
    return child, port


@pytest.fixture(scope="session")
def llama(folder: Path, model_file: Path) -> Iterator[int]:
    """Port of a llama.cpp server."""
    child, port = start_llama(folder, model_file, interrupts=False)
    with child:
        yield port


@pytest.fixture(scope="session")
def interrupting_llama(folder: Path, model_file: Path) -> Iterator[int]:
    """Port of a llama.cpp server as it is by default."""
    child, port = start_llama(folder, model_file, interrupts=True)
    with child:
        yield port


@pytest.fixture(scope="session")
def litellm(folder: Path, llama: int) -> Iterator[int]:
    """Port of LiteLLM's proxy in front of llama.cpp's server."""
    port = free_port()
    parameters = {"model": "hosted_vllm/tiny", "api_base": f"http://127.0.0.1:{llama}/v1", "api_key": "none"}
    # What it takes for vLLM it asks for responses, which llama.cpp's server has not; of this one it asks chats.
    bridged = {**parameters, "model": "lm_studio/tiny"}
    # JSON is YAML too.
    config = {
        "model_list": [
            {"model_name": "tiny", "litellm_params": parameters},
            {"model_name": "bridged", "litellm_params": bridged},
        ],
        "general_settings": {"master_key": PROXY_KEY},
    }
    path = folder / "litellm.yaml"
    path.write_text(json.dumps(config))
    with Child(
        [str(FOLDER / "bin" / "litellm"), "--config", str(path), "--host", "127.0.0.1", "--port", str(port)],
        log=folder / "litellm.log",
        environment={"LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    ) as child:
        child.wait_ready(port, "/health/liveliness", timeout_s=60.0)
        yield port


@pytest.fixture(scope="session")
def gateway(folder: Path, llama: int, litellm: int, interrupting_llama: int) -> Iterator[Gateway]:
    """A gateway with an agent for each way of reaching the model."""

    def entry(api: str, base_url: str, key: str, model: str = "tiny", **more: object) -> dict[str, object]:
        row = {"id": model, "contextWindow": 1_000_000, "maxTokens": 4096, **more}
        return {"baseUrl": base_url, "apiKey": key, "api": api, "models": [row]}

    chat, messages = "openai-completions", "anthropic-messages"
    llama_url, proxy_url = f"http://127.0.0.1:{llama}/v1", f"http://127.0.0.1:{litellm}"
    providers = {
        "llama": entry(chat, llama_url, "none", compat=LLAMA_COMPAT),
        "plain": entry(chat, llama_url, "none"),
        "interrupting": entry(chat, f"http://127.0.0.1:{interrupting_llama}/v1", "none", compat=LLAMA_COMPAT),
        "litellm": entry(messages, proxy_url, PROXY_KEY),
        "responses": entry("openai-responses", proxy_url, PROXY_KEY, model="bridged"),
        "gemini": entry("google-generative-ai", proxy_url, PROXY_KEY, model="bridged"),
        "wrong-key": entry(messages, proxy_url, "sk-wrong"),
        "wrong-model": entry(messages, proxy_url, PROXY_KEY, model="nobody"),
        "nowhere": entry(chat, f"http://127.0.0.1:{free_port()}/v1", "none"),
    }
    models = {"main": "llama/tiny", "claude": "litellm/tiny"}
    models |= {name: f"{name}/tiny" for name in ("plain", "interrupting", "wrong-key", "nowhere")}
    models |= {name: f"{name}/bridged" for name in ("responses", "gemini")}
    models["wrong-model"] = "wrong-model/nobody"
    with Gateway(folder / "gateway", gateway_config(free_port(), providers, models)) as process:
        process.wait_ready(process.port)
        yield process


@pytest.fixture
def access(gateway: Gateway) -> Access:
    """How an application reaches the gateway."""
    return Access(f"http://127.0.0.1:{gateway.port}/v1", TOKEN)


@pytest.fixture(params=[pytest.param(PythonSdk(), id="python"), pytest.param(NodeSdk(), id="node")])
def sdk(request: pytest.FixtureRequest) -> Sdk:
    """Each of the official clients."""
    client: Sdk = request.param
    return client
