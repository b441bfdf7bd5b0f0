"""A process of its own for each file of a stranger: what the file does to its reader, it does to that process.

It gets no environment, one JSON text as its only argument, the file on stdin, and answers on stdout. It is no sandbox
against code execution: it has the rights of the gateway's user.
"""

import asyncio
import logging
import os
import resource
import sys

logger = logging.getLogger(__name__)

# Turns come first: reading a file may take what they leave.
NICENESS = 10


async def ask_process(module: str, order: bytes, content: bytes, *, timeout_s: float) -> bytes:
    """What a module, started as a program, says of a file; b"" if one of its limits ended it.

    Raises TimeoutError; then, and when the caller is cancelled, the process is killed.
    """
    starting = asyncio.ensure_future(_start(module, order))
    try:
        # A start that is cancelled half-way leaves a process that nobody knows.
        process = await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _end(await starting)
        raise
    try:
        async with asyncio.timeout(timeout_s):
            said, _ = await process.communicate(content)
    finally:
        await _end(process)
    if process.returncode:
        # Killed by one of its limits, or it could not begin: a status above 0 is for the operator to look at.
        logger.warning("%s ended with status %s", module, process.returncode)
        return b""
    return said


def confine(*, max_memory_bytes: int, max_cpu_s: int) -> None:
    """Called in such a process first: give up what reading a file does not need, writing files included."""
    for kind, limit in (
        (resource.RLIMIT_AS, max_memory_bytes),
        (resource.RLIMIT_CPU, max_cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))
    os.nice(NICENESS)


async def _start(module: str, order: bytes) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-I", "-m", module, order.decode()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()
