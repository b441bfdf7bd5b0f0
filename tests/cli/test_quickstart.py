"""The first run: from an empty folder to a curl that works as it is printed."""

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

from tests.cli.command import environment, free_port, openclaw, running

READY = "Ctrl-C stops it"
CHAT = "gateway.http.endpoints.chatCompletions.enabled"


def _config(home: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((home / ".openclaw" / "openclaw.json").read_text())
    return config


def _printed_curl(lines: list[str]) -> str:
    (command,) = re.findall(r"^curl (?:.*\\\n)+.*\n", "".join(lines), re.MULTILINE)
    return str(command)


def test_printed_curl_works_as_pasted(tmp_path: Path) -> None:
    """Quickstart prints address, token, model and a curl; a shell that is given the curl gets an answer."""
    port = free_port()
    with running(tmp_path, "quickstart", "--port", str(port), until=READY) as process:
        text = "".join(process.lines)
        config = _config(tmp_path)
        assert f"http://127.0.0.1:{port}" in text
        assert config["gateway"]["auth"]["token"] in text
        is_demo = config["agents"]["defaults"]["model"]["primary"] == "scripted/demo"
        assert ("demo" in text and "OPENAI_API_KEY" in text) == is_demo
        ended = subprocess.run(["sh", "-c", _printed_curl(process.lines)], capture_output=True, check=True)
        assert json.loads(ended.stdout)["choices"][0]["message"]["content"]
        assert process.stop() == 0


def test_examples_of_the_readme_work(tmp_path: Path) -> None:
    """The README's examples, plain and streamed, work as they stand against a gateway of quickstart."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r"^curl (?:.*\\\n)+.*\n", readme, re.MULTILINE)
    assert len(examples) == 2
    port = free_port()
    # A configured model stays, whatever server the developer runs.
    assert openclaw(tmp_path, "setup").code == 0
    for key, value in (("agents.defaults.model", "scripted/demo"), (CHAT, "true")):
        assert openclaw(tmp_path, "config", "set", key, value).code == 0
    with running(tmp_path, "quickstart", "--port", str(port), until=READY):
        token = _config(tmp_path)["gateway"]["auth"]["token"]
        plain, streamed = [
            subprocess.run(
                ["sh", "-c", example.replace("18789", str(port))],
                capture_output=True,
                check=True,
                env=environment(tmp_path, TOKEN=token),
            ).stdout.decode()
            for example in examples
        ]
    assert "hi" in json.loads(plain)["choices"][0]["message"]["content"]
    assert "\ndata: {" in f"\n{streamed}"
    assert streamed.endswith("data: [DONE]\n\n")


def test_key_in_the_environment_is_used(tmp_path: Path) -> None:
    """A provider's key chooses its model, and is not written anywhere."""
    with running(
        tmp_path, "quickstart", "--port", str(free_port()), until=READY, OPENAI_API_KEY="dummy-key"
    ) as process:
        assert process.stop() == 0
    assert _config(tmp_path)["agents"]["defaults"]["model"]["primary"].startswith("openai/")
    written = [path.read_text(errors="replace") for path in (tmp_path / ".openclaw").rglob("*") if path.is_file()]
    assert not any("dummy-key" in text for text in [*written, "".join(process.lines)])


def test_second_run_keeps_token_and_looks_for_a_model_again(tmp_path: Path) -> None:
    """Token and changes stay; a model that was chosen by quickstart is chosen anew, one by a person is not."""
    port = str(free_port())
    with running(tmp_path, "quickstart", "--port", port, until=READY, OPENAI_API_KEY="k"):
        first = _config(tmp_path)
    with running(tmp_path, "quickstart", "--port", port, until=READY, ANTHROPIC_API_KEY="k"):
        second = _config(tmp_path)
    assert second["gateway"] == first["gateway"]
    assert second["agents"]["defaults"]["model"]["primary"].startswith("anthropic/")
    assert openclaw(tmp_path, "config", "set", "agents.defaults.model", "openrouter/mine").code == 0
    with running(tmp_path, "quickstart", "--port", port, until=READY, OPENAI_API_KEY="k"):
        assert _config(tmp_path)["agents"]["defaults"]["model"] == "openrouter/mine"


def test_second_start_is_told_at_once(tmp_path: Path) -> None:
    """While it runs, another quickstart says where it is and how to stop it, and changes nothing."""
    port = str(free_port())
    with running(tmp_path, "quickstart", "--port", port, until=READY, OPENAI_API_KEY="k") as process:
        before = _config(tmp_path)
        outcome = openclaw(tmp_path, "quickstart", "--port", port, ANTHROPIC_API_KEY="k")
        assert (outcome.code, outcome.out) == (78, "")
        assert f"runs already, at http://127.0.0.1:{port}" in outcome.err
        assert f"kill {process.popen.pid}" in outcome.err
        assert _config(tmp_path) == before


def test_printed_command_works_as_pasted(tmp_path: Path) -> None:
    """Quickstart prints an `openclaw agent` line with address and token in its environment; it works from anywhere."""
    assert openclaw(tmp_path, "setup").code == 0
    assert openclaw(tmp_path, "config", "set", "agents.defaults.model", "scripted/demo").code == 0
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with running(tmp_path, "quickstart", "--port", str(free_port()), until=READY) as process:
        printed = "".join(process.lines)
        ((secrets, command),) = re.findall(r"^(OPENCLAW_.*) \\\n  openclaw (agent .*)$", printed, re.MULTILINE)
        variables = dict(word.split("=", 1) for word in shlex.split(secrets))
        outcome = openclaw(elsewhere, *shlex.split(command), **variables)
    assert "OPENCLAW_GATEWAY_TOKEN" in variables
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out


def test_busy_port_is_told(tmp_path: Path) -> None:
    """A port in use ends with 78 and says so, after the configuration was written."""
    port = str(free_port())
    with running(tmp_path, "quickstart", "--port", port, until=READY, OPENAI_API_KEY="k"):
        other = tmp_path / "other"
        other.mkdir()
        outcome = openclaw(other, "quickstart", "--port", port, OPENAI_API_KEY="k")
    assert outcome.code == 78
    assert "already in use" in outcome.err
    assert "curl" not in outcome.out
