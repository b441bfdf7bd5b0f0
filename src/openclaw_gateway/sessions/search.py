"""Finding what was said: words looked up in all stored messages, older branches and earlier beginnings too.

The index is made when somebody searches, and goes on from there at the next search: a turn never pays for it, and a
gateway that nobody searches has none. It is derived from the entries and holds no text, only which words are where, so
it may be dropped at any time. What a removed session said is taken out of it in the same commit.
"""

import re
import sqlite3
from functools import partial
from typing import Final, Literal, Protocol

import msgspec

from openclaw_gateway.errors import StoreUnavailable
from openclaw_gateway.messages import AssistantMessage, Message, visible_text
from openclaw_gateway.sessions.search_index import can_index, index_more
from openclaw_gateway.sessions.stored_responses import Read
from openclaw_gateway.sessions.writer import Writer

# How many rounds one search does before it answers from what there is.
MAX_ROUNDS: Final = 40
MAX_WORDS: Final = 32
MAX_WORD_CHARS: Final = 64
MIN_BEGIN_CHARS: Final = 3
# Where a word is everywhere, the newest places are ranked and the others left.
RANKED: Final = 5_000
SNIPPET_CHARS: Final = 240

_decode_message = msgspec.json.Decoder(Message).decode
_WORD = re.compile(r"\w+")

_FIND = (
    "SELECT s.key, s.session_id, s.agent_id, e.id, e.body, found.score FROM"
    " (SELECT rowid AS id, -bm25(said) AS score FROM said WHERE said MATCH ?1 ORDER BY rowid DESC LIMIT ?2) found"
    " JOIN entry e ON e.id = found.id JOIN session s ON s.id = e.session"
    " WHERE s.is_ephemeral = 0"
    " AND (?3 IS NULL OR s.agent_id = ?3)"
    " AND (?4 IS NULL OR s.key IN (SELECT value FROM json_each(?4)))"
    " ORDER BY found.score DESC, e.id DESC LIMIT ?5"
)


class SearchOrder(msgspec.Struct, frozen=True):
    """What to look for: words, of which a message holds all, or begins of them; where none does, some.

    session_keys: only in these, None for all.
    """

    query: str
    agent_id: str | None = None
    session_keys: tuple[str, ...] | None = None
    limit: int = 10


class SearchHit(msgspec.Struct, frozen=True):
    """One message. timestamp: ms since the epoch. score: higher is better, comparable within one answer."""

    session_key: str
    session_id: str
    agent_id: str
    message_id: int
    role: Literal["user", "assistant"]
    timestamp: int
    snippet: str
    score: float


class SearchResult(msgspec.Struct, frozen=True):
    """is_indexing: there are messages that were not looked at yet; the next search looks at more."""

    hits: tuple[SearchHit, ...] = ()
    is_indexing: bool = False


class SessionSearch(Protocol):
    """Promises: what was stored before a search is found by it, unless it says that it is not through yet."""

    async def find(self, wanted: SearchOrder) -> SearchResult:
        """The best places. Raises StoreUnavailable."""
        ...


class SqliteSearch:
    """See `SessionSearch`."""

    def __init__(self, read: Read, writer: Writer) -> None:
        self._read = read
        self._writer = writer

    async def find(self, wanted: SearchOrder) -> SearchResult:
        """The best places. Raises StoreUnavailable."""
        words = _WORD.findall(wanted.query)[:MAX_WORDS]
        if not words:
            return SearchResult()
        if not await self._read(can_index):
            raise StoreUnavailable("This Python's SQLite was built without full-text search (FTS5).")
        is_indexing = True
        for _ in range(MAX_ROUNDS):
            is_indexing = await self._writer.call(index_more)
            if not is_indexing:
                break
        hits = await self._read(partial(_find, wanted=wanted, words=words))
        return SearchResult(tuple(hits), is_indexing)


def _find(connection: sqlite3.Connection, wanted: SearchOrder, words: list[str]) -> list[SearchHit]:
    keys = None if wanted.session_keys is None else msgspec.json.encode(wanted.session_keys).decode()
    # Quoted, a word is a word: nothing of the query's own language is left to a caller (security property P15).
    terms = [_write_term(word[:MAX_WORD_CHARS]) for word in words]
    for match in dict.fromkeys((" AND ".join(terms), " OR ".join(terms))):
        rows = connection.execute(_FIND, (match, RANKED, wanted.agent_id, keys, wanted.limit)).fetchall()
        if rows:
            return [_read_hit(row, words) for row in rows]
    return []


def _write_term(word: str) -> str:
    # Of short ones too many words are the begin; scripts without spaces have few letters in a word.
    is_begin = len(word) >= MIN_BEGIN_CHARS or not word.isascii()
    return f'"{word}"*' if is_begin else f'"{word}"'


def _read_hit(row: tuple[str, str, str, int, bytes, float], words: list[str]) -> SearchHit:
    key, session_id, agent_id, entry_id, body, score = row
    message = _decode_message(body)
    role: Literal["user", "assistant"] = "assistant" if isinstance(message, AssistantMessage) else "user"
    snippet = cut_snippet(visible_text(message), words)
    return SearchHit(key, session_id, agent_id, entry_id, role, message.timestamp, snippet, score)


def cut_snippet(text: str, words: list[str]) -> str:
    """The part of a text around the first of the words, on one line."""
    found = re.search("|".join(map(re.escape, words)), text, re.IGNORECASE)
    middle = found.start() if found else 0
    start = max(0, min(middle - SNIPPET_CHARS // 3, len(text) - SNIPPET_CHARS))
    cut = " ".join(text[start : start + SNIPPET_CHARS].split())
    return f"{'…' if start else ''}{cut}{'…' if start + SNIPPET_CHARS < len(text) else ''}"
