"""What becomes of devices: who gives what to whom, what is kept, what ends."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openclaw_gateway.auth.device_proof import ProvenDevice
from openclaw_gateway.auth.device_registry import Applicant, DeviceRegistry
from openclaw_gateway.auth.scopes import KNOWN, covers
from openclaw_gateway.errors import InvalidRequest, MissingScope, StoreUnavailable

ADMIN = frozenset({"operator.admin"})
SCOPES = st.frozensets(st.sampled_from(sorted(KNOWN)))


@dataclass
class World:
    """A registry and what others see of it. now_ms: the clock. gone: devices whose sockets were closed; ended:
    whose runs were.
    """

    path: Path | None = None
    now_ms: int = 1_000_000
    told: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    connected: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.registry = self.restarted()

    def restarted(self) -> DeviceRegistry:
        return DeviceRegistry(
            self.path,
            lambda: self.now_ms,
            tell=lambda name, payload: self.told.append(name),
            disconnect=lambda device_id, reason: self.gone.append(device_id),
            end_runs=self.ended.append,
            connected=lambda: frozenset(self.connected),
        )


def applicant(name: str = "a", *scopes: str, display_name: str = "Tests") -> Applicant:
    proven = ProvenDevice(name * 64, f"key of {name}")
    return Applicant(proven, tuple(sorted(scopes)), "test", "test", display_name, "linux", None, "192.0.2.7", None)


async def approved(world: World, who: Applicant, granted: frozenset[str] = ADMIN) -> str:
    request, _ = world.registry.request(who, is_stranger=True)
    await world.registry.approve(request.request_id, granted)
    return who.proven.device_id


@settings(max_examples=200, deadline=None)
@given(issuer=SCOPES, asked=SCOPES, earlier=SCOPES)
async def test_p07_issued_within_issuer(issuer: frozenset[str], asked: frozenset[str], earlier: frozenset[str]) -> None:
    """Whoever approves, rotates or revokes never gives, keeps alive or ends more than it has itself."""
    world = World()
    device_id = await approved(world, applicant("a", *earlier))
    request, _ = world.registry.request(applicant("a", *asked), is_stranger=True)
    try:
        device = await world.registry.approve(request.request_id, issuer)
    except MissingScope:
        assert not covers(issuer, asked | earlier)
        assert set(world.registry.get(device_id).scopes) == earlier
    else:
        assert covers(issuer, device.token.scopes)
        assert set(device.scopes) == asked | earlier
    try:
        slot, _ = await world.registry.rotate(device_id, asked, issuer, hands_over=False)
    except (MissingScope, InvalidRequest):
        assert not (covers(issuer, asked) and covers(frozenset(world.registry.get(device_id).scopes), asked))
    else:
        assert covers(issuer, slot.scopes)
        assert covers(frozenset(world.registry.get(device_id).scopes), slot.scopes)
    held = world.registry.get(device_id).token.scopes
    try:
        await world.registry.revoke(device_id, issuer)
    except MissingScope:
        assert not covers(issuer, held)
    else:
        assert covers(issuer, held)


async def test_a_token_is_handed_over_once(tmp_path: Path) -> None:
    """An approval is worth one token; what is kept of it is no token."""
    world = World(tmp_path / "devices.json")
    await world.registry.open()
    device_id = await approved(world, applicant("a", "operator.read"))
    issued = await world.registry.claim(device_id, by_key=True)
    assert issued is not None
    assert world.registry.get(device_id).token.matches(issued.token)
    assert await world.registry.claim(device_id, by_key=True) is None
    assert await world.registry.claim(device_id, by_key=False) is None
    again = await world.restarted().open()
    assert again.get(device_id).token.matches(issued.token)
    assert issued.token not in (tmp_path / "devices.json").read_text()


async def test_two_claims_give_one_token() -> None:
    """Two connections of one device at the same time get one token between them."""
    world = World()
    device_id = await approved(world, applicant("a"))
    claims = await asyncio.gather(*[world.registry.claim(device_id, by_key=True) for _ in range(5)])
    assert len([claim for claim in claims if claim is not None]) == 1


async def test_p09_what_is_revoked_stays_so_when_it_cannot_be_written(tmp_path: Path) -> None:
    """A full disk keeps no token alive, and makes no device paired."""
    folder = tmp_path / "state"
    folder.mkdir()
    world = World(folder / "devices.json")
    device_id = await approved(world, applicant("a", "operator.read"))
    issued = await world.registry.claim(device_id, by_key=True)
    assert issued is not None
    (folder / "devices.json").unlink()
    (folder / "devices.json").mkdir()  # no file takes the place of a folder
    with pytest.raises(StoreUnavailable):
        await world.registry.revoke(device_id, ADMIN)
    assert not world.registry.get(device_id).token.matches(issued.token)
    await asyncio.sleep(0)
    assert world.gone == [device_id]
    with pytest.raises(StoreUnavailable):
        await world.registry.pair_silently(applicant("b"))
    assert world.registry.find("b" * 64) is None


async def test_a_revoked_device_begins_anew() -> None:
    """What it had does not come back with the little that it asks for now."""
    world = World()
    device_id = await approved(world, applicant("a", "operator.admin"))
    await world.registry.revoke(device_id, ADMIN)
    assert await world.registry.claim(device_id, by_key=False) is None
    with pytest.raises(InvalidRequest):
        await world.registry.rotate(device_id, None, ADMIN, hands_over=False)
    await world.registry.pair_silently(applicant("a", "operator.write"))
    assert await world.registry.claim(device_id, by_key=False) is None
    await world.registry.remove(device_id)
    await approved(world, applicant("a", "operator.admin"))
    await world.registry.revoke(device_id, ADMIN)
    request, _ = world.registry.request(applicant("a", "operator.read"), is_stranger=True)
    device = await world.registry.approve(request.request_id, frozenset({"operator.read"}))
    assert device.scopes == ("operator.read",)
    assert await world.registry.claim(device_id, by_key=True) is not None


@pytest.mark.parametrize(
    ("prepare", "is_kept"),
    [
        pytest.param(lambda world: None, False, id="left behind"),
        pytest.param(lambda world: world.connected.add("a" * 64), True, id="connected"),
        pytest.param(lambda world: setattr(world, "now_ms", world.now_ms - 200_000), True, id="a moment ago"),
    ],
)
async def test_new_local_devices_stand_in_for_old_ones(prepare: Callable[[World], None], is_kept: bool) -> None:
    """A program that makes a new key at each start leaves one device behind, not one for each start."""
    world = World()
    await world.registry.pair_silently(applicant("a"))
    await approved(world, applicant("c"))
    await world.registry.pair_silently(applicant("d", display_name="Another"))
    world.now_ms += 200_000
    prepare(world)
    await world.registry.pair_silently(applicant("b"))
    kept = {device.device_id[0] for device in world.registry.devices()}
    assert kept == {"b", "c", "d"} | ({"a"} if is_kept else set())


async def test_people_hear_of_requests() -> None:
    """A request is told once, and how it ended; a changed one ends the one before."""
    world = World()
    first, is_new = world.registry.request(applicant("a", "operator.read"), is_stranger=True)
    same, is_repeated = world.registry.request(applicant("a", "operator.read"), is_stranger=True)
    assert (same.request_id, is_new, is_repeated) == (first.request_id, True, False)
    other, _ = world.registry.request(applicant("a", "operator.write"), is_stranger=True)
    world.registry.reject(other.request_id)
    requested, resolved = "device.pair.requested", "device.pair.resolved"
    assert world.told == [requested, resolved, requested, resolved]
    with pytest.raises(InvalidRequest, match="unknown requestId"):
        await world.registry.approve(other.request_id, ADMIN)


def test_people_hear_of_requests_that_made_room() -> None:
    """A request that a later one displaced is told as over, so that nobody answers it in vain."""
    world = World()
    for name in "abcdefghi":
        world.registry.request(applicant(name, "operator.read"), is_stranger=True)
    assert world.told.count("device.pair.resolved") == 1
    assert len(world.registry.requests()) == 8


async def test_removal_ends_everything_of_a_device() -> None:
    """Its sockets, its token and what it waited for are gone."""
    world = World()
    device_id = await approved(world, applicant("a", "operator.read"))
    world.registry.request(applicant("a", "operator.write"), is_stranger=True)
    await world.registry.remove(device_id)
    await asyncio.sleep(0)
    assert (world.gone, world.registry.requests(), world.registry.devices()) == ([device_id], [], [])
    with pytest.raises(InvalidRequest, match="unknown deviceId"):
        world.registry.get(device_id)
