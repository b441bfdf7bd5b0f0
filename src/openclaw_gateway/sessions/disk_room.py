"""How much of the disk the sessions may have, and what makes room: what nobody can name again goes first.

The database never grows beyond `max_bytes`: SQLite itself refuses, and a turn that does not fit is an error. Before it
comes to that, the oldest ephemeral sessions go as soon as `high_water_bytes` are in use, before their time if need be.
"""

import re
import sqlite3
from collections.abc import Collection

import msgspec

from openclaw_gateway.config.schema.session import Maintenance
from openclaw_gateway.sessions.queries import delete_sessions

_SIZE = re.compile(r"(?P<number>[\d.]+) ?(?P<unit>[kmgt]?)b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_HIGH_WATER = 0.8

# Free pages up to here are left for the next sessions; giving back what is needed again soon is work for nothing.
SPARE_PAGES = 2048
# What one commit gives back, so that turns do not wait long behind it: 4 MB.
PAGES_PER_COMMIT = 1024
# The collector looks again when this share of the high water was written since it looked last.
GROWTH_SHARE = 16


class DiskRoom(msgspec.Struct, frozen=True):
    """Bytes of the database; max_bytes None is without end."""

    max_bytes: int | None = None
    high_water_bytes: int = 2**62

    @classmethod
    def of(cls, maintenance: Maintenance) -> "DiskRoom":
        """What `session.maintenance` says. In mode `warn` nothing is removed or refused."""
        largest = parse_size(maintenance.max_disk_bytes)
        if not largest or maintenance.mode == "warn":
            return cls()
        named = maintenance.high_water_bytes
        high_water = int(largest * _HIGH_WATER) if named is None else parse_size(named)
        return cls(largest, min(high_water, largest))

    @property
    def growth_bytes(self) -> int:
        """After how many written bytes it is time to look again."""
        return self.high_water_bytes // GROWTH_SHARE


def parse_size(size: str | float) -> int:
    """Bytes of "10gb", "512 k", 1000; False is 0."""
    if not isinstance(size, str):
        return int(size)
    found = _SIZE.fullmatch(size)
    assert found is not None  # the config was validated
    return int(float(found["number"]) * _UNITS[found["unit"].lower()])


def make_room(connection: sqlite3.Connection, *, high_water_bytes: int, live: Collection[int], limit: int) -> bool:
    """Remove some of the oldest ephemeral sessions if too much is in use; returns whether more have to go.

    Sessions that are live, or that a stored response belongs to, stay.
    """
    if used_bytes(connection) <= high_water_bytes:
        return False
    rows = connection.execute(
        "SELECT id FROM session WHERE is_ephemeral = 1"
        " AND NOT EXISTS (SELECT 1 FROM response WHERE session_key = session.key)"
        " ORDER BY created_at_ms LIMIT ?",
        (limit + len(live),),
    ).fetchall()
    going = [row_id for (row_id,) in rows if row_id not in live][:limit]
    delete_sessions(connection, going)
    return len(going) == limit


def give_back(connection: sqlite3.Connection) -> bool:
    """Return some free pages to the disk; returns whether there are more. Nothing in databases made without it."""
    surplus = _read_number(connection, "PRAGMA freelist_count") - SPARE_PAGES
    if surplus <= 0 or _read_number(connection, "PRAGMA auto_vacuum") != 2:
        return False
    # One by one: Python's sqlite3 takes only the first step of a pragma that has no columns, which is one page.
    for _ in range(min(surplus, PAGES_PER_COMMIT)):
        connection.execute("PRAGMA incremental_vacuum(1)")
    return surplus > PAGES_PER_COMMIT


def used_bytes(connection: sqlite3.Connection) -> int:
    """Bytes of the pages in use."""
    pages = _read_number(connection, "PRAGMA page_count") - _read_number(connection, "PRAGMA freelist_count")
    return pages * _read_number(connection, "PRAGMA page_size")


def _read_number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])
