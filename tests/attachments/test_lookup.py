"""Names that strangers chose are looked up beside the loop, a few at a time; a dead name server holds up nobody."""

import asyncio
from collections.abc import Sequence
from threading import Event

import pytest

from openclaw_gateway.attachments.lookup import MAX_LOOKUPS, Lookups, ask_system


class NameServer:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.may_answer = Event()
        self.asked: list[str] = []

    def ask(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        self.may_answer.wait(10)
        if host == "nowhere.example":
            raise OSError("no such host")
        return [f"93.184.216.{port}"]


async def test_name_is_looked_up() -> None:
    """The answer of the system comes back, and so does its refusal."""
    server = NameServer()
    server.may_answer.set()
    lookups = Lookups(server.ask)
    assert await lookups.resolve("a.example", 7) == ["93.184.216.7"]
    with pytest.raises(OSError, match="no such host"):
        await lookups.resolve("nowhere.example", 7)


async def test_system_knows_numbers() -> None:
    """Numbers stand for themselves, once each."""
    assert list(ask_system("127.0.0.1", 80)) == ["127.0.0.1"]


async def test_hanging_name_server_holds_a_few_threads() -> None:
    """Callers that left give no thread back; when all hang, the next is refused soon; answers free them again."""
    server = NameServer()
    lookups = Lookups(server.ask, max_wait_s=0.01)
    hanging = [asyncio.create_task(lookups.resolve("slow.example", 1)) for _ in range(MAX_LOOKUPS)]
    await asyncio.sleep(0)
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)
    with pytest.raises(BlockingIOError):
        await lookups.resolve("a.example", 1)
    assert server.asked == ["slow.example"] * MAX_LOOKUPS
    server.may_answer.set()
    patient = Lookups(server.ask)
    patient._slots = lookups._slots
    assert await patient.resolve("a.example", 2) == ["93.184.216.2"]


async def test_loop_goes_on() -> None:
    """While a name is looked up, the loop does other work, also lookups of its own."""
    server = NameServer()
    looking = asyncio.create_task(Lookups(server.ask).resolve("a.example", 3))
    found = await asyncio.get_running_loop().getaddrinfo("127.0.0.1", 80)
    assert found
    assert not looking.done()
    server.may_answer.set()
    assert await looking == ["93.184.216.3"]
