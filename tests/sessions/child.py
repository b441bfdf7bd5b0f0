"""A process that owns a store, for tests that kill it or take its disk away.

child.py append FOLDER         appends for ever in eight sessions, printing `key entry_id` for each acknowledged entry
child.py full FOLDER           meets a limit on the size of files, has it lifted, and prints what happened as JSON
"""

import asyncio
import json
import os
import resource
import sys
from pathlib import Path

from openclaw_gateway.errors import StoreUnavailable
from openclaw_gateway.messages import AssistantMessage, TextPart, UserMessage
from openclaw_gateway.sessions.store import DATABASE_NAME, SqliteStore

SESSIONS = 8


async def append_for_ever(folder: Path) -> None:
    store = await SqliteStore.start(folder, now_ms=lambda: 1)

    async def talk(number: int) -> None:
        key = f"agent:main:{'fresh' if number % 2 else 'chat'}:{number}:{os.getpid()}"
        session = await store.open(key, "main", is_ephemeral=bool(number % 2))
        while True:
            turn = (UserMessage("q" * number * 100), AssistantMessage((TextPart("a"),)))
            for entry in await store.append(session, turn, run_id="r"):
                os.write(1, f"{key} {entry.id}\n".encode())

    async with asyncio.TaskGroup() as tasks:
        for number in range(SESSIONS):
            tasks.create_task(talk(number))


async def meet_full_disk(folder: Path) -> None:
    store = await SqliteStore.start(folder, now_ms=lambda: 1)
    session = await store.open("agent:main:chat", "main", is_ephemeral=False)
    await store.append(session, (UserMessage("before"),), run_id="r")
    log_size = (folder / f"{DATABASE_NAME}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (log_size + 4096, resource.RLIM_INFINITY))
    large = UserMessage("x" * 100_000)
    failures = []
    for _ in range(3):
        try:
            await store.append(session, (large,), run_id="r")
        except StoreUnavailable as error:
            failures.append(error.message)
    length_when_full = len(session.path)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await store.append(session, (UserMessage("after"),), run_id="r")
    await store.close()
    print(json.dumps({"failures": failures, "length_when_full": length_when_full}))


if __name__ == "__main__":
    asyncio.run({"append": append_for_ever, "full": meet_full_disk}[sys.argv[1]](Path(sys.argv[2])))
