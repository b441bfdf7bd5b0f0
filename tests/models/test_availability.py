"""Whether a model can be asked, as far as that is known without asking."""

from typing import Any

import msgspec
import pytest

from openclaw_gateway.config.schema import Config
from openclaw_gateway.model_errors import ModelAuthFailed, ModelOverloaded, ModelUnreachable
from openclaw_gateway.models.availability import Hindrance
from openclaw_gateway.models.catalog import Catalog
from openclaw_gateway.models.cooldowns import DISABLED_MS, STEPS_MS, Cooldowns
from openclaw_gateway.models.http_client import HttpClient
from openclaw_gateway.models.profiles import Profile

NOW_MS = 1_000_000
MODELS = [{"id": "m"}]
NEAR = {"baseUrl": "http://127.0.0.1:9/v1", "models": MODELS}
PLACE = "near:default"


def catalog_of(cooldowns: Cooldowns | None = None, **provider: Any) -> Catalog:
    name = "openai" if provider.pop("is_known", False) else "near"
    config = msgspec.convert({"models": {"providers": {name: provider}}}, Config)
    return Catalog.build(config, {}, HttpClient(), cooldowns=cooldowns)


def first(catalog: Catalog) -> Hindrance | None:
    return catalog.find_hindrance(catalog.list()[0])


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        pytest.param(NEAR, None, id="a server of one's own"),
        pytest.param({"is_known": True, "models": MODELS}, Hindrance("missing-auth"), id="no key where one is asked"),
        pytest.param({"is_known": True, "models": MODELS, "apiKey": "k"}, None, id="a key"),
        pytest.param({"is_known": True, **NEAR}, None, id="its name, another address"),
        pytest.param({"models": MODELS}, Hindrance(), id="no address"),
        pytest.param({"models": MODELS, "api": "scripted"}, None, id="scripted"),
    ],
)
def test_key(provider: dict[str, Any], expected: Hindrance | None) -> None:
    """A model is available when its provider has an address, and a key where it always asks for one."""
    assert first(catalog_of(**provider)) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(ModelOverloaded("busy"), Hindrance("cooldown", NOW_MS + STEPS_MS[0]), id="model"),
        pytest.param(ModelUnreachable("away"), Hindrance("cooldown", NOW_MS + STEPS_MS[0]), id="server"),
        pytest.param(ModelAuthFailed("no"), Hindrance("auth-failed", NOW_MS + DISABLED_MS), id="key"),
    ],
)
def test_passed_over(error: Any, expected: Hindrance) -> None:
    """One that is passed over tells until when, and whether its key was refused."""
    cooldowns = Cooldowns(lambda: NOW_MS)
    catalog = catalog_of(cooldowns, **NEAR)
    cooldowns.note_failure(PLACE, "m", error)
    assert first(catalog) == expected
    cooldowns.note_success(PLACE, "m")
    assert first(catalog) is None


def test_other_key() -> None:
    """One key that may be used is enough; without any, the one that is back first counts."""
    cooldowns = Cooldowns(lambda: NOW_MS)
    profiles = {f"near:{name}": {"provider": "near", "mode": "api_key", "apiKey": name} for name in ("a", "b")}
    document = {"models": {"providers": {"near": NEAR}}, "auth": {"profiles": profiles}}
    catalog = Catalog.build(msgspec.convert(document, Config), {}, HttpClient(), cooldowns=cooldowns)
    cooldowns.note_failure(Profile("near:a", "a").place, "m", ModelAuthFailed("no"))
    assert first(catalog) is None
    cooldowns.note_failure(Profile("near:b", "b").place, "m", ModelOverloaded("busy"))
    assert first(catalog) == Hindrance("cooldown", NOW_MS + STEPS_MS[0])
