"""`edit`: parts of a text file replaced, all of them or none."""

from collections.abc import Mapping
from typing import Annotated, Final

from msgspec import Meta

from openclaw_gateway.tools.arguments import Arguments, read_arguments, schema_of
from openclaw_gateway.tools.files.replaced_blocks import Block, replace_blocks
from openclaw_gateway.tools.files.replacement import finish_in_thread, replace_file
from openclaw_gateway.tools.files.root import Spot, open_spot, reach, require_writable
from openclaw_gateway.tools.files.text_file import decode_text, read_whole
from openclaw_gateway.tools.place import Place
from openclaw_gateway.tools.tool import ToolContext, ToolResult


class BlockArguments(Arguments, frozen=True):
    """One replacement."""

    old_text: Annotated[str, Meta(description="Exact text that is in the file once, as it was before this call.")]
    new_text: Annotated[str, Meta(description="What is to be there instead.")]


class EditArguments(Arguments, frozen=True):
    """What to change in which file."""

    path: Annotated[str, Meta(description="File to change: relative to the working directory, absolute, or with ~/.")]
    edits: Annotated[
        tuple[BlockArguments, ...],
        Meta(min_length=1, description="Replacements. None may overlap another; all are looked up in the old text."),
    ]


class EditTool:
    """Keeps line ends and byte order mark; refuses what is not UTF-8."""

    name: Final = "edit"
    description: Final = "Replace parts of a text file, each named by its exact old text. All are done, or none."
    parameters: Final = schema_of(EditArguments)
    is_parallel: Final = False

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        """How many parts were replaced. Raises ToolFailure."""
        asked = read_arguments(EditArguments, arguments)
        blocks = [Block(edit.old_text, edit.new_text) for edit in asked.edits]
        await finish_in_thread(lambda: _edit(context.place, asked.path, blocks))
        return ToolResult.of_text(f"Successfully replaced {len(blocks)} block(s) in {asked.path}.")


def _edit(place: Place, path: str, blocks: list[Block]) -> None:
    require_writable(place)
    with reach(place, path) as spot:
        _change(spot, blocks)


def _change(spot: Spot, blocks: list[Block]) -> None:
    with open_spot(spot) as (file, old):
        mark, text = decode_text(read_whole(file, spot.shown), spot.shown)
    replace_file(spot, mark + replace_blocks(text, blocks, spot.shown).encode(), old)
