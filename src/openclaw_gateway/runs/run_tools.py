"""The tools of one run: what its model is shown and may call, also when a stand-in takes over that may use less."""

from collections.abc import Mapping, Sequence
from typing import Final

from openclaw_gateway.asking import ToolSpec
from openclaw_gateway.errors import InvalidRequest, NoToolsLeft
from openclaw_gateway.models.model import Model
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.runs.prepared import Prepared
from openclaw_gateway.tools.tool import Tool
from openclaw_gateway.tools.toolbox import Toolbox, count_spec_chars

# Of almost every run; nobody changes them.
_NOTHING_WITHHELD: Final[Mapping[str, frozenset[str]]] = {}
_NO_BOXES: Final[Mapping[str, Toolbox]] = {}


def find_toolbox(prepared: Prepared, order: RunOrder, model: Model) -> Toolbox:
    """What the model may use in the run of an order."""
    ref = f"{model.provider}/{model.id}"
    return prepared.toolboxes[order.agent_id].find(order.session_key, ref, order.principal_subject, order.tool_cap)


class RunTools:
    """What the models of one run may use.

    first: the toolbox of the model that is asked first. callable: tools by name, of the model that answered last; the
    loop reads it while it changes. withheld: names that a stand-in is not shown, by `provider/model`; mostly nobody.
    """

    __slots__ = ("_boxes", "callable", "first", "withheld")

    def __init__(self, prepared: Prepared, order: RunOrder, candidates: Sequence[Model]) -> None:
        self.first = find_toolbox(prepared, order, candidates[0])
        self.callable: Mapping[str, Tool] = self.first.tools
        self.withheld: Mapping[str, frozenset[str]] = _NOTHING_WITHHELD
        self._boxes: Mapping[str, Toolbox] = _NO_BOXES
        if len(candidates) > 1:
            self._compare(prepared, order, candidates)

    def _compare(self, prepared: Prepared, order: RunOrder, candidates: Sequence[Model]) -> None:
        boxes = [find_toolbox(prepared, order, model) for model in candidates]
        if any(box is not self.first for box in boxes):
            named = [f"{model.provider}/{model.id}" for model in candidates]
            self._boxes = dict(zip(named, boxes, strict=True))
            self.callable = dict(self.first.tools)
            self.withheld = {
                name: frozenset(self.first.tools.keys() - box.tools.keys()) for name, box in self._boxes.items()
            }

    def check(self, order: RunOrder, model: Model) -> None:
        """Whether the run makes sense with the tools of the model that is asked first. Raises NoToolsLeft for an agent
        that was given tools by a list of which none is left, InvalidRequest for a tool of the caller that bears the
        name of one of the agent's.
        """
        box = self.first
        if box.emptied_by is not None and not order.tools:
            raise NoToolsLeft(
                f"no tool is left for agent {order.agent_id} with {model.provider}/{model.id}: {box.emptied_by} lists "
                "what it may use, and nothing of it is there and allowed; "
                f"`openclaw agents tools --agent {order.agent_id} --explain` shows the rules"
            )
        for index, tool in enumerate(order.tools):
            if tool.name in box.tools:
                raise InvalidRequest(
                    f"tool name {tool.name!r} is one of the agent's own tools; choose another name",
                    param=f"tools[{index}].function.name",
                )

    def count_chars(self, shown: Sequence[ToolSpec]) -> int:
        """About how many characters of a prompt the tools take. shown: the agent's, and perhaps the caller's behind."""
        box = self.first
        if len(shown) == len(box.specs):
            return box.spec_chars
        return box.spec_chars + count_spec_chars(shown[len(box.specs) :])

    def follow(self, model: Model) -> None:
        """From here on the calls are those of this model. It gets no tool that the first one was not shown."""
        box = self._boxes.get(f"{model.provider}/{model.id}")
        if box is not None and isinstance(self.callable, dict):
            allowed = {name: tool for name, tool in self.first.tools.items() if name in box.tools}
            self.callable.clear()
            self.callable.update(allowed)
