"""Who listens on a port."""

import os
import socket
import sys

import pytest

from openclaw_gateway.cli.listening import does_listen, is_taken


def test_port_is_taken_while_somebody_listens() -> None:
    """A port is taken as long as there is a listener, and free after it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert is_taken(port)
        assert does_listen(os.getpid(), port)
    assert not is_taken(port)


@pytest.mark.parametrize(
    ("host", "is_theirs"),
    [
        pytest.param("127.0.0.2", True, id="the address itself"),
        pytest.param("0.0.0.0", True, id="all addresses"),
        pytest.param("127.0.0.1", False, id="another address"),
    ],
)
def test_each_address_has_ports_of_its_own(host: str, is_theirs: bool) -> None:
    """A listener takes the port of its own address, and so the one of all addresses."""
    with socket.create_server(("127.0.0.2", 0)) as server:
        assert is_taken(server.getsockname()[1], host) is is_theirs


def test_another_process_is_not_the_listener() -> None:
    """Where the kernel tells, a process that does not listen there is not taken for the one that does."""
    is_believed = sys.platform != "linux"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert does_listen(os.getppid(), port) == is_believed
    assert does_listen(os.getpid(), port) == is_believed
