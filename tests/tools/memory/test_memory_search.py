"""`memory_search` from outside."""

from pathlib import Path

from tests.tools.sessions.office import office

OWN = "agent:main:main"


def note(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


async def test_notes_are_found(tmp_path: Path) -> None:
    """A hit names note, lines and text; what was changed since is found as it is now."""
    async with office(tmp_path) as house:
        note(tmp_path, "MEMORY.md", "# Bread\nThe starter is called Hermann.\n")
        note(tmp_path, "memory/2020-01-01.md", "Hermann was fed.")
        note(tmp_path, "SOUL.md", "Hermann is no note.")
        found = await house.call("memory_search", query="Who is Hermann, the starter?")
        first, second = found.pop("results")
        assert found == {"provider": "none", "citations": "auto"}
        score = first.pop("score")
        assert 0 < second["score"] < score <= 1
        assert first == {
            "path": "MEMORY.md",
            "startLine": 1,
            "endLine": 2,
            "snippet": "# Bread\nThe starter is called Hermann.",
            "source": "memory",
        }
        assert second["path"] == "memory/2020-01-01.md"
        assert (await house.call("memory_search", query="Hermann", minScore=0.4))["results"][0]["path"] == "MEMORY.md"
        assert len((await house.call("memory_search", query="Hermann", maxResults=1))["results"]) == 1
        note(tmp_path, "MEMORY.md", "Nothing at all, and long enough.")
        paths = [hit["path"] for hit in (await house.call("memory_search", query="Hermann"))["results"]]
        assert paths == ["memory/2020-01-01.md"]


async def test_corpora(tmp_path: Path) -> None:
    """Notes, conversations, or both; there is no wiki, and that is said."""
    async with office(tmp_path) as house:
        note(tmp_path, "memory/bread.md", "bread in a note")
        await house.say(OWN, "bread in a talk")

        async def sources(corpus: str) -> set[str]:
            found = await house.call("memory_search", query="bread", corpus=corpus)
            return {hit["source"] for hit in found["results"]}

        assert await sources("memory") == {"memory"}
        assert await sources("sessions") == {"sessions"}
        assert await sources("all") == {"memory", "sessions"}
        assert "no wiki" in (await house.call("memory_search", query="bread", corpus="wiki"))["warning"]


async def test_result_fits(tmp_path: Path) -> None:
    """Results that are too many for the model are left out from the end."""
    async with office(tmp_path) as house:
        for number in range(10):
            note(tmp_path, f"memory/{number}.md", f"bread {number} " + "x" * 900)
        found = await house.call("memory_search", query="bread", maxResults=20, max_chars=3_000)
        assert 0 < len(found["results"]) < 10


async def test_index_of_another_folder_is_another(tmp_path: Path) -> None:
    """Who works elsewhere finds nothing of it: the index belongs to the folder, and lies in the state."""
    async with office(tmp_path) as house:
        note(tmp_path, "MEMORY.md", "bread")
        assert (await house.call("memory_search", query="bread"))["results"]
        house.folder = tmp_path / "elsewhere"
        house.folder.mkdir()
        assert (await house.call("memory_search", query="bread"))["results"] == []
        assert len(list((tmp_path / "memory").glob("*.sqlite"))) == 2
