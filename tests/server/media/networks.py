"""Bad networks for real peers: a namespace behind a veth pair that can be slow, lossy, cut off or renumbered."""

import asyncio
import contextlib
import itertools
import json
import os
import re
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.media.child import Child

NAMED = re.compile(r"majlis-(\d+)-\d+")
FAR_DEVICE = "far0"
BURST_BYTES = 1600
"""One longest packet with its Ethernet header: less would let none through."""
QUEUE = "200ms"
"""So long packets wait for a slow line before they are dropped."""
HOSTS = 16
FIRST_BLOCK, BLOCKS = 0x0A800000, 1 << 18
"""10.128.0.0 and the networks of HOSTS addresses from there on, up to 10.191.255.255."""
ANSWER_SECONDS = 40.0
FAREWELL_SECONDS = 5.0
LINE_BYTES = 1 << 20

_numbers = itertools.count(1)


def require() -> None:
    """Skip the test, and say why, where networks cannot be made."""
    missing = [command for command in ("ip", "tc", "nft") if shutil.which(command) is None]
    if missing:
        pytest.skip(f"no bad networks: install {', '.join(missing)} (packages iproute2 and nftables)")
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("no bad networks: making network namespaces takes root; run these tests as root")


async def run(*words: str, said: str = "") -> str:
    """Run a command, and give what it printed.

    Raises:
        OSError: it failed.
    """
    process = await asyncio.create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    out, trouble = await process.communicate(said.encode())
    if process.returncode:
        raise OSError(f"{' '.join(words)}: {trouble.decode().strip()}")
    return out.decode()


def dotted(number: int) -> str:
    """Write an IPv4 address."""
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


class Network:
    """One namespace; what is changed holds in both directions, up and down."""

    def __init__(self, number: int) -> None:
        """Name it after this process and a number, and choose addresses that parallel runs do not."""
        self.name = f"majlis-{os.getpid()}-{number}"
        self.outer_device = f"mj{os.getpid()}o{number}"
        first = FIRST_BLOCK + HOSTS * ((os.getpid() * 64 + number) % BLOCKS)
        self.outer, self.address = dotted(first + 1), dotted(first + 2)
        self._spare = iter([dotted(first + host) for host in range(3, HOSTS - 1)])
        self._rules: dict[str, str] = {}

    async def open(self) -> None:
        """Make the namespace and its line to the main one."""
        await run("ip", "netns", "add", self.name)
        pair = ("type", "veth", "peer", "name", FAR_DEVICE, "netns", self.name)
        await run("ip", "link", "add", self.outer_device, *pair)
        await run("ip", "link", "set", self.outer_device, "addrgenmode", "none", "up")
        await run("ip", "address", "add", f"{self.outer}/28", "dev", self.outer_device)
        await self.inside("ip", "link", "set", "lo", "up")
        await self.inside("ip", "link", "set", FAR_DEVICE, "addrgenmode", "none", "up")
        await self._number()

    async def close(self) -> None:
        """Take everything away; the line goes with the namespace, but only when its last process has ended."""
        await run("ip", "netns", "delete", self.name)
        with contextlib.suppress(OSError):
            await run("ip", "link", "delete", self.outer_device)

    async def inside(self, *words: str, said: str = "") -> str:
        """Run a command in the namespace."""
        return await run(*self.entering(), *words, said=said)

    def entering(self) -> tuple[str, ...]:
        """Give the words that go before a command so that it runs in the namespace."""
        return ("ip", "netns", "exec", self.name)

    async def limit(self, kbit: int) -> None:
        """Let through so many kbit/s, counted with Ethernet's headers as tc does; a short queue, then loss."""
        shape = ("root", "tbf", "rate", f"{kbit}kbit", "burst", str(BURST_BYTES), "latency", QUEUE)
        await run("tc", "qdisc", "replace", "dev", self.outer_device, *shape)
        await self.inside("tc", "qdisc", "replace", "dev", FAR_DEVICE, *shape)

    async def lose(self, percent: int) -> None:
        """Lose packets at random, each by itself."""
        await self._rule("lose", f"meta protocol ip numgen random mod 100 < {percent} drop")

    async def cut(self) -> None:
        """Swallow everything, without a word to anybody."""
        await self._rule("cut", "meta protocol ip drop")

    async def mend(self) -> None:
        """Let everything through again that cut swallowed."""
        await self._rule("cut", "")

    async def block_udp(self) -> None:
        """Let no UDP through, as some offices do."""
        await self._rule("udp", "ip protocol udp drop")

    async def readdress(self) -> str:
        """Give the namespace another address, as a phone gets that leaves the house; the old one is gone."""
        await self.inside("ip", "address", "delete", f"{self.address}/28", "dev", FAR_DEVICE)
        self.address = next(self._spare)
        await self._number()
        return self.address

    async def _number(self) -> None:
        await self.inside("ip", "address", "add", f"{self.address}/28", "dev", FAR_DEVICE)
        await self.inside("ip", "route", "replace", "default", "via", self.outer)

    async def _rule(self, name: str, rule: str) -> None:
        self._rules[name] = rule
        hooks = [("down", "ingress"), ("up", "egress")]
        rules = "\n".join(self._rules.values())
        chains = [
            f'chain {way} {{ type filter hook {hook} device "{FAR_DEVICE}" priority 0;\n{rules}\n}}'
            for way, hook in hooks
        ]
        table = "table netdev majlis"
        await self.inside("nft", "-f", "-", said="\n".join([table, f"delete {table}", f"{table} {{", *chains, "}\n"]))


def is_there(pid: int) -> bool:
    """Tell whether a process is there."""
    return Path(f"/proc/{pid}").exists()


async def sweep() -> None:
    """Take away the namespaces of test runs that were killed."""
    for line in (await run("ip", "netns", "list")).splitlines():
        if (found := NAMED.match(line)) and not is_there(int(found[1])):
            with contextlib.suppress(OSError):
                await run("ip", "netns", "delete", found[0])


@contextlib.asynccontextmanager
async def network() -> AsyncIterator[Network]:
    """Give a network of its own, and take it away whatever happens."""
    require()
    await sweep()
    made = Network(next(_numbers))
    try:
        await made.open()
        yield made
    finally:
        with contextlib.suppress(OSError):
            await made.close()


class Far:
    """A peer in another network: a process of its own (far.py), asked by lines of JSON."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._turn = asyncio.Lock()

    async def ask(self, do: str, **more: Any) -> Any:
        """Let it do something, and give what came of it.

        Raises:
            AssertionError: it failed.
        """
        assert self._process.stdin
        assert self._process.stdout
        async with self._turn:
            self._process.stdin.write(json.dumps({"do": do, **more}).encode() + b"\n")
            said = await asyncio.wait_for(self._process.stdout.readline(), ANSWER_SECONDS)
        assert said, f"the far peer ended at {do}"
        answer = json.loads(said)
        assert "trouble" not in answer, answer["trouble"]
        return answer["came"]

    async def close(self) -> None:
        """Let it leave."""
        assert self._process.stdin
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), FAREWELL_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@contextlib.asynccontextmanager
async def far(where: Network) -> AsyncIterator[Far]:
    """Give a peer that lives in a network."""
    words = (*where.entering(), sys.executable, "-m", "tests.server.media.far")
    process = await asyncio.create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE, limit=LINE_BYTES)
    peer = Far(process)
    try:
        yield peer
    finally:
        await peer.close()


class Counted(Child):
    """A media process that also counts what it hears of whom (counted.py)."""

    def __init__(self, process: Process) -> None:
        super().__init__(process)
        self.counts: dict[str, list[int]] = {}
        """By seat: ticks played, packets made up, and packets restored from the copy in the next."""
        self._counting = asyncio.ensure_future(self._count())

    async def close(self) -> None:
        await super().close()
        await self._counting

    async def _count(self) -> None:
        assert self.process.stderr
        while said := await self.process.stderr.readline():
            if said.startswith(b"{"):
                self.counts = json.loads(said)
            else:
                sys.stderr.write(said.decode(errors="replace"))


@contextlib.asynccontextmanager
async def counted() -> AsyncIterator[Counted]:
    """Start a media process that counts, and end it."""
    words = (sys.executable, "-m", "tests.server.media.counted")
    process = await asyncio.create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=LINE_BYTES)
    media = Counted(process)
    await media.hear(lambda said: said.ready)
    try:
        yield media
    finally:
        await media.close()
