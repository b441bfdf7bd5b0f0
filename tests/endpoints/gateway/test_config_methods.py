"""The config over the protocol: redacted to read, guarded to write."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.protocol_client import ProtocolClient, Refused, connected
from tests.running import TOKEN, Running


@pytest.fixture
async def client(gateway: Running) -> AsyncIterator[ProtocolClient]:
    """A client with the full grant."""
    async with connected(gateway) as connection:
        yield connection


def on_disk(folder: Path) -> Any:
    return json.loads((folder / "openclaw.json").read_text())


async def test_secrets_are_not_read(client: ProtocolClient) -> None:
    """No secret is in the answer, and the hash is that of the file."""
    told = await client.ask("config.get")
    assert TOKEN not in json.dumps(told)
    assert "dummy-upstream-key" not in json.dumps(told)
    assert (told["valid"], told["exists"], told["raw"]) == (True, True, None)
    assert told["hash"] == told["appliedConfigHash"]
    assert told["config"]["agents"]["defaults"]["model"] == "up/tiny"


async def test_patch_changes_parts(client: ProtocolClient, tmp_path: Path) -> None:
    """A merge patch changes what it names and keeps the rest, secrets behind placeholders too."""
    base = (await client.ask("config.get"))["hash"]
    raw = '{logging: {level: "warn"}, gateway: {auth: {token: "__OPENCLAW_REDACTED__"}}, tools: {}}'
    told = await client.ask("config.patch", raw=raw, baseHash=base)
    assert (told["ok"], told["restartRequired"]) == (True, False)
    assert "logging.level" in told["changedPaths"]
    assert told["hash"] != base
    written = on_disk(tmp_path)
    assert written["logging"]["level"] == "warn"
    assert written["gateway"]["auth"]["token"] == TOKEN
    now = await client.ask("config.get")
    assert (now["hash"], now["appliedConfigHash"]) == (told["hash"], told["hash"])
    removed = await client.ask("config.patch", raw='{"logging": {"level": null}}', baseHash=told["hash"])
    assert removed["changedPaths"] == ["logging.level"]
    assert "level" not in on_disk(tmp_path)["logging"]


async def test_change_is_told(gateway: Running) -> None:
    """Admins hear that another config is in force, whoever wrote it, and nobody else does."""
    async with connected(gateway) as client, connected(gateway, scopes=["operator.read"]) as reader:
        base = (await client.ask("config.get"))["hash"]
        told = await client.ask("config.patch", raw='{"logging": {"level": "warn"}}', baseHash=base)
        changed = await client.wait_event("config.changed")
        assert (changed["hash"], changed["path"]) == (told["hash"], told["path"])
        await reader.ask("health")
        assert "config.changed" not in {event["event"] for event in reader.events}


async def test_set_replaces_all(client: ProtocolClient, tmp_path: Path) -> None:
    """What was read can be written back, changed, with its placeholders."""
    got = await client.ask("config.get")
    config = got["config"]
    config["logging"]["level"] = "error"
    await client.ask("config.set", raw=json.dumps(config), baseHash=got["hash"])
    assert on_disk(tmp_path)["logging"]["level"] == "error"
    assert on_disk(tmp_path)["gateway"]["auth"]["token"] == TOKEN


LISTS = '{"gateway": {"trustedProxies": ["127.0.0.1", "10.0.0.1"]}}'


async def test_lists_lose_entries_only_by_name(client: ProtocolClient, tmp_path: Path) -> None:
    """A list that would lose entries must be named in replacePaths."""
    base = (await client.ask("config.get"))["hash"]
    base = (await client.ask("config.patch", raw=LISTS, baseHash=base))["hash"]
    shorter = '{"gateway": {"trustedProxies": ["127.0.0.1"]}}'
    with pytest.raises(Refused, match=r"gateway\.trustedProxies would lose entries"):
        await client.ask("config.patch", raw=shorter, baseHash=base)
    await client.ask("config.patch", raw=shorter, baseHash=base, replacePaths=["gateway.trustedProxies"])
    assert on_disk(tmp_path)["gateway"]["trustedProxies"] == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        pytest.param("{", "raw is not JSON5", id="broken"),
        pytest.param("[]", "raw must be an object", id="no object"),
        pytest.param('{"gateway": {"port": "many"}}', "invalid config: gateway.port", id="invalid value"),
        pytest.param('{"nosuch": 1}', "invalid config", id="unknown key"),
        pytest.param('{"env": {"vars": {"PATH": "/evil"}}}', "env can only be changed on", id="variables"),
        pytest.param(
            '{"mcp": {"servers": {"x": {"command": "/bin/sh"}}}}', "mcp can only be changed on", id="programs"
        ),
        pytest.param(
            '{"secrets": {"providers": {"x": {"source": "exec", "command": "/bin/sh"}}}}',
            "secrets can only be changed on",
            id="programs for secrets",
        ),
        pytest.param('{"hooks": {"enabled": true}}', "hooks can only be changed on", id="hooks"),
        pytest.param('{"logging": {"file": "/tmp/rc"}}', r"logging\.file can only be changed on", id="log file"),
        pytest.param(
            '{"agents": {"list": [{"id": "a", "workspace": "/"}]}}',
            r"agents\.entries\.a\.workspace can only be changed on",
            id="folders by the older spelling",
        ),
        pytest.param('{"gateway": {"tls": {"enabled": false}}}', r"gateway\.tls can only", id="certificates"),
        pytest.param('{"gateway": {"controlUi": {"root": "/"}}}', r"gateway\.controlUi\.root can only", id="served"),
        pytest.param('{"session": {"store": "/tmp/s"}}', r"session\.store can only", id="store"),
        pytest.param(
            '{"models": {"providers": {"up": {"request": {"proxy": "http://127.0.0.1:1"}}}}}',
            r"models\.providers\.up\.request\.proxy can only",
            id="proxy",
        ),
        pytest.param('{"messages": {"responsePrefix": "${HOME}"}}', "can only be changed on", id="variable"),
        pytest.param(
            '{"models": {"providers": {"up": {"apiKey": "$OTHER"}}}}', "can only be changed on", id="short variable"
        ),
        pytest.param(
            '{"models": {"providers": {"new": {"baseUrl": "http://127.0.0.1:1", "models": [], '
            '"apiKey": {"source": "env", "id": "X"}}}}}',
            "can only be changed on",
            id="secret reference",
        ),
    ],
)
async def test_p04_refused_and_untouched(client: ProtocolClient, tmp_path: Path, raw: str, fault: str) -> None:
    """What is invalid, or names programs, files or sources of secrets, is refused, and the file stays as it is."""
    before = (tmp_path / "openclaw.json").read_bytes()
    base = (await client.ask("config.get"))["hash"]
    with pytest.raises(Refused, match=fault):
        await client.ask("config.patch", raw=raw, baseHash=base)
    assert (tmp_path / "openclaw.json").read_bytes() == before


async def test_nobody_overwrites_what_they_did_not_see(client: ProtocolClient, tmp_path: Path) -> None:
    """Without the hash, or with that of an older file, nothing is written."""
    with pytest.raises(Refused, match=r"config base hash required for logging\.level; re-run config\.get"):
        await client.ask("config.patch", raw='{"logging": {"level": "warn"}}')
    with pytest.raises(Refused, match="config base hash required; re-run"):
        await client.ask("config.set", raw="{}")
    with pytest.raises(Refused, match="config changed since last load"):
        await client.ask("config.patch", raw='{"logging": {"level": "warn"}}', baseHash="0" * 64)
    assert on_disk(tmp_path)["logging"]["level"] == "silent"


async def test_broken_file_is_told(client: ProtocolClient, tmp_path: Path) -> None:
    """A file that was broken by hand is shown as invalid with its issues, while the gateway goes on."""
    (tmp_path / "openclaw.json").write_text('{"gateway": {"port": "many"}}')
    told = await client.ask("config.get")
    assert not told["valid"]
    assert told["issues"][0]["path"] == "gateway.port"
    assert told["hash"] != told["appliedConfigHash"]


async def test_apply_waits_until_it_is_in_force(gateway: Running, client: ProtocolClient) -> None:
    """What config.apply answers holds: the next request meets the new config."""
    got = await client.ask("config.get")
    got["config"]["gateway"]["http"]["endpoints"]["chatCompletions"]["enabled"] = False
    told = await client.ask("config.apply", raw=json.dumps(got["config"]), baseHash=got["hash"])
    assert (told["restartRequired"], told["configState"]["running"]) == (False, told["hash"])
    assert (await gateway.chat("hi")).status_code == 404


async def test_what_needs_a_restart_says_so(client: ProtocolClient) -> None:
    """The file is written, and the answer names what waits."""
    base = (await client.ask("config.get"))["hash"]
    told = await client.ask("config.patch", raw='{"logging": {"maxFileBytes": 4096}}', baseHash=base)
    assert (told["restartRequired"], told["configState"]["restartPaths"]) == (True, ["logging.maxFileBytes"])
    now = await client.ask("config.get")
    assert (now["hash"], now["appliedConfigHash"]) == (told["hash"], base)


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        pytest.param('{"gateway": {"auth": {"token": "change-me"}}}', "token is a placeholder", id="word"),
        pytest.param('{"gateway": {"auth": {"token": "  "}}}', r"gateway\.auth\.token", id="blank"),
        pytest.param('{"gateway": {"auth": {"token": "short7"}, "bind": "lan"}}', "shorter than 16", id="short"),
        pytest.param('{"gateway": {"auth": {"mode": "none"}, "bind": "lan"}}', "refusing to bind", id="open"),
        pytest.param('{"gateway": {"auth": {"mode": "trusted-proxy"}}}', "not supported", id="proxy"),
        pytest.param('{"gateway": {"bind": "tailnet"}}', "not supported", id="bind"),
        pytest.param(json.dumps({"agents": {f"k{n}": 1 for n in range(5001)}}), "at most 5000 changes", id="too many"),
    ],
)
async def test_unsafe_config_is_not_written(client: ProtocolClient, tmp_path: Path, raw: str, fault: str) -> None:
    """A config that no gateway would start with is refused in words, and the file stays as it is."""
    before = (tmp_path / "openclaw.json").read_bytes()
    base = (await client.ask("config.get"))["hash"]
    with pytest.raises(Refused, match=fault):
        await client.ask("config.patch", raw=raw, baseHash=base)
    assert (tmp_path / "openclaw.json").read_bytes() == before
    assert (await client.ask("health"))["config"]["state"] == "current"


async def test_schema_and_scopes(gateway: Running) -> None:
    """Readers may see the schema and the redacted config; writing is for admins."""
    async with connected(gateway, scopes=["operator.write"]) as writer:
        schema = await writer.ask("config.schema")
        assert "gateway" in schema["schema"]["properties"]
        await writer.ask("config.get")
        for method in ("config.set", "config.patch", "config.apply"):
            with pytest.raises(Refused, match=r"missing scope: operator\.admin"):
                await writer.ask(method, raw="{}")
