"""The measurements. Each is one coroutine that starts what it needs and yields nothing but rows.

CPU is user plus system time of the measured process alone; the load generator and the upstream are processes of their
own. Turns are closed-loop: a connection sends its next one when the last answer is complete.
"""

import statistics
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.commands import COMMANDS, cost_of_asking, cost_of_commands
from bench.load import Result, Target, send_turns
from bench.processes import Child, Gateway, Upstream, free_port, gateway_config
from bench.report import Row
from bench.sockets import measure_sockets
from bench.tool_turns import cost_of_calls, start_tool_gateway, turns_of
from bench.upstream import PACED_CHUNKS

# How many turns a durable session of the benchmark lives: its history then is about four messages on average.
TURNS_PER_SESSION = 5
# How many sessions are spoken in at a time: more than connections, so that no turn waits for its session's lane.
SESSIONS_AT_A_TIME = 128


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is sent. The quick ones tell the order of magnitude, the full ones the number."""

    turns: int = 6000
    rounds: int = 3
    latency_turns: int = 3000
    streams: int = 64
    starts: int = 7
    memory_turns: int = 100_000
    lengths: tuple[int, ...] = (10, 1_000, 10_000)
    length_turns: int = 200
    sockets: int = 2000
    rest_s: float = 30.0
    commands: int = 7


QUICK = Sizes(
    turns=2000,
    rounds=1,
    latency_turns=600,
    starts=3,
    memory_turns=5000,
    lengths=(10, 1_000),
    length_turns=60,
    sockets=500,
    rest_s=5.0,
    commands=3,
)


class Setting:
    """The three processes that most measurements share: upstream, floor and one gateway with an agent per behaviour."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack
        self.upstream = stack.enter_context(Upstream(folder))
        self.floor_port = free_port()
        command = [sys.executable, "-m", "bench.floor", str(self.floor_port)]
        self.floor = stack.enter_context(Child(command, log=folder / "floor.log"))
        self.floor.wait_ready(self.floor_port)
        self.gateway = self.start_gateway("gateway")
        self._sent = 0

    def start_gateway(self, name: str, *, context_window: int = 200_000) -> Gateway:
        """A gateway with a state of its own, ready."""
        behaviours = ("fast", "slow", "paced")
        providers = {b: self.upstream.provider(b, context_window=context_window) for b in behaviours}
        models = {"main": "fast/m", "slow": "slow/m", "paced": "paced/m"}
        gateway = Gateway(self.folder / name, gateway_config(free_port(), providers, models))
        self._stack.enter_context(gateway)
        gateway.wait_ready(gateway.port)
        return gateway

    def target(self, agent: str = "main", *, is_stream: bool = False, is_durable: bool = False) -> Target:
        """Turns through the gateway."""
        group = TURNS_PER_SESSION * SESSIONS_AT_A_TIME

        def session_of(number: int) -> str:
            return f"agent:{agent}:bench-{number // group}-{number % SESSIONS_AT_A_TIME}"

        durable = session_of if is_durable else None
        return Target(self.gateway.port, model=f"openclaw/{agent}", is_stream=is_stream, session_of=durable)

    def direct(self, behaviour: str = "fast", *, is_stream: bool = False, body_bytes: int = 1024) -> Target:
        """The same turns straight to the upstream."""
        path = f"/{behaviour}/v1/chat/completions"
        return Target(self.upstream.port, path, is_stream=is_stream, body_bytes=body_bytes)

    async def send(self, target: Target, turns: int, concurrency: int = 16) -> Result:
        """Send turns whose numbers, and so whose sessions, were not used before."""
        self._sent += turns
        return await send_turns(target, turns, concurrency, first_number=self._sent - turns)

    async def cpu_per_1000(self, process: Child, target: Target, turns: int, concurrency: int = 16) -> float:
        """CPU seconds that the process spends on 1,000 of these turns."""
        before = process.cpu_s
        await self.send(target, turns, concurrency)
        return (process.cpu_s - before) / turns * 1000

    async def median_cpu(self, process: Child, target: Target, sizes: Sizes) -> float:
        """The same, of several rounds after a first one that warms caches and connections."""
        await self.send(target, min(500, sizes.turns))
        return statistics.median([await self.cpu_per_1000(process, target, sizes.turns) for _ in range(sizes.rounds)])


async def measure_turns(setting: Setting, sizes: Sizes, say: Callable[[Row], None]) -> None:
    """CPU seconds per 1,000 turns, 16 at a time, 1 KB bodies."""
    for is_stream, form, budget in ((False, "JSON", 0.10), (True, "streamed", 0.12)):
        upstream = await setting.median_cpu(setting.upstream, setting.direct(is_stream=is_stream), sizes)
        say(Row(f"direct to upstream, {form} (upstream's CPU)", upstream, "s/1000"))
        floor_target = Target(setting.floor_port, is_stream=is_stream)
        floor = await setting.median_cpu(setting.floor, floor_target, sizes)
        say(Row(f"bare server, {form}", floor, "s/1000", baseline=upstream, against="direct"))
        for is_durable, kind in ((True, "durable sessions"), (False, "ephemeral")):
            target = setting.target(is_stream=is_stream, is_durable=is_durable)
            cpu = await setting.median_cpu(setting.gateway, target, sizes)
            say(Row(f"gateway, {form}, {kind}", cpu, "s/1000", budget, floor, "bare server"))


async def measure_chunks(setting: Setting, sizes: Sizes, say: Callable[[Row], None]) -> None:
    """CPU ms per 1,000 chunks that come one by one, 5 ms apart, on many streams."""
    turns = sizes.streams * 2
    chunks = turns * PACED_CHUNKS

    async def cost(process: Child, target: Target) -> float:
        before = process.cpu_s
        result = await setting.send(target, turns, sizes.streams)
        if result.words != chunks:
            raise RuntimeError(f"{result.words} words arrived of {chunks}")
        return (process.cpu_s - before) / chunks * 1e6

    upstream = await cost(setting.upstream, setting.direct("paced", is_stream=True))
    say(Row("direct to upstream (upstream's CPU)", upstream, "ms/1000"))
    gateway = await cost(setting.gateway, setting.target("paced", is_stream=True, is_durable=True))
    say(Row(f"gateway, {sizes.streams} streams", gateway, "ms/1000", 18.0, upstream, "upstream's CPU"))


async def measure_latency(setting: Setting, sizes: Sizes, say: Callable[[Row], None]) -> None:
    """p50 and p99 of whole turns over the same turns sent directly; once with an upstream that answers at once, which
    at 16 and 64 measures saturation, and once with one that thinks for 50 ms.
    """
    for behaviour, agent, label in (("slow", "slow", "50 ms upstream"), ("fast", "main", "saturated")):
        for concurrency in (1, 16, 64):
            turns = sizes.latency_turns
            if behaviour == "slow":
                turns = min(turns, 40 * concurrency)
            await setting.send(setting.target(agent, is_durable=True), concurrency * 2, concurrency)
            direct = await setting.send(setting.direct(behaviour), turns, concurrency)
            through = await setting.send(setting.target(agent, is_durable=True), turns, concurrency)
            for share, name in ((0.5, "p50"), (0.99, "p99")):
                base = direct.percentile_ms(share)
                added = through.percentile_ms(share) - base
                say(Row(f"added {name}, {label}, {concurrency} at a time", added, "ms", None, base, "direct"))


async def measure_start(setting: Setting, sizes: Sizes, say: Callable[[Row], None]) -> None:
    """Seconds from process start to /ready, its CPU, and memory then; the state folder exists already."""
    ready, cpu, memory = [], [], []
    behaviours = {"main": "fast/m"}
    config = gateway_config(free_port(), {"fast": setting.upstream.provider("fast")}, behaviours)
    for number in range(sizes.starts + 1):
        with Gateway(setting.folder / "start", config) as gateway:
            seconds = gateway.wait_ready(gateway.port)
            if number:  # the first start compiles and makes the state folder
                ready.append(seconds)
                cpu.append(gateway.cpu_s)
                memory.append(gateway.rss_mb)
            gateway.terminate()
    say(Row("start to /ready, median", statistics.median(ready), "s", 0.3))
    say(Row("start to /ready, worst", max(ready), "s", 0.3))
    say(Row("CPU until ready", statistics.median(cpu), "s"))
    say(Row("resident when ready", statistics.median(memory), "MB", 45.0))


async def measure_memory(setting: Setting, sizes: Sizes, say: Callable[[Row], None]) -> None:
    """Resident memory at idle and on the way to 100,000 turns, half streamed, all in durable sessions."""
    setting.gateway = gateway = setting.start_gateway("memory")
    await setting.send(setting.target(is_durable=True), 100, 16)
    idle = gateway.rss_mb
    say(Row("resident after 100 turns", idle, "MB", 45.0))
    done = 0
    for share in (0.1, 0.5, 1.0):
        turns = int(sizes.memory_turns * share) - done
        done += turns
        for is_stream in (False, True):
            await setting.send(setting.target(is_stream=is_stream, is_durable=True), turns // 2, 16)
        say(Row(f"resident after {done:,} turns", gateway.rss_mb, "MB", None, idle, "idle"))
    say(Row("threads", gateway.threads, ""))
    say(Row("open files", gateway.open_files, ""))


def _long_session(length: int, sessions: int, number: int) -> str:
    return f"agent:main:long-{length}-{number % sessions}"


async def measure_length(setting: Setting, sizes: Sizes, say: Callable[[Row], None]) -> None:
    """CPU of a turn by the number of messages its session holds; the client sends only the new message.

    What the window holds is sent to the model, so the prompt grows until it fills the window, and a longer one costs
    its bytes. A small window shows the gateway's own share.
    """
    for window in (8_192, 200_000):
        setting.gateway = gateway = setting.start_gateway(f"length-{window}", context_window=window)
        first = None
        for length in sizes.lengths:
            # About as many messages to each measurement: many short sessions, or one long one.
            sessions = max(1, min(40, 2000 // length))
            target = Target(gateway.port, body_bytes=256, session_of=partial(_long_session, length, sessions))
            await setting.send(target, length // 2 * sessions, min(16, sessions))
            cpu = await setting.cpu_per_1000(gateway, target, sizes.length_turns, 1)
            prompt = setting.upstream.stats()["last_body_bytes"]
            first = cpu if first is None else first
            budget = first * 1.5 if length == max(sizes.lengths) else None
            name = f"{length:,} messages, window {window:,}, prompt {prompt / 1000:,.0f} kB"
            say(Row(name, cpu, "s/1000", budget, first, f"{sizes.lengths[0]} messages"))


async def measure_idle_sockets(setting: Setting, sizes: Sizes, say: Callable[[Row], None]) -> None:
    """Memory of each authenticated socket that says nothing, and CPU while all of them rest."""
    gateway = setting.start_gateway("sockets")
    kilobytes, cpu = await measure_sockets(gateway, sizes.sockets, sizes.rest_s)
    say(Row(f"memory of each of {sizes.sockets:,} idle sockets", kilobytes, "kB", 15.0))
    say(Row("CPU at rest with them", cpu, "ms/s"))


async def measure_commands(setting: Setting, sizes: Sizes, say: Callable[[Row], None]) -> None:
    """CPU of each command, in milliseconds: of the whole command, for questions until the first one is asked."""
    home = setting.folder / "home"
    for line in COMMANDS:
        say(Row(f"openclaw {line}", statistics.median(cost_of_commands(home, line, sizes.commands)), "ms", 150.0))
    say(Row("openclaw onboard, first question", statistics.median(cost_of_asking(home, sizes.commands)), "ms", 150.0))


async def measure_tools(setting: Setting, sizes: Sizes, say: Callable[[Row], None]) -> None:
    """CPU of a turn with three calls, beyond a plain one and the tools themselves; both with the coding profile."""
    folder = setting.folder / "tools"
    with start_tool_gateway(folder) as gateway:
        gateway.wait_ready(gateway.port)
        plain = await setting.median_cpu(gateway, turns_of(gateway, "main"), sizes)
        called = await setting.median_cpu(gateway, turns_of(gateway, "tools"), sizes)
    tools = await cost_of_calls(folder)
    say(Row("a plain turn, scripted", plain, "ms"))
    say(Row("a turn with three calls of read", called, "ms", None, plain, "plain"))
    say(Row("the three calls themselves", tools, "ms"))
    say(Row("added by the calls, beyond the tools", called - plain - tools, "ms", 1.0))


MEASURES: dict[str, tuple[str, Callable[[Setting, Sizes, Callable[[Row], None]], Awaitable[None]]]] = {
    "turns": ("CPU per 1,000 turns (16 at a time, 1 KB body, 8 chunks)", measure_turns),
    "chunks": ("CPU per 1,000 paced chunks", measure_chunks),
    "latency": ("Added latency (durable sessions, JSON)", measure_latency),
    "start": ("Start", measure_start),
    "memory": ("Memory", measure_memory),
    "sockets": ("Idle sockets, authenticated", measure_idle_sockets),
    "commands": ("CPU of commands without a gateway to ask", measure_commands),
    "tools": ("CPU of a turn that uses tools", measure_tools),
    "length": ("CPU per 1,000 turns by length of the session", measure_length),
}
