"""Approvals: answered once, or not in time."""

import asyncio

import pytest

from openclaw_gateway.errors import Busy, Conflict, InvalidRequest, NotFound
from openclaw_gateway.tools.permission.book import (
    MAX_ANSWERED,
    MAX_PENDING,
    MAX_PENDING_IN_SESSION,
    Approval,
    Book,
    Question,
)


def question(session: str = "s", **changes: object) -> Question:
    return Question("ls", "/w", "main", session, **changes)  # type: ignore[arg-type]  # fields of a question


@pytest.fixture
async def book() -> Book:
    """An empty one."""
    return Book(lambda: 1_000)


@pytest.mark.parametrize("decision", ["allow-once", "allow-always", "deny"])
async def test_answer(book: Book, decision: str) -> None:
    """An answer reaches everybody who waits; a second one is told that there was a first."""
    approval = book.open(question(), 60)
    assert (approval.created_at_ms, approval.expires_at_ms) == (1_000, 61_000)
    waits = [asyncio.create_task(book.wait(approval)) for _ in range(2)]
    book.resolve(approval.id, decision, "someone")
    assert await asyncio.gather(*waits) == [decision, decision]
    assert (book.pending, book.find(approval.id).resolved_by) == ((), "someone")
    with pytest.raises(Conflict):
        book.resolve(approval.id, "deny", "another")
    assert approval.decision == decision


async def test_deadline(book: Book) -> None:
    """Without an answer in time there is none, and it comes too late afterwards."""
    approval = book.open(question(), 0.01)
    assert await book.wait(approval) is None
    assert approval.has_expired
    with pytest.raises(Conflict):
        book.resolve(approval.id, "allow-once", "someone")
    assert approval.decision is None


async def test_a_wait_that_ends_changes_nothing(book: Book) -> None:
    """Whoever stops waiting takes the question from nobody else."""
    approval = book.open(question(), 60)
    wait = asyncio.create_task(book.wait(approval))
    await asyncio.sleep(0)
    wait.cancel()
    await asyncio.wait([wait])
    assert approval.is_pending
    book.resolve(approval.id, "deny", "someone")


async def test_refusals(book: Book) -> None:
    """Unknown ids, unknown words, and decisions that the question does not offer are refused, and answer nothing."""
    approval = book.open(question(decisions=("allow-once", "deny")), 60)
    with pytest.raises(NotFound, match="unknown or expired approval id"):
        book.resolve("nosuch", "deny", "x")
    with pytest.raises(InvalidRequest):
        book.resolve(approval.id, "yes", "x")
    with pytest.raises(InvalidRequest, match="allow-always"):
        book.resolve(approval.id, "allow-always", "x")
    with pytest.raises(Conflict):
        book.open(question(), 60, approval.id)
    assert approval.is_pending


async def test_bounds(book: Book) -> None:
    """One session cannot fill the book, all together cannot fill more than the book, and what is over is forgotten."""
    for _ in range(MAX_PENDING_IN_SESSION):
        book.open(question(), 60)
    with pytest.raises(Busy):
        book.open(question(), 60)
    for number in range(MAX_PENDING - MAX_PENDING_IN_SESSION):
        book.open(question(str(number)), 60)
    with pytest.raises(Busy):
        book.open(question("another"), 60)
    assert len(book.pending) == MAX_PENDING
    first = book.pending[0]
    for _ in range(3):
        for approval in book.pending:
            book.resolve(approval.id, "deny", "x")
        for number in range(MAX_PENDING):
            book.open(question(str(number), run_id="r"), 60)
    with pytest.raises(NotFound):
        book.find(first.id)
    assert len(book.of_run("r")) == MAX_ANSWERED + MAX_PENDING


async def test_watchers_and_close(book: Book) -> None:
    """Watchers hear of the beginning and of the end; closing ends all and lets nothing begin."""
    heard: list[tuple[str, bool]] = []

    def watch(approval: Approval) -> None:
        heard.append((approval.id, approval.is_pending))

    book.watch(watch)
    approval = book.open(question(), 60)
    book.close()
    assert await book.wait(approval) is None
    assert not approval.has_expired
    assert heard == [(approval.id, True), (approval.id, False)]
    with pytest.raises(Busy):
        book.open(question(), 60)
