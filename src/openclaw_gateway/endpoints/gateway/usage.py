"""`sessions.usage`, `usage.cost` and `usage.status`: tokens and what they cost, read from the stored messages.

Counted are model calls of sessions that are kept, those of older branches too; not those of ephemeral sessions. A call
costs what it cost when it was made; one whose price nobody knew then or knows now is counted in `missingCostEntries`.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from openclaw_gateway.endpoints.gateway.session_address import AgentIdText, SessionKeyText, choose_agent, find_address
from openclaw_gateway.endpoints.gateway.sessions_subscribe import NoParams
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.models.prices import Prices
from openclaw_gateway.sessions.directory import UsageEntry

DEFAULT_DAYS: Final = 30
# More model calls than this are not read for one answer; the answer says that it is partial then.
MAX_ENTRIES: Final = 200_000
RANGES: Final = {"7d": 7, "30d": 30, "90d": 90, "1y": 365}
_DAY_MS: Final = 24 * 3600 * 1000

_Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
_Offset = Annotated[str, msgspec.Meta(pattern=r"^(UTC)?[+-]\d{1,2}(:\d{2})?$")]
_Zone = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_Mode = Literal["utc", "gateway", "specific"]


class SessionsUsageParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Which sessions and days. Days are those of the zone that mode chooses; utc_offset and time_zone: "specific"."""

    key: SessionKeyText | None = None
    agent_id: AgentIdText | None = None
    agent_scope: Literal["all"] | None = None
    start_date: _Day | None = None
    end_date: _Day | None = None
    mode: _Mode = "utc"
    range: Literal["7d", "30d", "90d", "1y", "all"] | None = None
    group_by: Literal["instance", "family"] = "instance"
    include_historical: bool = False
    utc_offset: _Offset | None = None
    time_zone: _Zone | None = None
    limit: Annotated[int, msgspec.Meta(ge=1)] = 50
    include_context_weight: bool = False


class UsageCostParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Which days: from a date to a date, or the last so many."""

    agent_id: AgentIdText | None = None
    agent_scope: Literal["all"] | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = DEFAULT_DAYS
    start_date: _Day | None = None
    end_date: _Day | None = None
    mode: _Mode = "utc"
    utc_offset: _Offset | None = None
    time_zone: _Zone | None = None


@dataclass(slots=True)
class Sum:
    """Tokens and US dollars of some model calls."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    input_cost: float = 0.0
    output_cost: float = 0.0
    cache_read_cost: float = 0.0
    cache_write_cost: float = 0.0
    missing_cost_entries: int = 0
    calls: int = 0

    def add(self, entry: UsageEntry, prices: Prices) -> None:
        """Count one call."""
        usage = entry.usage
        cost = usage.cost or prices.price(usage, entry.provider, entry.model)
        self.calls += 1
        self.input += usage.input
        self.output += usage.output
        self.cache_read += usage.cache_read
        self.cache_write += usage.cache_write
        if cost is None:
            self.missing_cost_entries += 1
            return
        self.input_cost += cost.input
        self.output_cost += cost.output
        self.cache_read_cost += cost.cache_read
        self.cache_write_cost += cost.cache_write

    def tell(self) -> dict[str, object]:
        """In the protocol's names."""
        return {
            "input": self.input,
            "output": self.output,
            "cacheRead": self.cache_read,
            "cacheWrite": self.cache_write,
            "totalTokens": self.input + self.output + self.cache_read + self.cache_write,
            "totalCost": self.input_cost + self.output_cost + self.cache_read_cost + self.cache_write_cost,
            "inputCost": self.input_cost,
            "outputCost": self.output_cost,
            "cacheReadCost": self.cache_read_cost,
            "cacheWriteCost": self.cache_write_cost,
            "missingCostEntries": self.missing_cost_entries,
        }


@dataclass(frozen=True, slots=True)
class Days:
    """From the start of one day to the end of another, in a zone."""

    first: date
    last: date
    zone: tzinfo

    @property
    def after_ms(self) -> int:
        """The first moment, ms since the epoch."""
        return _start_of(self.first, self.zone)

    @property
    def before_ms(self) -> int:
        """The first moment after."""
        return _start_of(self.last + timedelta(days=1), self.zone)

    def day_of(self, at_ms: int) -> str:
        """The day of a moment, as 2026-11-21."""
        return datetime.fromtimestamp(at_ms / 1000, self.zone).date().isoformat()


@dataclass(slots=True)
class _Group:
    """The sums that one answer tells."""

    total: Sum = field(default_factory=Sum)
    by_day: defaultdict[str, Sum] = field(default_factory=lambda: defaultdict(Sum))
    by_session: defaultdict[str, Sum] = field(default_factory=lambda: defaultdict(Sum))
    by_agent: defaultdict[str, Sum] = field(default_factory=lambda: defaultdict(Sum))
    by_model: defaultdict[tuple[str, str], Sum] = field(default_factory=lambda: defaultdict(Sum))
    by_provider: defaultdict[str, Sum] = field(default_factory=lambda: defaultdict(Sum))

    def add_all(self, entries: Iterable[UsageEntry], days: Days, prices: Prices) -> None:
        for entry in entries:
            for part in (
                self.total,
                self.by_day[days.day_of(entry.at_ms)],
                self.by_session[entry.key],
                self.by_agent[entry.agent_id],
                self.by_model[entry.provider, entry.model],
                self.by_provider[entry.provider],
            ):
                part.add(entry, prices)


async def usage_cost(call: Call[UsageCostParams]) -> dict[str, object]:
    """What was used each day, and in all."""
    params, services = call.params, call.services
    zone = _zone_of(params.mode, params.utc_offset, params.time_zone)
    days = _choose_days(params.start_date, params.end_date, params.days, zone, services.now_ms())
    group, is_whole = await _gather(services, days, None, _agent_of(services, params.agent_id, params.agent_scope))
    return {
        "updatedAt": services.now_ms(),
        "days": (days.last - days.first).days + 1,
        "daily": _tell_daily(group.by_day),
        "totals": group.total.tell(),
        "cacheStatus": {"status": "fresh" if is_whole else "partial"},
    }


async def usage_status(call: Call[NoParams]) -> dict[str, object]:
    """Quotas of providers' accounts: nobody asks the providers for them here, so none are told."""
    return {"updatedAt": call.services.now_ms(), "providers": ()}


async def sessions_usage(call: Call[SessionsUsageParams]) -> dict[str, object]:
    """What each session used, and sums by day, model, provider and agent."""
    params, services = call.params, call.services
    zone = _zone_of(params.mode, params.utc_offset, params.time_zone)
    span = _span_of(params.range, services)
    days = _choose_days(params.start_date, params.end_date, span, zone, services.now_ms())
    key = None
    if params.key is not None:
        key = find_address(services.prepared.index, params.key, params.agent_id, field="key").key
    group, is_whole = await _gather(services, days, key, _agent_of(services, params.agent_id, params.agent_scope))
    newest = sorted(group.by_session.items(), key=lambda row: row[1].input + row[1].output, reverse=True)
    sessions = [{"key": name, "usage": part.tell()} for name, part in newest[: params.limit]]
    by_model = [
        {"provider": provider, "model": model, "count": part.calls, "totals": part.tell()}
        for (provider, model), part in group.by_model.items()
    ]
    return {
        "updatedAt": services.now_ms(),
        "startDate": days.first.isoformat(),
        "endDate": days.last.isoformat(),
        "sessions": sessions,
        "totals": group.total.tell(),
        "aggregates": {
            "messages": {"assistant": group.total.calls},
            "byModel": by_model,
            "byProvider": _tell_each("provider", group.by_provider),
            "byAgent": _tell_each("agentId", group.by_agent),
            "byChannel": (),
            "daily": _tell_daily(group.by_day),
        },
        "cacheStatus": {"status": "fresh" if is_whole else "partial"},
    }


async def _gather(services: Services, days: Days, key: str | None, agent_id: str | None) -> tuple[_Group, bool]:
    """The sums, and whether every call of these days is in them."""
    entries = await services.store.directory.list_usage(
        after_ms=days.after_ms, before_ms=days.before_ms, key=key, limit=MAX_ENTRIES
    )
    group = _Group()
    chosen = [entry for entry in entries if agent_id in (None, entry.agent_id)]
    # On a thread: a year of a busy gateway is a second of counting.
    await asyncio.to_thread(group.add_all, chosen, days, services.prepared.prices)
    return group, len(entries) < MAX_ENTRIES


def _agent_of(services: Services, agent_id: str | None, scope: str | None) -> str | None:
    return None if agent_id is None or scope == "all" else choose_agent(services.prepared.index, agent_id)


def _tell_daily(by_day: Mapping[str, Sum]) -> list[dict[str, object]]:
    return [{"date": day, **by_day[day].tell()} for day in sorted(by_day)]


def _tell_each(name: str, parts: Mapping[str, Sum]) -> list[dict[str, object]]:
    return [{name: key, "count": part.calls, "totals": part.tell()} for key, part in parts.items()]


# --- Days -----------------------------------------------------------------------------------------------------------


def _span_of(named: str | None, services: Services) -> int:
    if named == "all":
        return max(1, services.now_ms() // _DAY_MS)
    return RANGES.get(named or "", DEFAULT_DAYS)


def _choose_days(start: str | None, end: str | None, span: int, zone: tzinfo, now_ms: int) -> Days:
    last = _read_day(end) if end else datetime.fromtimestamp(now_ms / 1000, zone).date()
    try:
        first = _read_day(start) if start else last - timedelta(days=span - 1)
    except OverflowError as error:
        raise InvalidRequest("the range begins before all calendars") from error
    if first > last:
        raise InvalidRequest(f"startDate {first} is after endDate {last}", param="startDate")
    return Days(first, last, zone)


def _read_day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidRequest(f"no such day: {text}", param="startDate") from error
    if not 1970 <= day.year < 9999:
        raise InvalidRequest(f"no such day here: {text}", param="startDate")
    return day


def _zone_of(mode: str, offset: str | None, name: str | None) -> tzinfo:
    if mode == "utc":
        return UTC
    if mode == "gateway":
        return datetime.now(UTC).astimezone().tzinfo or UTC
    if name is not None:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, OSError, ValueError) as error:  # the others are for names that are paths
            raise InvalidRequest(f"unknown time zone: {name}", param="timeZone") from error
    if offset is None:
        return UTC
    sign = -1 if "-" in offset else 1
    hours, _, minutes = offset.removeprefix("UTC")[1:].partition(":")
    if int(hours) > 14 or int(minutes or 0) > 59:
        raise InvalidRequest(f"no such offset: {offset}", param="utcOffset")
    return timezone(sign * timedelta(hours=int(hours), minutes=int(minutes or 0)))


def _start_of(day: date, zone: tzinfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)
