"""Offers by the thousand that are broken, huge or sly: each is answered once, none is slow, and none leaves a trace."""

import asyncio
import contextlib
import gc
import os
import random
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiortc.sdp import SessionDescription

from server.media import offer
from server.media.hall import Hall
from server.media.private import new_connection
from server.media.wire import Answer, Candidate, Refused, Seat, Signal, Told
from tests.server.media.peers import WAIT_SECONDS, Peer, until

SEED = 20_260
MUTANTS, MET, STEPS = 5000, 400, 40
LONGEST_SECONDS = 0.25
"""Of one step of the loop, in time of the processor: others' work on the machine is not counted."""
SECTION = """m={kind} 9 UDP/TLS/RTP/SAVPF {types}
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:Yk+f
a=ice-pwd:pT3u7X0o/2NqvZbVd5m6hA1c
a=ice-options:trickle
a=fingerprint:sha-256 7B:8B:F0:65:5F:78:E2:51:3B:AC:6F:F3:3F:46:1B:35:DC:B8:5F:64:1A:24:C2:43:F0:A1:58:D0:A1:2C:19:08
a=setup:actpass
a=mid:{mid}
a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid
{more}
a={direction}
a=rtcp-mux
a=rtcp-rsize
"""
SOUND = """a=extmap:14 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=ssrc:1742 cname:Sx
a=candidate:1 1 udp 2122260223 192.0.2.7 51472 typ host generation 0 network-id 1
a=candidate:2 1 udp 2122194687 8f9a-1.local 51473 typ host generation 0
a=candidate:3 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active"""
PICTURE = """a=rtpmap:96 VP8/90000
a=rtcp-fb:96 goog-remb
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:45 AV1/90000
a=fmtp:45 level-idx=5;profile=0
a=ssrc-group:FID 231 232"""
HEAD = "v=0\no=- 46 2 IN IP4 127.0.0.1\ns=-\nt=0 0\na=group:BUNDLE 0 1 2 3 4 5\na=extmap-allow-mixed\n"
PIECES = ["", " ", "*", "-1", "0", "99999999999", "9" * 5000, "\0", "\x0b", "\x85", "\u2028", "é", "\ud800", *":=/;"]
PIECES += ["m=audio", "m=video", "m=application", "a=", "a=inactive", "a=ice-lite", "a=end-of-candidates", "a=mid:0"]


def chromium() -> str:
    """Give what Chromium offers, shortened."""
    sound = SECTION.format(kind="audio", types="111", mid="0", more=SOUND, direction="sendrecv")
    films = [("1", "sendonly"), *((str(mid), "recvonly") for mid in range(2, 6))]
    pictures = [
        SECTION.format(kind="video", types="96 97 45", mid=mid, more=PICTURE, direction=way) for mid, way in films
    ]
    return (HEAD + sound + "".join(pictures)).replace("\n", "\r\n")


async def ours() -> str:
    """Give what a test's peer offers, with pictures."""
    peer = Peer(440, shows=100)
    text = await peer.offer()
    await peer.close()
    return text


def mutant(text: str, chance: random.Random) -> str:
    """Break a description in one to six places."""
    lines = text.split("\r\n")
    for _ in range(chance.randint(1, 6)):
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        line, piece = lines[at], chance.choice(PIECES)
        cut = chance.randrange(len(line) + 1)
        cuts = [line[:cut], line[:cut] + piece + line[cut:], line[:cut] + chr(chance.randrange(256)) + line[cut + 1 :]]
        counted = re.sub(r"\d+", lambda _: str(chance.choice([0, -1, 255, 1 << 16, 1 << 40])), line)
        rows = [[], [line, line], [lines[other]], [line, piece], [counted], *([each] for each in cuts)]
        lines[at : at + 1] = chance.choice(rows) or [""]
    return chance.choice(["\r\n"] * 9 + ["\n"]).join(lines)


def filled(text: str, make: Callable[[int], str], section: int) -> str:
    """Fill a description up to the greatest size with lines, in a section or, with 0, before all of them."""
    head, *parts = text.split("m=")
    room = offer.SDP_BYTES - len(text)
    lines, number = list[str](), 0
    while (room := room - len(line := make(number) + "\r\n")) >= 0:
        lines.append(line)
        number += 1
    pieces = [head, *("m=" + part for part in parts)]
    pieces[section] += "".join(lines)
    return "".join(pieces)


BOMBS: dict[str, Callable[[int], str]] = {
    "candidates": lambda n: f"a=candidate:{n} 1 udp {n} 10.9.{n // 250}.{n % 250 + 1} {n + 1} typ host",
    "fmtp": lambda n: f"a=fmtp:{(96, 111)[n % 2]} x{n}=1",
    "ssrc": lambda n: f"a=ssrc:{n} a:b",
    "ssrc-groups": lambda n: f"a=ssrc-group:FID {n} {n}",
    "extmap": lambda n: f"a=extmap:{n} urn:ietf:params:rtp-hdrext:sdes:mid",
    "groups": lambda n: f"a=group:BUNDLE {n}",
    "codecs with feedback": lambda n: f"a=rtpmap:{n} a/1" if n % 2 else f"a=rtcp-fb:* x{n}",
    "our codecs": lambda n: f"a=rtpmap:{n % 128} VP8/90000",
    "fingerprints": lambda n: f"a=fingerprint:sha-256 {n}",
    "one long line": lambda n: "a=fmtp:111 " + "a=1;" * 5000,
}


@dataclass
class Office:
    """A hall in this process with one seat, what it said, and how long the loop's longest step was."""

    said: list[Any] = field(default_factory=list)
    longest: float = 0.0
    troubles: list[Any] = field(default_factory=list)
    gen: int = 0
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    def say(self, said: Any) -> None:
        """Take what the hall says."""
        self.said.append(said)
        self.heard.set()

    def __post_init__(self) -> None:
        self.hall = Hall(self.say)
        self.hall.hear(Told(seats=[Seat("a", 1, 1, mic=True)]))

    def offer(self, sdp: str) -> int:
        """Offer something under a new number."""
        self.gen += 1
        self.hall.hear(Told(signal=Signal("a", self.gen, sdp=sdp)))
        return self.gen

    def replies(self, gen: int) -> list[Any]:
        """Give what was said to an offer."""
        return [said for said in self.said if isinstance(said, Answer | Refused) and said.gen == gen]

    async def reply(self, gen: int) -> None:
        """Wait until an offer was replied to."""
        async with asyncio.timeout(WAIT_SECONDS):
            while not self.replies(gen):
                self.heard.clear()
                await self.heard.wait()

    async def settle(self) -> None:
        """Wait until every offer was replied to, and see that it was once."""
        for gen in range(max(1, self.gen - 10), self.gen + 1):
            await self.reply(gen)
        assert sorted(said.gen for said in self.said if isinstance(said, Answer | Refused)) == [*range(1, self.gen + 1)]

    async def watch(self) -> None:
        """Measure every step of the loop."""
        while True:
            before = time.thread_time()
            await asyncio.sleep(0)
            self.longest = max(self.longest, time.thread_time() - before)


@asynccontextmanager
async def office() -> AsyncIterator[Office]:
    """Open a hall; in the end nothing may be left of it, and no step may have been long."""
    gc.freeze()
    before, tasks = descriptors(), len(asyncio.all_tasks())
    place = Office()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: place.troubles.append(context))
    watch = asyncio.ensure_future(place.watch())
    yield place
    await place.settle()
    watch.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watch
    await place.hall.close()
    await until(lambda: len(asyncio.all_tasks()) == tasks, lambda: f"tasks end: {asyncio.all_tasks()}", 8)
    gc.collect()
    gc.unfreeze()
    await until(lambda: descriptors() == before, lambda: f"sockets close: {before} became {descriptors()}", 8)
    assert not place.troubles
    assert place.longest < LONGEST_SECONDS
    print(f"longest step: {place.longest * 1000:.1f} ms")  # noqa: T201 (a figure for whoever runs with -s)


def descriptors() -> int:
    """Count this process's open files and sockets."""
    return len(os.listdir("/proc/self/fd"))


async def test_parsing_a_broken_offer_never_raises_anything_else_and_is_never_slow() -> None:
    chance, texts, taken, longest = random.Random(SEED), [chromium(), await ours()], 0, 0.0
    for _ in range(MUTANTS):
        sdp, before = mutant(chance.choice(texts), chance), time.thread_time()
        with contextlib.suppress(offer.BadOffer):
            kept = offer.END.join(offer.essence(offer.check(sdp)))
            with contextlib.suppress(Exception):  # offer.take makes a BadOffer of whatever the parser raises.
                SessionDescription.parse(kept)
                taken += 1
        longest = max(longest, time.thread_time() - before)
    assert taken > MUTANTS / 10, "these mutants are so broken that they try nothing"
    assert longest < LONGEST_SECONDS
    print(f"{taken} of {MUTANTS} parsed, longest: {longest * 1000:.1f} ms")  # noqa: T201


def test_reading_a_broken_candidate_never_raises() -> None:
    chance = random.Random(SEED)
    texts = [line[2:] for line in SOUND.splitlines() if line.startswith(offer.CANDIDATE)]
    read = [offer.trickled(Candidate(mutant(chance.choice(texts), chance))) for _ in range(MUTANTS)]
    found = [each for each in read if each]
    assert len(found) > MUTANTS / 20
    assert all(each.protocol.lower() == "udp" and 0 < each.port < 65536 and ".local" not in each.ip for each in found)


async def test_every_broken_offer_is_replied_to_once_and_leaves_nothing() -> None:
    chance, texts = random.Random(SEED), [chromium(), await ours()]
    async with office() as place:
        for number in range(MET):
            gen = place.offer(mutant(chance.choice(texts), chance))
            # Some are replaced while they are answered.
            if number % 10 < 7:
                await place.reply(gen)
    kinds = {type(said) for said in place.said}
    assert {Answer, Refused} <= kinds


@pytest.mark.parametrize("section", [0, 1, 2])
@pytest.mark.parametrize("bomb", BOMBS)
async def test_a_huge_offer_blocks_nobody(bomb: str, section: int) -> None:
    async with office() as place:
        place.offer(filled(chromium(), BOMBS[bomb], section))
        await place.settle()


SLY: dict[str, Callable[[str], str]] = {
    "its group names a stranger first": lambda sdp: sdp.replace("BUNDLE 0 1", "BUNDLE 7 0 1"),
    "its group begins with another": lambda sdp: sdp.replace("BUNDLE 0 1", "BUNDLE 1 0"),
    "it has no group": lambda sdp: sdp.replace("a=group", "a=troop"),
    "it hides a section behind an old line end": lambda sdp: sdp + "a=x\x0bm=application 9 UDP/DTLS/SCTP webrtc\r\n",
    "it has no fingerprint": lambda sdp: sdp.replace("a=fingerprint", "a=finger"),
    "its name is endless": lambda sdp: sdp.replace("ice-ufrag:", "ice-ufrag:" + "a" * 500),
    "two sections have one name": lambda sdp: sdp.replace("a=mid:2", "a=mid:1"),
    "it is empty": lambda _: "",
    "it is no text": lambda _: "\ud800\0",
    "it is too long": lambda sdp: sdp + "a=x\r\n" * 10_000,
}
TAKEN = {"its group names a stranger first", "its group begins with another", "it has no group"}


@pytest.mark.parametrize("trick", SLY)
async def test_a_sly_offer_is_refused_or_answered_as_if_it_were_none(trick: str) -> None:
    async with office() as place:
        place.offer(SLY[trick](chromium()))
        link = place.hall.places["a"].coming
        assert link
        await place.settle()
        await until(
            lambda: (link._connection.connectionState == "closed") == (trick not in TAKEN), "what is refused closes"
        )
    (reply,) = place.replies(1)
    assert isinstance(reply, Answer if trick in TAKEN else Refused)
    if isinstance(reply, Answer):
        assert reply.sdp.count("m=") == 6
        assert reply.sdp.count("a=candidate") >= 6, "each section is reached"


async def test_a_seat_that_leaves_at_any_step_of_its_answer_leaves_nothing() -> None:
    async with office() as place:
        for steps in range(STEPS):
            place.offer(chromium())
            for _ in range(steps):
                await asyncio.sleep(0)
            place.hall.hear(Told(seats=[]))
            place.hall.hear(Told(seats=[Seat("a", 1, 1)]))
            await place.reply(place.gen)


async def test_only_so_many_candidates_of_an_offer_are_tried() -> None:
    connection = new_connection()
    found = await offer.take(connection, filled(chromium(), BOMBS["candidates"], 1))
    await connection.close()
    assert 50 < len(found) <= offer.MOST_CANDIDATES
