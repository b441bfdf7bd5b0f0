"""A home whose gateway answers with the built-in demo."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.cli.command import Process, free_port, running

TOKEN = "dummy-token-of-the-tests-0123456789"


def config_path(home: Path) -> Path:
    return home / ".openclaw" / "openclaw.json"


def write_config(home: Path, **changes: Any) -> None:
    """A config on a free port; changes are top-level keys that replace."""
    config = {
        "gateway": {
            "mode": "local",
            "bind": "loopback",
            "port": free_port(),
            "auth": {"mode": "token", "token": TOKEN},
        },
        "agents": {"defaults": {"model": "scripted/demo"}},
        "tools": {"deny": ["*"]},
        **changes,
    }
    config_path(home).parent.mkdir(mode=0o700, exist_ok=True)
    config_path(home).write_text(json.dumps(config), encoding="utf-8")
    config_path(home).chmod(0o600)


def read_config(home: Path) -> Any:
    return json.loads(config_path(home).read_text(encoding="utf-8"))


@contextmanager
def demo_gateway(home: Path, **changes: Any) -> Iterator[Process]:
    """That gateway, running."""
    write_config(home, **changes)
    with running(home, "gateway", until="http server listening") as process:
        yield process
