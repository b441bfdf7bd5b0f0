"""Which keys a provider may be asked with."""

from typing import Any

import msgspec
import pytest

from openclaw_gateway.config.schema import Config
from openclaw_gateway.models.profiles import Profile, find_keyring, name_of_place

WORK = {"p:work": {"provider": "p", "mode": "api_key", "apiKey": "w"}}
BARE = {"p:mail": {"provider": "p", "mode": "oauth"}}
OTHER = {"q:work": {"provider": "q", "mode": "api_key", "apiKey": "q"}}


@pytest.mark.parametrize(
    ("own", "auth", "environment", "expected"),
    [
        pytest.param(None, {}, (), [("p:default", None)], id="none"),
        pytest.param("k", {}, ("e",), [("p:default", "k")], id="of the entry before the environment"),
        pytest.param(None, {}, ("e", "f"), [("p:default", "e"), ("p:2", "f")], id="all of the environment"),
        pytest.param("k", {"profiles": WORK | BARE | OTHER}, (), [("p:default", "k"), ("p:work", "w")], id="profiles"),
        pytest.param(None, {"profiles": WORK}, ("e",), [("p:work", "w")], id="profiles before the environment"),
        pytest.param(
            "k",
            {"profiles": WORK, "order": {"p": ["p:work", "p:gone", "p:default"]}},
            (),
            [("p:work", "w"), ("p:default", "k")],
            id="an order",
        ),
        pytest.param("k", {"profiles": WORK, "order": {"p": ["p:work"]}}, (), [("p:work", "w")], id="an order of one"),
        pytest.param("k", {"order": {"p": ["p:gone"]}}, (), [("p:default", "k")], id="an order of nothing"),
    ],
)
def test_keys(
    own: str | None, auth: dict[str, Any], environment: tuple[str, ...], expected: list[tuple[str, str | None]]
) -> None:
    """Keys are those of the config, else of the environment, in the order that somebody chose."""
    provider = {} if own is None else {"apiKey": own}
    config = msgspec.convert({"auth": auth, "models": {"providers": {"p": provider}}}, Config)
    ring = find_keyring("p", config.models.providers["p"], config, {"p": environment} if environment else {})
    assert [(profile.name, profile.key) for profile in ring.profiles] == expected
    assert ring.is_ordered is ("order" in auth and auth["order"]["p"] != ["p:gone"])


def test_a_replaced_key_has_a_place_of_its_own() -> None:
    """What became of the old key is not held against the new one, and the place tells no key."""
    old, new = Profile("p:default", "old-key"), Profile("p:default", "new-key")
    assert old.place != new.place
    assert "key" not in old.place
    assert name_of_place(old.place) == name_of_place(new.place) == "p:default"
    assert name_of_place(f"{old.place}/some/model") == "p:default/some/model"
