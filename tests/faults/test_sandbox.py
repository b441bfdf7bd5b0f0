"""Breaking out of the sandbox of bubblewrap, tried for real. Fails where bubblewrap does not work."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.tools.exec.commands import Bench, at_work, details_of, is_alive, sandboxed, text_of

from openclaw_gateway.config.schema import Sandbox
from openclaw_gateway.tools.sandbox.probe import find_fault

CANARY = "canary-of-the-state"
LIMITS = {"pids": 40, "memoryMb": 256, "tmpMb": 8, "fileMb": 16, "minFreeMb": 1}


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Bench]:
    """A workspace in a sandbox; beside it, and in it, a state folder with a secret."""
    fault = find_fault(Sandbox(mode="all", backend="bubblewrap"))
    assert not fault, fault
    async with at_work(tmp_path) as bench:
        for state in (tmp_path / "state", bench.folder / "state"):
            state.mkdir()
            (state / "gateway-token").write_text(CANARY)
        bench.hidden = (bench.folder / "state", tmp_path / "state")
        bench.place = sandboxed(bench.folder, **LIMITS)
        yield bench


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("cat {state}/gateway-token", id="by its path"),
        pytest.param("cat state/gateway-token", id="inside the workspace"),
        pytest.param("ln -s {state} way; cat way/gateway-token", id="symlink that was planted"),
        pytest.param("cat /proc/*/root{state}/gateway-token", id="roots in proc"),
        pytest.param("cat /proc/*/cwd/../state/gateway-token /workspace/../state/gateway-token", id="dots"),
        pytest.param(
            "for f in /proc/*/fd/*; do cat $f/gateway-token $f/../state/gateway-token; done", id="descriptors"
        ),
        pytest.param("umount /workspace/state; chmod 777 state; rmdir state; cat state/gateway-token", id="uncovering"),
        pytest.param("mkdir m; mount --bind {state} m; cat m/gateway-token", id="mount"),
        pytest.param("unshare -Urm sh -c 'umount /workspace/state; cat state/gateway-token'", id="new namespaces"),
        pytest.param("nsenter -t 1 -a cat {state}/gateway-token", id="other namespaces"),
        pytest.param("cat /proc/*/environ | tr '\\0' '\\n'", id="environments"),
        pytest.param(
            "for d in /dev/vda /dev/sda /dev/mem /dev/kmsg; do head -c 9 $d; done; mknod d b 254 0", id="devices"
        ),
        pytest.param("cat /etc/shadow /root/.ssh/* /home/*/.ssh/* /run/*/* /var/lib/*/*", id="private files"),
        pytest.param("chroot /proc/1/root cat {state}/gateway-token", id="chroot"),
        pytest.param("find / -xdev -name gateway-token -exec cat {{}} +", id="search"),
    ],
)
async def test_what_is_outside_is_not_seen(box: Bench, tmp_path: Path, script: str) -> None:
    """No way leads to the state, whatever the command tries; and nothing of the gateway's names is there."""
    result = await box.exec(script.format(state=tmp_path / "state") + " 2>/dev/null; echo tried")
    assert text_of(result).endswith("tried")
    assert CANARY not in text_of(result)
    assert (box.folder / "state" / "gateway-token").read_text() == CANARY


@pytest.mark.parametrize(
    "target",
    [
        "/usr/x",
        "/bin/x",
        "/x",
        "/etc/x",
        "/etc/passwd",
        "/sys/x",
        "/run/x",
        "/proc/sys/kernel/core_pattern",
        "/proc/sys/vm/swappiness",
        "/proc/irq/default_smp_affinity",
    ],
)
async def test_only_the_workspace_and_tmp_can_be_written(box: Bench, target: str) -> None:
    """Root, system and the kernel's settings are read-only, though the gateway is root. To open is to try enough."""
    assert "refused" in text_of(await box.exec(f"(: >> {target}) 2>/dev/null || echo refused"))
    assert text_of(await box.exec("echo x > /workspace/y && echo x > /tmp/y && echo x > /var/tmp/z && cat y")) == "x"


async def test_a_read_only_workspace_is_one(box: Bench) -> None:
    """With ro even a remount does not help."""
    box.place = sandboxed(box.folder, is_writable=False, **LIMITS)
    text = text_of(
        await box.exec("mount -o remount,rw /workspace; touch /workspace/x; cat /workspace/state/gateway-token")
    )
    assert "Read-only file system" in text
    assert not (box.folder / "x").exists()


async def test_processes_outside_are_neither_seen_nor_hit(box: Bench) -> None:
    """Signals to every number, and ptrace, meet only what is inside."""
    text = text_of(await box.exec(f"ls /proc | grep -c '^[0-9]'; kill -0 {os.getpid()}; kill -9 -1; echo on"))
    assert "No such process" in text
    assert int(text.split()[0]) < 8
    assert is_alive(os.getpid())


async def test_the_first_process_tells_nothing_of_the_machine(box: Bench) -> None:
    """What bubblewrap was called with can be read inside, and names no folder of this machine and no variable."""
    text = text_of(await box.exec("tr '\\0' ' ' < /proc/1/cmdline", env={"MINE": "hers"}))
    assert "bwrap" in text
    assert str(box.folder) not in text
    assert "hers" not in text.replace("MINE", "")


async def test_nothing_is_inherited(box: Bench) -> None:
    """A command has no descriptors but its own three, no capability, no other user's rights, no terminal of ours."""
    text = text_of(
        await box.exec(
            "ls /proc/self/fd; grep -E 'CapEff|NoNewPrivs' /proc/self/status; id -u; env; (: < /dev/tty) 2>&1; hostname"
        )
    )
    assert text.startswith("0\n1\n2\n3\n")
    assert "CapEff:\t0000000000000000\nNoNewPrivs:\t1\n1000\n" in text
    assert "No such device or address" in text
    assert text.endswith("sandbox")
    names = {line.partition("=")[0] for line in text.splitlines() if "=" in line}
    assert names <= {"PATH", "HOME", "LANG", "TMPDIR", "TERM", "OPENCLAW_SHELL", "PWD", "SHLVL", "_"}


async def test_there_is_no_network(box: Bench) -> None:
    """Neither a port of this machine, nor an abstract socket, nor a name."""
    python = "import socket,sys\ns=socket.socket({family});s.settimeout(2)\ntry: s.connect({to});print('reached')\n"
    python += "except OSError as e: print(e)\n"
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as abstract:
        name = f"\0sandbox-test-{os.getpid()}"
        abstract.bind(name)
        abstract.listen()
        for family, to in (("2", repr(tcp.getsockname())), ("1", repr(name)), ("2", "('1.1.1.1',53)")):
            (box.folder / "reach.py").write_text(python.format(family=family, to=to))
            text = text_of(await box.exec("/usr/bin/python3 reach.py; cat < /dev/tcp/127.0.0.1/22"))
            assert "reached" not in text
            assert "refused" in text or "unreachable" in text


async def test_a_fork_bomb_ends_itself(box: Bench) -> None:
    """It is over within seconds, the machine answers meanwhile, and nothing of it is left."""
    began = time.monotonic()
    pauses: list[float] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            before = time.monotonic()
            stop.wait(0.01)
            pauses.append(time.monotonic() - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        # Whether the kernel refuses the forks or the launcher ends it all: the bomb has an end.
        result = await box.exec("bomb() { bomb | bomb & }; bomb; sleep 30", timeoutSeconds=3)
    finally:
        stop.set()
        watcher.join()
    assert details_of(result)["exitReason"] in ("limit", "overall-timeout")
    assert time.monotonic() - began < 10
    assert max(pauses) < 2
    await box.table.close()
    assert not box.table._at_work


async def test_memory_is_bounded(box: Bench) -> None:
    """One process and many together meet the limit."""
    text = text_of(await box.exec("/usr/bin/python3 -c 'bytearray(10**9)' 2>&1 | tail -1"))
    assert text == "MemoryError"
    hungry = "/usr/bin/python3 -c 'x=bytearray(100*10**6); import time; time.sleep(30)' & "
    result = await box.exec(hungry * 5 + "wait")
    assert "more than 256 MiB of memory" in text_of(result)


async def test_the_disk_is_not_filled(box: Bench) -> None:
    """A file has its bound, /tmp has its size, and what is free on the disk has a floor."""
    await box.exec("head -c 50000000 /dev/zero > big; head -c 50000000 /dev/zero > /tmp/big")
    assert (box.folder / "big").stat().st_size == 16 * 1_048_576
    disk = os.statvfs(box.folder)
    box.place = sandboxed(box.folder, **{**LIMITS, "minFreeMb": disk.f_bavail * disk.f_frsize // 1_048_576 - 30})
    result = await box.exec("i=0; while :; do i=$((i+1)); head -c 8000000 /dev/zero > f$i; done")
    assert "are free on the disk" in text_of(result)


async def test_cpu_time_is_bounded(box: Bench) -> None:
    """All processes together have so many seconds."""
    box.place = sandboxed(box.folder, **LIMITS, cpuSeconds=1)
    result = await box.exec("while :; do :; done & while :; do :; done")
    assert result.is_error
    assert details_of(result)["durationMs"] < 10_000


async def test_cancelling_ends_what_is_inside(box: Bench) -> None:
    """Deaf, forked twice, in a session of its own: gone with the call."""
    marker = f"29{os.getpid():06}"
    call = asyncio.create_task(box.exec(f"(setsid sh -c 'trap \"\" TERM; sleep {marker}' &); touch begun; sleep 60"))
    async with asyncio.timeout(10):
        while not (box.folder / "begun").exists():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    call.cancel()
    await asyncio.wait([call])
    assert not _with_argument(marker)


def _with_argument(text: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if text.encode() in words:
            found.append(path.parent.name)
    return found


async def test_a_terminal_inside_is_not_ours(box: Bench) -> None:
    """In a terminal of its own a command cannot type into another."""
    push = "import fcntl,termios\ntry: fcntl.ioctl(0,termios.TIOCSTI,b'x')\nexcept OSError as e: print('refused', e)"
    (box.folder / "push.py").write_text(push)
    assert "refused" in text_of(await box.exec("/usr/bin/python3 push.py"))
    assert "sandbox" in text_of(await box.exec("tty && hostname", pty=True))
