"""Random JSON5: trees, and texts that say them with every freedom of the format."""

import json
import random

from hypothesis import strategies as st

_KEYS = st.one_of(st.sampled_from(["a", "b", "c d", "$x", "é", 'q"', "gateway", "agents"]), st.text(max_size=4))
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=6),
)
TREES = st.recursive(
    _SCALARS,
    lambda children: st.one_of(st.lists(children, max_size=4), st.dictionaries(_KEYS, children, max_size=4)),
    max_leaves=15,
)
OBJECTS = st.dictionaries(_KEYS, TREES, max_size=5)

_FILLERS = ("", " ", "\n  ", " // } , c\n", "/* ' ] */", "\n\n", "\t", "\r\n")


def say(value: object, chance: random.Random, indent: str = "") -> str:
    """A text that says the value, with comments, blanks and trailing commas where chance puts them."""

    def gap() -> str:
        return chance.choice(_FILLERS)

    if isinstance(value, dict | list):
        items = list(value.items()) if isinstance(value, dict) else [(None, item) for item in value]
        text = "{" if isinstance(value, dict) else "["
        for number, (key, item) in enumerate(items, start=1):
            name = "" if key is None else f"{json.dumps(key, ensure_ascii=False)}{gap()}:{gap()}"
            text += f"{gap()}{name}{say(item, chance, indent + '  ')}{gap()}"
            text += "," if number < len(items) or chance.random() < 0.4 else ""
        return text + gap() + ("}" if isinstance(value, dict) else "]")
    return json.dumps(value, ensure_ascii=False)


def texts() -> st.SearchStrategy[str]:
    """JSON5 texts of objects."""
    return st.builds(lambda tree, seed: say(tree, random.Random(seed)), OBJECTS, st.integers(0, 2**32))
