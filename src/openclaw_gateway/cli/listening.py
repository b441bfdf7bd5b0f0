"""Who listens on a port of this machine: asked of the kernel, without a connection."""

import errno
import socket
from pathlib import Path
from typing import Final

_LISTENS: Final = "0A"  # TCP_LISTEN of Linux, include/net/tcp_states.h


def is_taken(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody listens on that port of this address, or of all. host: an address of this machine."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what merely lingers there does not count
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def does_listen(pid: int, port: int) -> bool:
    """Whether it is this process that listens on the port. Where the kernel does not tell us, it is believed to be."""
    process = Path("/proc") / str(pid)
    try:
        held = {target for entry in (process / "fd").iterdir() if (target := _target(entry))}
        tables = [(process / "net" / name).read_text() for name in ("tcp", "tcp6")]
    except OSError:
        return True
    rows = [line.split() for table in tables for line in table.splitlines()[1:]]
    listeners = [row for row in rows if row[3] == _LISTENS and int(row[1].rpartition(":")[2], 16) == port]
    return any(f"socket:[{row[9]}]" in held for row in listeners)


def _target(entry: Path) -> str | None:
    try:
        return str(entry.readlink())
    except FileNotFoundError:  # closed meanwhile
        return None
