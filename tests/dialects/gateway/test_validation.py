"""Faults of params, told as clients of the original know them."""

from typing import Annotated, Literal

import msgspec
import pytest

from openclaw_gateway.dialects.gateway.validation import explain_invalid


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    id: Literal["a", "b"]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=3)] = "x"
    count: Annotated[int, msgspec.Meta(ge=1)] = 1
    share: float = 0.5
    flag: bool | str | None = None


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    client: Inner
    words: Annotated[list[str], msgspec.Meta(max_length=2)] | None = None
    rights: dict[str, bool] | None = None


@pytest.mark.parametrize(
    ("text", "explained"),
    [
        pytest.param("[]", "must be object", id="root of another type"),
        pytest.param("{}", "must have required property 'client'", id="missing at root"),
        pytest.param('{"client":{}}', "at /client: must have required property 'id'", id="missing inside"),
        pytest.param('{"client":{"id":"a"},"bogus":1}', "at root: unexpected property 'bogus'", id="unknown at root"),
        pytest.param('{"client":{"id":"a","x y":1}}', "at /client: unexpected property 'x y'", id="unknown inside"),
        pytest.param('{"' + "x" * 999 + '":1}', f"at root: unexpected property '{'x' * 100}'", id="endless name"),
        pytest.param(
            '{"client":{"id":"z"}}', "at /client/id: must be equal to one of the allowed values", id="not in the list"
        ),
        pytest.param('{"client":{"id":3}}', "at /client/id: must be string", id="type"),
        pytest.param('{"client":{"id":"a","count":1.5}}', "at /client/count: must be integer", id="integer"),
        pytest.param('{"client":{"id":"a","share":"x"}}', "at /client/share: must be number", id="number"),
        pytest.param('{"client":{"id":"a","flag":1}}', "at /client/flag: must be boolean,string", id="union"),
        pytest.param('{"client":{"id":"a","count":0}}', "at /client/count: must be >= 1", id="too small"),
        pytest.param(
            '{"client":{"id":"a","name":""}}', "at /client/name: must NOT have fewer than 1 characters", id="too short"
        ),
        pytest.param(
            '{"client":{"id":"a","name":"abcd"}}',
            "at /client/name: must NOT have more than 3 characters",
            id="too long",
        ),
        pytest.param('{"client":{"id":"a"},"words":["a",3]}', "at /words/1: must be string", id="inside an array"),
        pytest.param(
            '{"client":{"id":"a"},"words":["a","b","c"]}', "at /words: must NOT have more than 2 items", id="too many"
        ),
        pytest.param('{"client":{"id":"a"},"rights":{"k":3}}', "at /rights/...: must be boolean", id="inside a map"),
    ],
)
def test_faults_are_told_in_the_originals_words(text: str, explained: str) -> None:
    """Each fault is told with its place as a JSON pointer and the sentence that clients know."""
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(text, type=Outer)
    assert explain_invalid(caught.value) == explained
