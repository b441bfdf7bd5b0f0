"""Finding what was said."""

from pathlib import Path

import pytest
from tests.sessions.opened import KEY, answered, asked, opened

from openclaw_gateway.messages import ImagePart, TextPart, ToolResultMessage, UserMessage
from openclaw_gateway.sessions.search import SNIPPET_CHARS, SearchOrder, cut_snippet
from openclaw_gateway.sessions.store import SqliteStore

OTHER = "agent:ops:chat"


async def say(store: SqliteStore, key: str, *texts: str, is_ephemeral: bool = False) -> None:
    session = await store.open(key, key.split(":")[1], is_ephemeral=is_ephemeral)
    for text in texts:
        await store.append(session, (asked(text),), run_id="run-1")


async def found(store: SqliteStore, query: str, **wanted: object) -> list[str]:
    result = await store.search.find(SearchOrder(query, **wanted))  # type: ignore[arg-type]  # rows of a table
    assert not result.is_indexing
    return [hit.snippet for hit in result.hits]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("harbour", ["the harbour at dawn"], id="a word"),
        pytest.param("HARB", ["the harbour at dawn"], id="the begin of one, in any case"),
        pytest.param("dawn harbour", ["the harbour at dawn"], id="all words in any order"),
        pytest.param("harbour moon", ["the harbour at dawn", "a moon"], id="some, where no message has all"),
        pytest.param("Zürich", ["grüsse aus zürich"], id="other letters"),
        pytest.param('" OR * NEAR( words:', ["words OR none"], id="no language of its own"),
        pytest.param("?!", [], id="no word"),
        pytest.param("absent", [], id="nothing"),
        pytest.param("x" * 4096, [], id="a word longer than any"),
    ],
)
async def test_words_are_found(tmp_path: Path, query: str, expected: list[str]) -> None:
    """Messages that hold the words are found, whatever the words are."""
    async with opened(tmp_path) as store:
        await say(store, KEY, "the harbour at dawn", "a moon", "grüsse aus zürich", "words OR none")
        assert sorted(await found(store, query)) == sorted(expected)


async def test_place_of_a_hit(tmp_path: Path) -> None:
    """A hit says which message of which session it is, who said it and when."""
    async with opened(tmp_path) as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        first, second = await store.append(session, (asked("where?"), answered("in the harbour")), run_id="r")
        assert first.id < second.id
        (hit,) = (await store.search.find(SearchOrder("harbour"))).hits
        assert (hit.session_key, hit.session_id, hit.agent_id) == (KEY, session.session_id, "main")
        assert (hit.message_id, hit.role, hit.timestamp) == (second.id, "assistant", 1_000_000)
        assert hit.score > 0


async def test_what_is_written_later_is_found_later(tmp_path: Path) -> None:
    """Each search knows all that was stored before it, after a restart too."""
    async with opened(tmp_path) as store:
        await say(store, KEY, "one harbour")
        assert len(await found(store, "harbour")) == 1
        await say(store, KEY, "two harbours")
        assert len(await found(store, "harbour")) == 2
    async with opened(tmp_path) as store:
        await say(store, OTHER, "three harbours")
        assert len(await found(store, "harbour")) == 3
        assert await found(store, "harbour", agent_id="ops") == ["three harbours"]
        assert await found(store, "harbour", session_keys=(OTHER,)) == ["three harbours"]
        assert len(await found(store, "harbour", limit=2)) == 2


async def test_older_branches_are_found(tmp_path: Path) -> None:
    """What was said before a reset or an edit stays to be found."""
    async with opened(tmp_path) as store:
        await say(store, KEY, "an old harbour")
        session = await store.open(KEY, "main", is_ephemeral=False)
        await store.branch(session, 0)
        await store.append(session, (asked("anew"),), run_id="r")
        assert await found(store, "harbour") == ["an old harbour"]


async def test_removed_sessions_are_gone(tmp_path: Path) -> None:
    """Nothing of a removed session is found or stays in the index, and ids that its messages had do not come back."""
    async with opened(tmp_path) as store:
        await say(store, OTHER, "a second harbour")
        await say(store, KEY, "one harbour")
        assert len(await found(store, "harbour")) == 2
        await store.delete(KEY)
        assert await found(store, "harbour") == ["a second harbour"]
    async with opened(tmp_path) as store:
        await say(store, KEY, "a third harbour")
        assert sorted(await found(store, "harbour")) == ["a second harbour", "a third harbour"]


async def test_ephemeral_sessions_are_not_looked_at(tmp_path: Path) -> None:
    """A session that is not kept is not found; one that somebody comes back to is, with all that was said in it."""
    async with opened(tmp_path) as store:
        await say(store, KEY, "one harbour", is_ephemeral=True)
        assert await found(store, "harbour") == []
        await store.open(KEY, "main", is_ephemeral=False)
        assert await found(store, "harbour") == ["one harbour"]
        await store.delete(KEY)
        assert await found(store, "harbour") == []


async def test_only_words_of_people_and_models(tmp_path: Path) -> None:
    """Images and results of tools are not searched."""
    async with opened(tmp_path) as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        parts = (TextPart("look"), ImagePart("image/png", "harbour"))
        result = ToolResultMessage("c1", (TextPart("harbour"),))
        await store.append(session, (UserMessage(parts), answered(""), result), run_id="r")
        assert await found(store, "harbour") == []
        assert await found(store, "look") == ["look"]


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        pytest.param("a harbour", ["harbour"], "a harbour", id="short"),
        pytest.param("two\n\n lines", ["lines"], "two lines", id="on one line"),
        pytest.param("none here", ["absent"], "none here", id="a word of another letter case or accent"),
        pytest.param("x " * 500 + "harbour", ["harbour"], "harbour", id="long"),
        pytest.param("harbour " + "x " * 500, ["harbour"], "harbour", id="long after it"),
    ],
)
def test_snippet_is_the_part_around_the_word(text: str, words: list[str], expected: str) -> None:
    """A snippet holds the word and is short, however long the message is."""
    snippet = cut_snippet(text, words)
    assert expected in snippet
    assert len(snippet) <= SNIPPET_CHARS + 2
