"""Onboarding by questions, at a real terminal."""

import asyncio
import json
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from tests.cli.command import Outcome, free_port, openclaw, running
from tests.cli.home import config_path, read_config, write_config
from tests.cli.terminal import CLEAR, CTRL_C, CTRL_D, Terminal, terminal
from tests.upstream import Upstream

WRONG_KEY, KEY = "dummy-wrong-key", "dummy-right-key"


def _begin(at: Terminal, what: str) -> None:
    """Pass the warning; what: Everything, or The model."""
    at.see("Go on?")
    at.type("y")
    at.choose("What do you want to choose?", what)


def _accept_gateway(at: Terminal, port: int) -> None:
    """Take what is offered first, but for the port."""
    at.answer("Port of the gateway:", CLEAR, str(port))
    at.answer("Who may reach it?")
    at.answer("How do callers prove themselves?")
    at.answer("Turn on the OpenAI-compatible endpoints?")


def _set_up_own_server(home: Path, url: str, port: int) -> str:
    with terminal(home, "onboard") as at:
        _begin(at, "Everything")
        at.choose("Which model?", "A model server")
        at.answer("Its address:", CLEAR, url)
        at.answer("What does it speak?")
        at.answer("Does it need a key?")
        at.choose("Which of its models?", "second")
        at.answer("Does it read images?")
        at.see("answers.")
        _accept_gateway(at, port)
        at.answer("May agents run commands?")
        at.answer("Name of the agent:", CLEAR, "Ada")
        at.answer("Folder for its files:", CLEAR, str(home / "files"))
        for line in ("second", f"port {port}, a new token", ": on", "ask", "Ada", str(home / "files")):
            at.see(line)
        assert not config_path(home).exists()
        at.answer("Write this?")
        assert at.wait() == 0
        return at.text


async def test_from_nothing_to_an_answer(tmp_path: Path, upstream: Upstream) -> None:
    """What the dialogue writes is a gateway that starts and answers; the file is private, the token is not shown."""
    upstream.models = ("first", "second")
    port = free_port()
    text = await asyncio.to_thread(_set_up_own_server, tmp_path, upstream.url, port)
    config = read_config(tmp_path)
    assert config["gateway"]["auth"]["token"] not in text
    assert stat.S_IMODE(config_path(tmp_path).stat().st_mode) == 0o600
    assert config["tools"]["exec"]["mode"] == "ask"
    assert config["agents"]["entries"]["main"]["workspace"] == str(tmp_path / "files")
    assert (tmp_path / "files" / "AGENTS.md").exists()
    upstream.say("Good morning.")
    outcome = await asyncio.to_thread(_ask_running, tmp_path)
    assert (outcome.code, outcome.out) == (0, "Good morning.\n")
    assert upstream.requests[-1].json["model"] == "second"


def _ask_running(home: Path) -> Outcome:
    with running(home, "gateway", until="http server listening"):
        return openclaw(home, "agent", "--message", "hi")


def test_demo_in_a_few_answers(tmp_path: Path) -> None:
    """Who wants to choose only the model answers four questions; the endpoints are on, and a summary says so."""
    with terminal(tmp_path, "onboard") as at:
        _begin(at, "The model")
        at.choose("Which model?", "The demo")
        at.see("/v1/chat/completions, /v1/responses: on")
        at.answer("Write this?")
        assert at.wait() == 0
    config = read_config(tmp_path)
    assert config["agents"]["defaults"]["model"] == {"primary": "scripted/demo"}
    assert config["gateway"]["http"]["endpoints"]["responses"] == {"enabled": True}
    assert len(config["gateway"]["auth"]["token"]) == 48


@contextmanager
def _provider_with_a_key() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.headers["authorization"] == f"Bearer {KEY}" else 401)
            self.send_header("content-length", "11")
            self.end_headers()
            self.wfile.write(b'{"data":[]}')

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_key_is_hidden_tried_and_stored(tmp_path: Path) -> None:
    """A key is never echoed; one that the provider refuses is asked for again; the right one is in the private file."""
    with _provider_with_a_key() as url:
        write_config(tmp_path, models={"providers": {"openai": {"baseUrl": url, "models": []}}})
        with terminal(tmp_path, "onboard", "--flow", "quickstart", "--accept-risk") as at:
            for key in (WRONG_KEY, KEY):
                at.choose("Which model?", "openai, with a key")
                at.choose("Where is the key of openai?", "Enter it now")
                at.answer("Key of openai:", key)
                at.answer("Model id:", CLEAR, "tiny")
                if key == WRONG_KEY:
                    at.see("refuses the key")
                    at.choose("And now?", "Choose again")
            at.answer("Write this?")
            assert at.wait() == 0
    assert KEY not in at.text
    assert WRONG_KEY not in at.text
    assert read_config(tmp_path)["models"]["providers"]["openai"]["apiKey"] == KEY
    assert read_config(tmp_path)["agents"]["defaults"]["model"]["primary"] == "openai/tiny"
    assert stat.S_IMODE(config_path(tmp_path).stat().st_mode) == 0o600


def test_key_may_stay_in_the_environment(tmp_path: Path) -> None:
    """Who sets the variable has its name in the file, and is told to set it."""
    with terminal(tmp_path, "onboard", "--flow", "quickstart", "--accept-risk") as at:
        at.choose("Which model?", "anthropic, with a key")
        at.choose("Where is the key of anthropic?", "I set ANTHROPIC_API_KEY")
        at.answer("Model id:")
        at.answer("Write this?")
        at.see("Now export ANTHROPIC_API_KEY")
        assert at.wait() == 0
    key = read_config(tmp_path)["models"]["providers"]["anthropic"]["apiKey"]
    assert key == {"source": "env", "provider": "default", "id": "ANTHROPIC_API_KEY"}


def test_key_in_the_environment_is_offered(tmp_path: Path) -> None:
    """A key that is set in the environment makes its model the first choice, and is not written."""
    with terminal(tmp_path, "onboard", "--flow", "quickstart", "--accept-risk", OPENAI_API_KEY=KEY) as at:
        at.see("Which model?")
        at.see("(OPENAI_API_KEY is set)")
        at.type(CTRL_C)
        assert at.wait() == 130
    assert KEY not in at.text


def test_second_run_changes_nothing_by_itself(tmp_path: Path) -> None:
    """Accepting what is offered keeps a configuration as it is, comments, secrets and all."""
    write_config(tmp_path)
    path = config_path(tmp_path)
    path.write_text(path.read_text().replace('"gateway"', '/* mine */ "gateway"', 1))
    before = json.loads(path.read_text().replace("/* mine */", ""))
    with terminal(tmp_path, "onboard", "--flow", "manual", "--accept-risk") as at:
        at.answer("Which model?")
        _accept_gateway(at, before["gateway"]["port"])
        at.answer("May agents run commands?")
        at.answer("Write this?")
        assert at.wait() == 0
    text = path.read_text()
    assert '/* mine */ "gateway"' in text
    after = json.loads(text.replace("/* mine */", ""))
    assert {key: after[key] for key in before} == before


def test_what_would_not_start_is_asked_again(tmp_path: Path) -> None:
    """A short token on every interface is refused at once, with the reason; all of it is asked for again."""
    given = ("--auth-choice", "skip", "--gateway-bind", "lan")
    with terminal(tmp_path, "onboard", "--flow", "manual", "--accept-risk", *given) as at:
        at.answer("Port of the gateway:")
        at.choose("How do callers prove themselves?", "A token that I enter")
        at.answer("The token:", "short7")
        at.answer("Turn on the OpenAI-compatible endpoints?")
        at.see("shorter than 16")
        _accept_gateway(at, 18789)
        at.answer("May agents run commands?")
        at.answer("Name of the agent:")
        at.answer("Folder for its files:")
        at.answer("Write this?")
        assert at.wait() == 0
    assert "short7" not in at.text
    assert read_config(tmp_path)["gateway"]["bind"] == "loopback"


@pytest.mark.parametrize("key", [pytest.param(CTRL_C, id="Ctrl-C"), pytest.param(CTRL_D, id="Ctrl-D")])
@pytest.mark.parametrize(
    "question", [pytest.param("Port of the gateway:", id="early"), pytest.param("Folder for its files:", id="late")]
)
def test_leaving_writes_nothing(tmp_path: Path, question: str, key: str) -> None:
    """Ctrl-C and Ctrl-D end it with 130 wherever it is, nothing is written, and the terminal is as before."""
    with terminal(tmp_path, "onboard", "--flow", "manual", "--accept-risk", "--auth-choice", "skip") as at:
        if question.startswith("Folder"):
            _accept_gateway(at, 18789)
            at.answer("May agents run commands?")
            at.answer("Name of the agent:")
        at.see(question)
        assert not at.echoes
        at.type(CLEAR, key)
        assert at.wait() == 130
        assert at.echoes
        assert "cancelled" in at.text
        assert "Traceback" not in at.text
    assert not (tmp_path / ".openclaw").exists()


def test_sigterm_writes_nothing(tmp_path: Path) -> None:
    """SIGTERM ends it with 143, and the terminal echoes again."""
    with terminal(tmp_path, "onboard", "--flow", "manual", "--accept-risk", "--auth-choice", "skip") as at:
        at.see("Port of the gateway:")
        at.popen.terminate()
        assert at.wait() == 143
        assert at.echoes
        assert "Traceback" not in at.text
    assert not (tmp_path / ".openclaw").exists()


@pytest.mark.parametrize("question", ["Go on?", "Write this?"])
def test_no_writes_nothing(tmp_path: Path, question: str) -> None:
    """Who does not go on, or does not like the summary, has written nothing; the exit code says so."""
    with terminal(tmp_path, "onboard", "--flow", "quickstart") as at:
        at.see("Go on?")
        if question != "Go on?":
            at.type("y")
            at.choose("Which model?", "The demo")
            at.see(question)
        at.type("n")
        assert at.wait() == 1
        assert "nothing was written" in at.text
    assert not (tmp_path / ".openclaw").exists()


def _colours(raw: bytes) -> list[bytes]:
    return [code for code in re.findall(rb"\x1b\[([0-9;]*)m", raw) if re.search(rb"(^|;)[34][0-9]", code)]


@pytest.mark.parametrize(
    ("options", "variables"),
    [
        pytest.param((), {"NO_COLOR": "1"}, id="NO_COLOR"),
        pytest.param(("--no-color",), {}, id="--no-color"),
    ],
)
def test_no_colours(tmp_path: Path, options: tuple[str, ...], variables: dict[str, str]) -> None:
    """Without colours no escape sets one."""
    with terminal(tmp_path, "onboard", "--flow", "quickstart", *options, **variables) as at:
        at.see("Go on?")
        at.type("y")
        at.choose("Which model?", "The demo")
        at.answer("Write this?")
        assert at.wait() == 0
    assert not _colours(at.raw)


def test_colours(tmp_path: Path) -> None:
    """On a terminal the questions are coloured: the test above can fail."""
    with terminal(tmp_path, "onboard") as at:
        at.see("Go on?")
        assert _colours(at.raw)
        at.type(CTRL_C)
        at.wait()


def test_narrow_terminal(tmp_path: Path) -> None:
    """In 24 columns every question can still be answered."""
    with terminal(tmp_path, "onboard", "--accept-risk", columns=24) as at:
        at.see("What do you want")
        at.type("\r")
        at.see("Looking for models")
        at.choose("Which model?", "The demo")
        at.see("Write this?")
        at.type("\r")
        assert at.wait() == 0
    assert config_path(tmp_path).exists()


def test_remote(tmp_path: Path) -> None:
    """With --mode remote the address and the token are asked for, and nothing else."""
    with terminal(tmp_path, "onboard", "--mode", "remote", "--accept-risk") as at:
        at.answer("WebSocket address of the gateway:", "gateway.example")
        at.answer("Is there a token to enter?")
        at.answer("Its token:", "dummy-token")
        assert at.wait() == 0
    remote = {"url": "wss://gateway.example", "transport": "direct", "token": "dummy-token"}
    assert read_config(tmp_path)["gateway"] == {"mode": "remote", "remote": remote}
    assert "dummy-token" not in at.text


def test_terminal_that_cannot_be_painted_on(tmp_path: Path) -> None:
    """A terminal that cannot be painted on is not asked: the way without questions is named."""
    with terminal(tmp_path, "onboard", TERM="dumb") as at:
        assert at.wait() == 2
    assert "--non-interactive" in at.text
