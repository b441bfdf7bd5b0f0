"""Asking a provider whether it is there."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.cli.command import openclaw
from tests.cli.home import write_config


@contextmanager
def _provider(status: int, seen: list[tuple[str, str | None]]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((self.path, self.headers["authorization"]))
            self.send_response(status)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Nothing: the test looks at what was seen."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "is_ok", "words"),
    [
        pytest.param(200, True, "answers", id="there"),
        pytest.param(404, True, "answers", id="there, without a list"),
        pytest.param(401, False, "refuses the key", id="wrong key"),
        pytest.param(503, False, "an error (503)", id="in trouble"),
    ],
)
def test_answers(tmp_path: Path, status: int, is_ok: bool, words: str) -> None:
    """The list of models is asked for with the real key, and the status of the answer is what counts."""
    seen: list[tuple[str, str | None]] = []
    with _provider(status, seen) as url:
        provider = {"baseUrl": url, "apiKey": "${MINE}", "models": [{"id": "x"}]}
        write_config(tmp_path, models={"providers": {"near": provider}}, agents={"defaults": {"model": "near/x"}})
        outcome = openclaw(tmp_path, "models", "--probe", "--check", MINE="dummy-key")
    assert seen == [("/v1/models", "Bearer dummy-key")]
    assert outcome.code == (0 if is_ok else 1)
    assert words in outcome.out
    assert "dummy-key" not in outcome.out + outcome.err
