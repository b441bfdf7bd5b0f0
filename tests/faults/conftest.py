"""The processes of a fault test: an upstream that misbehaves by path, and gateways that can be started again."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from bench.processes import Gateway, Upstream, free_port, gateway_config

BEHAVIOURS = ("fast", "slow", "paced", "endless", "flood", "line", "dies")


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[Upstream]:
    """The benchmark's model server."""
    with Upstream(tmp_path / "upstream") as process:
        yield process


@pytest.fixture
def start(tmp_path: Path, upstream: Upstream) -> Iterator[Callable[[], Gateway]]:
    """Starts the gateway, again on the same port and state each time; `main` is the agent that answers at once, each
    other behaviour of the upstream has an agent of its name.
    """
    providers = {name: upstream.provider(name) for name in BEHAVIOURS}
    models = {"main": "fast/m", **{name: f"{name}/m" for name in BEHAVIOURS}}
    config = gateway_config(free_port(), providers, models)
    with ExitStack() as stack:

        def start_gateway() -> Gateway:
            gateway = stack.enter_context(Gateway(tmp_path / "gateway", config))
            gateway.wait_ready(gateway.port)
            return gateway

        yield start_gateway
