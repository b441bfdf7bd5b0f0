"""Files for tools, in a real folder, and calls as a run makes them."""

from pathlib import Path

from openclaw_gateway.messages import ImagePart, TextPart
from openclaw_gateway.tools.place import Place
from openclaw_gateway.tools.tool import Tool, ToolContext

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 24


def context_of(place: Place, *, sees_images: bool = False, max_chars: int = 16_000, model: str = "") -> ToolContext:
    return ToolContext(
        "run", "agent:main:main", "main", place, sees_images=sees_images, max_result_chars=max_chars, model=model
    )


def inside(folder: Path) -> Place:
    """A place that may not be left."""
    return Place.of_host(folder, is_contained=True)


async def call(tool: Tool, place: Place, /, *, max_chars: int = 16_000, sees: bool = False, **arguments: object) -> str:
    """The text of the result; a picture stands as its type in angle brackets."""
    result = await tool.call(arguments, context_of(place, sees_images=sees, max_chars=max_chars))
    texts = []
    for part in result.content:
        if isinstance(part, TextPart):
            texts.append(part.text)
        else:
            assert isinstance(part, ImagePart)
            texts.append(f"<{part.mime_type}>")
    return "".join(texts)


def names_in(folder: Path) -> list[str]:
    """All that is below it, hidden and left over, too."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
