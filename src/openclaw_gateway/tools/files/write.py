"""`write`: a whole file, new or in place of what was there."""

from collections.abc import Mapping
from typing import Annotated, Final

from msgspec import Meta

from openclaw_gateway.tools.arguments import Arguments, read_arguments, schema_of
from openclaw_gateway.tools.files.replacement import finish_in_thread, replace_file
from openclaw_gateway.tools.files.root import reach, require_writable
from openclaw_gateway.tools.place import Place
from openclaw_gateway.tools.tool import ToolContext, ToolResult


class WriteArguments(Arguments, frozen=True):
    """What to write where."""

    path: Annotated[str, Meta(description="File to write: relative to the working directory, absolute, or with ~/.")]
    content: Annotated[str, Meta(description="The whole content.")]


class WriteTool:
    """Makes missing directories, too."""

    name: Final = "write"
    description: Final = (
        "Write a whole file: a new one, or in place of an old one. To change parts of a file, use edit."
    )
    parameters: Final = schema_of(WriteArguments)
    is_parallel: Final = False

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        """How many bytes were written. Raises ToolFailure."""
        asked = read_arguments(WriteArguments, arguments)
        content = asked.content.encode()
        await finish_in_thread(lambda: _write(context.place, asked.path, content))
        return ToolResult.of_text(f"Successfully wrote {len(content)} bytes to {asked.path}")


def _write(place: Place, path: str, content: bytes) -> None:
    require_writable(place)
    with reach(place, path, makes_parents=True) as spot:
        replace_file(spot, content, spot.look_for_file())
