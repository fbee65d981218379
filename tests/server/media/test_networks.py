"""Calls behind bad networks: who sits behind a slow, lossy, broken or closed line hears the others, and is heard."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from server.media.link import LOST_SECONDS
from tests.server.media.chrome import Chrome, chrome
from tests.server.media.far import Steady
from tests.server.media.networks import Counted, Far, Network, counted, far, network
from tests.server.media.peers import Peer, until
from tests.server.test_turn import own_address, password, ready, turnserver

NEAR = (400, 1000)
OTHER = 700
VOWELS = ((1450, 2800), (1750, 3300), (2500, 3600))
"""Of those who sit far away: the first of each is near nobody's tone and nobody's third harmonic."""
TABLE = 12
MEASURED_SECONDS = 3.5
SETTLED_SECONDS = 3.0
ADAPTED_SECONDS = 25.0
"""Generous: browsers report on sound every five seconds, and the machine may be busy with something else."""
HOLES_SECONDS = (4.0, 8.0, 15.0)
BACK_SECONDS = 5.0

Record = Callable[[str, object], None]


class Party:
    """A table, those who sit at it in this network, and those who sit behind bad ones."""

    def __init__(self, media: Counted, stack: AsyncExitStack) -> None:
        self.media = media
        self.near: list[Peer] = []
        self._stack = stack

    async def sit(self, people: int) -> None:
        """Seat people here: the first two speak, the others listen."""
        speaking = [self.media.enter("a", Steady(*NEAR)), self.media.enter("b", Peer(OTHER))]
        names = [f"ear{number}" for number in range(people - len(speaking))]
        ears = [self.media.enter(name, Peer(listens_only=True), mic=False) for name in names]
        self.near = list(await asyncio.gather(*speaking, *ears))

    async def far(self) -> tuple[Network, Far]:
        """Give a network of its own with a peer in it."""
        where = await self._stack.enter_async_context(network())
        return where, await self._stack.enter_async_context(far(where))

    async def join(self, name: str, peer: Far, vowels: tuple[int, int], **more: Any) -> float:
        """Connect somebody far away; give how long that took in seconds."""
        ice, gen = more.pop("ice", None), more.get("gen", 1)
        self.media.arrange(**{name: more})
        began_at = time.monotonic()
        sdp = await peer.ask("offer", gen=gen, hz=vowels[0], other_hz=vowels[1], ice=ice)
        self.media.signal(name, gen, sdp=sdp)
        said = await self.media.hear(lambda said: said.answer and (said.answer.seat, said.answer.gen) == (name, gen))
        assert said.answer
        await peer.ask("accept", gen=gen, sdp=said.answer.sdp)
        await peer.ask("connect", gen=gen)
        return time.monotonic() - began_at

    async def both_ways(self, *fars: tuple[Far, tuple[int, int]]) -> None:
        """Wait until everybody far away hears those who speak here, and is heard here."""
        hears = [peer.ask("hear", wanted=[*NEAR, OTHER], seconds=15.0) for peer, _ in fars]
        await asyncio.gather(*hears, self.near[-1].hear(*(vowels[0] for _, vowels in fars), without=False))

    async def up(self, name: str, seconds: float) -> float:
        """Give what part of the ticks the mixer had to make up of what somebody says."""
        before = self.media.counts.get(name, [0, 0, 0])
        await asyncio.sleep(seconds)
        played, made_up, _ = (now - then for now, then in zip(self.media.counts[name], before, strict=True))
        return made_up / max(played, 1)

    async def measured(self, name: str, peer: Far) -> dict[str, Any]:
        """Judge the sound both ways."""
        down, up = await asyncio.gather(peer.ask("measure", seconds=MEASURED_SECONDS), self.up(name, MEASURED_SECONDS))
        return {**down, "up": up}

    def states(self, name: str, since: int = 0) -> list[tuple[int, str]]:
        """Give the generations and states that were said of a seat."""
        states = [said.state for said in self.media.said[since:] if said.state]
        return [(state.gen, state.state) for state in states if state.seat == name]


@pytest.fixture
async def party() -> AsyncIterator[Party]:
    """Give a media process, an empty table and a way to bad networks."""
    async with AsyncExitStack() as stack:
        media = await stack.enter_async_context(counted())
        yield Party(media, stack)


def told(record: Record, name: str, figures: dict[str, Any]) -> None:
    """Put figures into the report."""
    for key, value in figures.items():
        record(f"{name}.{key}", round(value, 4) if isinstance(value, float) else value)


async def test_whoever_sits_behind_a_slow_line_is_sent_less_until_the_sound_holds(
    party: Party, record_property: Record
) -> None:
    fars = {kbit: await party.far() for kbit in (64, 32, 24)}
    for kbit, (line, _) in fars.items():
        await line.limit(kbit)
    await party.sit(TABLE - len(fars))
    vowels = dict(zip(fars, VOWELS, strict=True))
    await asyncio.gather(*(party.join(f"f{kbit}", peer, vowels[kbit]) for kbit, (_, peer) in fars.items()))

    async def adapts(kbit: int, peer: Far) -> None:
        began_at = time.monotonic()
        figures = {"missing": 1.0, "silent": 1.0}
        while figures["missing"] > 0.01 or figures["silent"] > 0.1:
            assert time.monotonic() < began_at + ADAPTED_SECONDS, (kbit, figures)
            adapted_at, figures = time.monotonic(), await party.measured(f"f{kbit}", peer)
        told(record_property, f"{kbit}", {"adapted_seconds": adapted_at - began_at, **figures})

    await asyncio.gather(*(adapts(kbit, peer) for kbit, (_, peer) in fars.items()))
    await party.both_ways(*((peer, vowels[kbit]) for kbit, (_, peer) in fars.items()))


async def test_a_saver_behind_a_slow_line_hears_and_is_heard_from_the_beginning(
    party: Party, record_property: Record
) -> None:
    fars = {kbit: await party.far() for kbit in (32, 24)}
    for kbit, (line, _) in fars.items():
        await line.limit(kbit)
    await party.sit(TABLE - len(fars))
    pairs = list(zip(fars, VOWELS, strict=False))
    await asyncio.gather(*(party.join(f"f{kbit}", fars[kbit][1], vowels, saver=True) for kbit, vowels in pairs))
    await party.both_ways(*((fars[kbit][1], vowels) for kbit, vowels in pairs))
    measured = await asyncio.gather(*(party.measured(f"f{kbit}", fars[kbit][1]) for kbit in fars))
    for kbit, figures in zip(fars, measured, strict=True):
        told(record_property, f"{kbit}", figures)
        assert figures["missing"] <= 0.05, (kbit, figures)
        assert figures["up"] <= 0.2, (kbit, figures)


async def test_what_gets_lost_is_made_good_by_copies(party: Party, record_property: Record) -> None:
    fars = {percent: await party.far() for percent in (5, 20)}
    for percent, (line, _) in fars.items():
        await line.lose(percent)
    await party.sit(TABLE - len(fars))
    pairs = list(zip(fars, VOWELS, strict=False))
    await asyncio.gather(*(party.join(f"f{percent}", fars[percent][1], vowels) for percent, vowels in pairs))
    await party.both_ways(*((fars[percent][1], vowels) for percent, vowels in pairs))
    await asyncio.sleep(SETTLED_SECONDS)
    measured = await asyncio.gather(*(party.measured(f"f{percent}", fars[percent][1]) for percent in fars))
    for (percent, figures), bound in zip(zip(fars, measured, strict=True), (0.03, 0.08), strict=True):
        told(record_property, f"{percent}", figures)
        assert figures["lost"] >= 0.005, "nothing was lost: the test tests nothing"
        assert figures["missing"] <= bound, (percent, figures)
        assert figures["up"] <= 2 * bound, (percent, figures)


async def test_after_a_change_of_address_a_new_connection_takes_over(party: Party, record_property: Record) -> None:
    line, peer = await party.far()
    await party.sit(2)
    await party.join("f", peer, VOWELS[0])
    await party.both_ways((peer, VOWELS[0]))
    sockets = sockets_of(party.media.process.pid)
    since = len(party.media.said)
    await line.readdress()
    changed_at = time.monotonic()
    await party.join("f", peer, VOWELS[0], gen=2)
    await party.both_ways((peer, VOWELS[0]))
    told(record_property, "address", {"back_seconds": time.monotonic() - changed_at})
    assert time.monotonic() - changed_at < BACK_SECONDS
    assert (2, "connected") in party.states("f", since)
    await until(lambda: sockets_of(party.media.process.pid) <= sockets, "the old one is closed")


def sockets_of(pid: int) -> int:
    """Count the sockets that a process has open."""
    links = (os.path.realpath(each) for each in Path(f"/proc/{pid}/fd").iterdir())
    return sum("socket:" in link for link in links)


async def test_what_was_cut_off_goes_on_unless_that_took_too_long(party: Party, record_property: Record) -> None:
    fars = {seconds: await party.far() for seconds in HOLES_SECONDS}
    await party.sit(2)
    vowels = dict(zip(fars, VOWELS, strict=True))
    await asyncio.gather(*(party.join(f"f{seconds:.0f}", fars[seconds][1], vowels[seconds]) for seconds in fars))
    await party.both_ways(*((fars[seconds][1], vowels[seconds]) for seconds in fars))
    since = len(party.media.said)

    async def falls(seconds: float) -> None:
        name, (line, peer) = f"f{seconds:.0f}", fars[seconds]
        await line.cut()
        await asyncio.sleep(seconds)
        if seconds > LOST_SECONDS:
            assert party.states(name, since) == [(1, "recovering"), (1, "lost")]
        await line.mend()
        mended_at = time.monotonic()
        if seconds > LOST_SECONDS:
            await party.join(name, peer, vowels[seconds], gen=2)
        await peer.ask("hear", wanted=list(NEAR), seconds=BACK_SECONDS)
        heard_at = time.monotonic()
        await party.near[0].hear(vowels[seconds][0], without=False, seconds=BACK_SECONDS)
        figures = {"hears_seconds": heard_at - mended_at, "heard_seconds": time.monotonic() - mended_at}
        told(record_property, name, figures)

    await asyncio.gather(*map(falls, HOLES_SECONDS))
    for seconds in HOLES_SECONDS:
        wanted = [(1, "lost"), (2, "connected")] if seconds > LOST_SECONDS else [(1, "connected")]
        await until(lambda: party.states(f"f{seconds:.0f}", since) == [(1, "recovering"), *wanted])  # noqa: B023


async def test_where_udp_is_blocked_the_turn_server_brings_people_in_over_tcp(
    party: Party, record_property: Record
) -> None:
    line, peer = await party.far()
    await line.block_udp()
    await party.sit(2)
    with turnserver(f"--allowed-peer-ip={own_address()}", "--allow-loopback-peers") as server:
        await ready(server)
        name, good = password()
        url = f"turn:{server.address}:{server.port}?transport=tcp"
        took = await party.join("f", peer, VOWELS[0], ice={"urls": url, "username": name, "credential": good})
        told(record_property, "tcp", {"joined_seconds": took})
        assert took < BACK_SECONDS
        await party.both_ways((peer, VOWELS[0]))


Spoil = Callable[[Network], Coroutine[Any, Any, None]]


class Case(NamedTuple):
    """A bad line, whether the person saves data, and what part of the sound may be made up at most."""

    spoil: Callable[[Network], Coroutine[Any, Any, None]]
    saver: bool
    bound: float


CASES = {
    "24 kbit/s, saving": Case(lambda line: line.limit(24), True, 0.03),
    "24 kbit/s, by itself": Case(lambda line: line.limit(24), False, 0.03),
    "20 % lost": Case(lambda line: line.lose(20), False, 0.06),
}


async def opened(party: Party, page: Chrome, saver: bool) -> int:
    """Connect a page as pages do: where it does not stand in time, with a new generation; give which one it was."""
    for gen in range(1, 4):
        party.media.arrange(f={"gen": gen, "saver": saver})
        party.media.signal("f", gen, sdp=await page.offer(gen, *VOWELS[0]))
        said = await party.media.hear(lambda said: said.answer and said.answer.gen == gen and said.answer.seat == "f")  # noqa: B023
        assert said.answer
        with contextlib.suppress(TimeoutError):
            await page.accept(gen, said.answer.sdp)
            return gen
    raise AssertionError("no connection in three attempts")


@pytest.mark.browser
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_chromium_makes_up_little_at_a_table_of_twelve(
    party: Party, tmp_path: Path, record_property: Record, case: Case
) -> None:
    async with network() as line, chrome(line, tmp_path) as page:
        await case.spoil(line)
        await party.sit(TABLE - 1)
        gen = await opened(party, page, case.saver)
        ends_at, concealed = time.monotonic() + ADAPTED_SECONDS, [1.0]
        while concealed[-1] > case.bound and time.monotonic() < ends_at:
            before = await page.counts(gen)
            up = await party.up("f", MEASURED_SECONDS)
            concealed.append(await page.concealed(gen, before))
        told(record_property, "chromium", {"concealed": [round(part, 4) for part in concealed[1:]], "up": up})
        assert concealed[-1] <= case.bound, concealed
        await party.near[-1].hear(VOWELS[0][0], without=False)
