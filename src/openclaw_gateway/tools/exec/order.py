"""What the launcher is told to start, and what it tells back; the wire form is in `launcher.py`."""

from collections.abc import Mapping

import msgspec


class Limits(msgspec.Struct, frozen=True, omit_defaults=True):
    """What all processes of a command may use together; file_bytes: one file. free_bytes must stay free at free_at."""

    processes: int | None = None
    memory_bytes: int | None = None
    cpu_s: int | None = None
    file_bytes: int | None = None
    free_bytes: int | None = None
    free_at: str | None = None


class Start(msgspec.Struct, frozen=True):
    """A command as it is started. argv[0] is an absolute path. data: texts to be read at these descriptors.

    info_fd, block_fd: descriptors that bubblewrap was told to use; None where there is no bubblewrap. cleanup: run when
    all is over, also when the gateway is not there any more.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str
    limits: Limits | None = None
    data: Mapping[int, str] = {}
    info_fd: int | None = None
    block_fd: int | None = None
    cleanup: tuple[str, ...] = ()


class Told(msgspec.Struct, frozen=True):
    """One line from the launcher; which fields are there says which line it is."""

    pid: int | None = None
    error: str | None = None
    code: int | None = None
    signal: str | None = None
    why: str = ""
    left: int = 0
    gone: bool = False


told_decoder = msgspec.json.Decoder(Told)


class _Order(msgspec.Struct, omit_defaults=True):
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str
    fds: tuple[int, int, int]
    tty: bool = False
    limits: Limits | None = None
    data: Mapping[str, str] = {}
    info_fd: int | None = None
    block_fd: int | None = None
    cleanup: tuple[str, ...] = ()


def encode_order(start: Start, fds: tuple[int, int, int], *, is_tty: bool) -> bytes:
    """The first line to the launcher. fds: what the command gets as its input, output and errors."""
    data = {str(fd): text for fd, text in start.data.items()}
    return (
        msgspec.json.encode(
            _Order(
                start.argv,
                start.env,
                start.cwd,
                fds,
                is_tty,
                start.limits,
                data,
                start.info_fd,
                start.block_fd,
                start.cleanup,
            )
        )
        + b"\n"
    )
