"""Calls: how fast one hears, what a participant costs, and the same beside aiortc's MediaRelay and Janus.

`python -m tests.benchmarks.calls [--quick]`; about four minutes. All people are in this process, and what is measured
is in another one: CPU is that of the measured process alone, in per cent of one core.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import numpy as np

from server.media.child import Child as Parent
from server.media.wire import Said, Seat, Signal, Told
from tests.benchmarks.calls.crowd import Exchange, Guest, soon, talk
from tests.benchmarks.calls.janus import bridge
from tests.server.media.child import Child, child
from tests.server.media.peers import Peer, Sound

say = sys.stdout.write
SETTLE_SECONDS, MEASURED_SECONDS = 2.0, 8.0
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
TONES = (440.0, 1000.0)
AUDIBLE = 0.03
Measured = tuple[int, Callable[[int], Exchange]]
"""The process, and how the guest of a number connects to it."""
Engine = Callable[[int], contextlib.AbstractAsyncContextManager[Measured | None]]


def cpu_seconds(pid: int) -> float:
    """Give what a process has used so far (proc(5): utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def answering(media: Child, room: Callable[[int], int] = lambda number: 1) -> Callable[[int], Exchange]:
    """Connect guests to the mixer."""

    def of(number: int) -> Exchange:
        name = f"g{number}"

        async def exchange(sdp: str) -> str:
            media.arrange(**{name: {"room": room(number), "camera": True}})
            media.signal(name, 1, sdp=sdp)
            said = await media.hear(lambda said: said.answer and said.answer.seat == name)
            assert said.answer
            return said.answer.sdp

        return exchange

    return of


@contextlib.asynccontextmanager
async def mixer(people: int) -> AsyncIterator[Measured | None]:
    """Majlis."""
    async with child() as media:
        yield media.process.pid, answering(media)


@contextlib.asynccontextmanager
async def relay(people: int) -> AsyncIterator[Measured | None]:
    """aiortc's MediaRelay."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.calls.relay"), stdin=pipe, stdout=pipe, limit=1 << 20
    )
    assert process.stdin
    assert process.stdout
    stdin, stdout = process.stdin, process.stdout
    stdin.write(f"{people}\n".encode())

    def of(number: int) -> Exchange:
        async def exchange(sdp: str) -> str:
            stdin.write(json.dumps([number, sdp]).encode() + b"\n")
            return str(json.loads(await stdout.readline())[1])

        return exchange

    try:
        yield process.pid, of
    finally:
        process.kill()
        await process.wait()


@contextlib.asynccontextmanager
async def janus(people: int) -> AsyncIterator[Measured | None]:
    """Janus's AudioBridge."""
    with tempfile.TemporaryDirectory() as folder:
        async with bridge(Path(folder)) as found:
            yield (found.pid, lambda number: found.answer) if found else None


@contextlib.asynccontextmanager
async def talking(guests: Sequence[Guest]) -> AsyncIterator[None]:
    """Let guests speak while something is measured, then let them go."""
    over = asyncio.Event()
    task = asyncio.create_task(talk(guests, over))
    try:
        yield
    finally:
        over.set()
        await task
        await asyncio.gather(*(guest.close() for guest in guests))


async def table(name: str, engine: Engine, size: int, talkers: int) -> float:
    """Measure one table; gives the CPU per participant."""
    async with engine(size) as found:
        if found is None:
            say(f"{name:10} {size:6} {talkers:7}   not installed\n")
            return 0.0
        pid, exchange = found
        sections = size - 1 if engine is relay else 1
        guests = [Guest(TONES[number % 2] if number < talkers else 0.0, sections=sections) for number in range(size)]
        for number, guest in enumerate(guests):
            await guest.join(exchange(number))
        async with talking(guests):
            await asyncio.sleep(SETTLE_SECONDS)
            for guest in guests:
                guest.forget()
            used, began = cpu_seconds(pid), time.monotonic()
            await asyncio.sleep(MEASURED_SECONDS)
            seconds = time.monotonic() - began
            share = 100 * (cpu_seconds(pid) - used) / seconds
            listeners = guests[talkers:] or guests
            down = statistics.mean(8 * guest.line_bytes / seconds / 1000 for guest in listeners)
            missing = statistics.mean(guest.missing for guest in listeners)
        say(f"{name:10} {size:6} {talkers:7} {share:9.1f} % {share / size:9.2f} % {down:9.1f} {missing:9.1%}\n")
    return share / size


async def tables(quick: bool) -> None:
    """Compare tables of several sizes."""
    say("\ntables     people talkers       CPU   each person  kbit/s down  missing\n")
    for size, talkers in ((8, 2),) if quick else ((4, 2), (8, 2), (12, 2), (12, 12)):
        ours = await table("mixer", mixer, size, talkers)
        theirs = [await table("MediaRelay", relay, size, talkers), await table("Janus", janus, size, talkers)]
        ratios = ["   -" if not each else f"{each / ours:4.1f}" for each in theirs]
        say(f"{'':10} MediaRelay / mixer {ratios[0]}   Janus / mixer {ratios[1]}\n")


async def joins(count: int) -> None:
    """Measure from the click, that is the offer, to the first sound, where two already speak."""
    async with child() as media:
        exchange, guests = answering(media), [Guest(tone) for tone in TONES]
        for number, guest in enumerate(guests):
            await guest.join(exchange(number))
        times = []
        async with talking(guests):
            for number in range(count):
                peer = Peer(listens_only=True)
                await peer.join(exchange(100 + number))
                await soon(lambda: peer.first_sound_at)  # noqa: B023 (awaited here)
                times.append(1000 * (peer.first_sound_at - peer.joined_at))
                media.arrange(**{f"g{100 + number}": None})
                await peer.close()
    ordered = sorted(times)
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    say(f"joins: {count}; first sound after {statistics.median(ordered):.0f} ms p50, {p95:.0f} ms p95 (goal 250)\n")


async def cameras() -> None:
    """Measure a table of eight with two cameras that everybody shows."""
    async with child() as media:
        exchange = answering(media)
        guests = [
            Guest(TONES[number % 2] if number < 2 else 0.0, pictures=True, shows=number < 2) for number in range(8)
        ]
        for number, guest in enumerate(guests):
            await guest.join(exchange(number))
        for number in range(8):
            media.watch(f"g{number}", *(f"g{camera}" for camera in range(2) if camera != number))
        async with talking(guests):
            await asyncio.sleep(SETTLE_SECONDS)
            for guest in guests:
                guest.forget()
            used, began = cpu_seconds(media.process.pid), time.monotonic()
            await asyncio.sleep(MEASURED_SECONDS)
            seconds = time.monotonic() - began
            share = 100 * (cpu_seconds(media.process.pid) - used) / seconds
            down = statistics.mean(8 * guest.line_bytes / seconds / 1000 for guest in guests[2:])
    say(f"two cameras of 640x360 at a table of eight: {share:.1f} % CPU, {share / 8:.2f} % each (goal 2.5), ")
    say(f"{down:.0f} kbit/s down\n")


async def load(rooms: int) -> None:
    """Measure many tables of eight, at each of which one speaks."""
    async with child() as media:
        exchange = answering(media, room=lambda number: number // 8 + 1)
        guests = [Guest(TONES[0] if number % 8 == 0 else 0.0) for number in range(8 * rooms)]
        for number, guest in enumerate(guests):
            await guest.join(exchange(number))
        async with talking(guests):
            await asyncio.sleep(SETTLE_SECONDS)
            since, used, own = len(media.said), cpu_seconds(media.process.pid), cpu_seconds(os.getpid())
            began = time.monotonic()
            await asyncio.sleep(MEASURED_SECONDS)
            seconds = time.monotonic() - began
            lags = [said.load.lag_p99_ms for said in media.said[since:] if said.load]
            share = 100 * (cpu_seconds(media.process.pid) - used) / seconds
            crowd = 100 * (cpu_seconds(os.getpid()) - own) / seconds
    say(f"{8 * rooms} people at {rooms} tables: {share:.0f} % CPU, {share / 8 / rooms:.2f} % each, tick lag p99 ")
    say(f"{statistics.median(lags):.1f} ms, at worst {max(lags):.1f} (goal 10); the crowd took {crowd:.0f} %\n")


def tone_of(sound: Sound, hz: float) -> float:
    """Give how loud a tone is in a piece of sound."""
    turn = np.exp(-2j * np.pi * hz * np.arange(len(sound)) / 48_000)
    return float(2 * abs(np.dot(sound, turn)) / len(sound))


async def moves(count: int) -> None:
    """Measure from the command to the first sound of the new table, and to the last of the old one."""
    async with child() as media:
        exchange = answering(media, room=lambda number: number % 2 + 1)
        guests = [Guest(tone) for tone in TONES]
        for number, guest in enumerate(guests):
            await guest.join(exchange(number))
        peer, came, went = Peer(listens_only=True), list[float](), list[float]()
        async with talking(guests):
            await peer.join(exchange(2))
            await asyncio.sleep(SETTLE_SECONDS)
            for number in range(count):
                at = time.monotonic()
                media.arrange(g2={"room": 2 - number % 2})
                await asyncio.sleep(1.0)
                old, new = TONES[number % 2], TONES[1 - number % 2]
                since = [(1000 * (heard_at - at), part) for heard_at, part in peer.sound if heard_at > at]
                came += [min(ms for ms, part in since if tone_of(part, new) > AUDIBLE)]
                went += [max((ms for ms, part in since if tone_of(part, old) > AUDIBLE), default=0.0)]
            await peer.close()
    say(f"moves: {count}; first sound of the new table after {statistics.median(came):.0f} ms p50, {max(came):.0f} at ")
    say(f"worst (goal 100); last of the old one after {statistics.median(went):.0f} ms p50; ")
    say("both with the 80 ms of the peer's own buffer\n")


class Survivors:
    """Four people in a call whose media process is killed, as its parent and their browsers would see it."""

    def __init__(self) -> None:
        self.heard: list[Said] = []
        self.began = asyncio.Event()
        self.parent = Parent(self.heard.append, lambda first: self.began.set())

    async def gather(self, gen: int) -> list[Guest]:
        """Connect everybody once the process is there."""
        await self.began.wait()
        self.began.clear()
        self.parent.tell(Told(seats=[Seat(f"g{number}", 1, gen, mic=True) for number in range(4)]))
        guests = [Guest(TONES[0] if not number else 0.0) for number in range(4)]
        await asyncio.gather(*(guest.join(self.exchange(f"g{at}", gen)) for at, guest in enumerate(guests)))
        return guests

    def exchange(self, name: str, gen: int) -> Exchange:
        """Connect one of them."""

        def answers() -> list[str]:
            given = [said.answer for said in self.heard if said.answer]
            return [answer.sdp for answer in given if (answer.seat, answer.gen) == (name, gen)]

        async def ask(sdp: str) -> str:
            self.parent.tell(Told(signal=Signal(name, gen, sdp=sdp)))
            await soon(answers)
            return answers()[0]

        return ask


async def survived() -> float:
    """Kill the media process of a call, and give the ms until sound comes again."""
    people = Survivors()
    running = asyncio.create_task(people.parent.run())
    people.parent.want()
    async with talking(await people.gather(1)):
        await asyncio.sleep(1.0)
        at = time.monotonic()
        os.kill(people.parent.pid or 0, signal.SIGKILL)
    guests = await people.gather(2)
    async with talking(guests):
        await soon(lambda: guests[1].first_sound_at)
    people.parent.stop()
    await running
    return 1000 * (guests[1].first_sound_at - at)


async def killed(count: int) -> None:
    """Kill media processes."""
    times = [await survived() for _ in range(count)]
    say(f"media process killed {count} times: sound again after {statistics.median(times):.0f} ms p50, ")
    say(f"{max(times):.0f} at worst (goal 1500)\n")


async def main(quick: bool) -> None:
    """Print everything."""
    say(f"{os.cpu_count()} cores; aiortc peers and prepared packets on this machine\n")
    await joins(10 if quick else 40)
    await moves(5 if quick else 20)
    await killed(3 if quick else 8)
    await cameras()
    await load(2 if quick else 4)
    if not quick:
        await load(8)
    await tables(quick)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer of everything")
    asyncio.run(main(parser.parse_args().quick))
