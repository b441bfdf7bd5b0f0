"""Fresh ids."""

import uuid
from time import time_ns

from openclaw_gateway.identifiers import new_uuid


def test_id_is_a_uuid_of_version_7() -> None:
    """An id reads as a UUID of RFC 9562, version 7, and carries the time of its making."""
    before_ms = time_ns() // 1_000_000
    made = uuid.UUID(text := new_uuid())
    after_ms = time_ns() // 1_000_000
    assert str(made) == text
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before_ms <= made.int >> 80 <= after_ms


def test_ids_are_unlike_each_other() -> None:
    """Many ids of one millisecond differ, and differ in more than a counter."""
    made = [new_uuid() for _ in range(2_000)]
    assert len(set(made)) == 2_000
    assert len({text[-4:] for text in made}) > 1_000


def test_later_ids_sort_behind_earlier_ones() -> None:
    """Texts of ids sort by the millisecond of their making, so that an index grows at its end."""
    earlier = new_uuid()
    made_ms = time_ns() // 1_000_000
    while time_ns() // 1_000_000 <= made_ms:
        pass
    assert earlier < new_uuid()
