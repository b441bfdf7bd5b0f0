"""Places of one kind in a tree."""

import msgspec

from openclaw_gateway.config.slots import find_slots


def test_slots_are_read_and_changed_in_place() -> None:
    """A pattern finds its places in objects and lists; what it does not find is not there."""
    tree = {"a": [{"k": 1}, {"k": 2}, 3], "b": {"x": {"k": 4}, "y": []}}
    slots = list(find_slots(tree, [("a", "*", "k"), ("b", "*", "k"), ("c", "*")]))
    assert [(slot.path, slot.value) for slot in slots] == [
        (("a", 0, "k"), 1),
        (("a", 1, "k"), 2),
        (("b", "x", "k"), 4),
    ]
    slots[0].replace(9)
    slots[2].remove()
    assert msgspec.json.encode(tree) == b'{"a":[{"k":9},{"k":2},3],"b":{"x":{},"y":[]}}'
