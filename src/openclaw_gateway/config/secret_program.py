"""Asking a program for secrets.

It gets one question with all ids of its provider: stdin {"protocolVersion": 1, "provider", "ids": […]}, stdout
{"protocolVersion": 1, "values": {id: text}, "errors": {id: {"code"}}}. It runs with the variables that its provider
names and no others, and nothing that it started outlives the question.
"""

import os
import selectors
import signal
import stat
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from openclaw_gateway.config.issues import Unresolved
from openclaw_gateway.config.schema import ExecSecrets
from openclaw_gateway.json_errors import JSON_ERRORS

_READ_BYTES = 65_536


class _Answer(msgspec.Struct):
    """What a program prints."""

    values: dict[str, str] = {}
    errors: dict[str, object] = {}


def ask_program(provider: ExecSecrets, alias: str, ids: list[str], variables: Mapping[str, str]) -> dict[str, str]:
    """The values that a program gives for ids. Raises Unresolved."""
    command = Path(provider.command)
    _check_command(command, provider.trusted_dirs)
    question = msgspec.json.encode({"protocolVersion": 1, "provider": alias, "ids": ids})
    environment = {name: variables[name] for name in provider.pass_env if name in variables} | provider.env
    try:
        process = subprocess.Popen(  # noqa: S603 - the command was checked, and there is no shell
            [command, *provider.args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    except (OSError, ValueError):
        raise Unresolved(f"{command} cannot be started") from None
    try:
        output = _converse(process, question, provider)
        if process.wait(timeout=1) != 0:
            raise Unresolved(f"{command} ended with code {process.returncode}")
    except subprocess.TimeoutExpired:
        raise Unresolved(f"{command} closed its output and did not end") from None
    finally:
        _end(process)
    return _read_answer(output, ids, provider)


def _check_command(command: Path, trusted_dirs: tuple[str, ...]) -> None:
    """Refuse a program that someone else could have put there or could change."""
    if not command.is_absolute():
        raise Unresolved(f"{command} is not an absolute path")
    try:
        status = command.lstat()
    except (OSError, ValueError):
        raise Unresolved(f"{command} does not exist") from None
    if not stat.S_ISREG(status.st_mode):
        raise Unresolved(f"{command} is not a regular file (a symbolic link is refused too)")
    if status.st_mode & 0o022:
        raise Unresolved(f"{command} can be changed by others; take away the write permission of group and others")
    if status.st_uid not in (os.geteuid(), 0):
        raise Unresolved(f"{command} belongs to another user")
    for folder in command.parents:
        _check_folder(command, folder)
    if trusted_dirs and not any(command.resolve().is_relative_to(Path(folder).resolve()) for folder in trusted_dirs):
        raise Unresolved(f"{command} is not below a folder of trustedDirs")


def _check_folder(command: Path, folder: Path) -> None:
    """Whoever may write into a folder may put another program there, unless it is sticky, as /tmp is."""
    status = folder.stat()
    if (status.st_mode & 0o022 and not status.st_mode & stat.S_ISVTX) or status.st_uid not in (os.geteuid(), 0):
        raise Unresolved(f"{command} can be replaced by others, who may write into {folder}; chmod go-w it")


def _converse(process: "subprocess.Popen[bytes]", question: bytes, provider: ExecSecrets) -> bytes:
    """Write the question, read the answer; both within the provider's limits of time and size."""
    if process.stdin is None or process.stdout is None:
        raise Unresolved("no pipes")
    deadline = time.monotonic() + provider.timeout_ms / 1000
    output = bytearray()
    with selectors.DefaultSelector() as selector:
        os.set_blocking(process.stdin.fileno(), False)
        selector.register(process.stdin, selectors.EVENT_WRITE)
        selector.register(process.stdout, selectors.EVENT_READ)
        while process.stdout in {key.fileobj for key in selector.get_map().values()}:
            silence_s = (provider.no_output_timeout_ms or provider.timeout_ms) / 1000
            events = selector.select(max(min(deadline - time.monotonic(), silence_s), 0))
            if not events:
                raise Unresolved("the program did not answer in time")
            for key, _ in events:
                if key.fileobj is process.stdin:
                    question = _write_some(process, question, selector)
                elif chunk := os.read(process.stdout.fileno(), _READ_BYTES):
                    output += chunk
                else:
                    selector.unregister(process.stdout)
            if len(output) > provider.max_output_bytes:
                raise Unresolved(f"the program printed more than {provider.max_output_bytes} bytes")
    return bytes(output)


def _write_some(process: "subprocess.Popen[bytes]", question: bytes, selector: selectors.BaseSelector) -> bytes:
    if process.stdin is None:
        return b""
    try:
        question = question[os.write(process.stdin.fileno(), question) :]
    except BrokenPipeError:  # a program may answer without reading the question
        question = b""
    if not question:
        selector.unregister(process.stdin)
        process.stdin.close()
    return question


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Leave no process behind, neither the program nor what it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _read_answer(output: bytes, ids: list[str], provider: ExecSecrets) -> dict[str, str]:
    try:
        answer = msgspec.json.decode(output, type=_Answer)
    except JSON_ERRORS:
        if not provider.json_only and len(ids) == 1:
            return {ids[0]: output.decode(errors="replace").strip()}
        raise Unresolved("the program's output is not the expected JSON") from None
    return {name: value for name, value in answer.values.items() if name not in answer.errors}
