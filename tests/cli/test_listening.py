"""Who listens on a port."""

import os
import socket
import sys

from openclaw_gateway.cli.listening import does_listen, is_taken


def test_port_is_taken_while_somebody_listens() -> None:
    """A port is taken as long as there is a listener, and free after it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert is_taken(port)
        assert does_listen(os.getpid(), port)
    assert not is_taken(port)


def test_another_process_is_not_the_listener() -> None:
    """Where the kernel tells, a process that does not listen there is not taken for the one that does."""
    is_believed = sys.platform != "linux"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert does_listen(os.getppid(), port) == is_believed
    assert does_listen(os.getpid(), port) == is_believed
