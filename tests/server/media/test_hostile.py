"""A client that sends nonsense, and strangers who do: nobody else notices, and the process complains of nothing."""

import asyncio
import random
import re
import socket
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from aiortc.rtp import RTCP_PSFB_APP, RtcpByePacket, RtcpPsfbPacket, RtcpReceiverInfo, RtcpRrPacket, pack_remb_fci

from server.media import rtp
from server.media.opus import SILENCE
from server.media.pictures import MOST_MISSING, Slot, Source
from server.media.private import MOST_WAITING, _sparingly
from server.media.uplink import MOST_STREAMS, SEND_TIME_URI, Uplink
from server.media.voice import Voice
from tests.server.media.child import Child, child
from tests.server.media.peers import Peer, until

SEED = 20_260
PACKETS, AT_ONCE = 2000, 20
A, B, C = 440, 1000, 1600
SOUND, PICTURE, AGAIN = 96, 97, 98
VOICE_SSRC, FILM_SSRC = 0x1111, 0x2222
KEY = b"\x10\x00\x9d\x01\x2a"
"""A VP8 payload that claims to begin a whole picture."""
COOKIE = 0x2112A442


def packet(kind: int, seq: int, payload: bytes, *, ssrc: int = 0, stamp: int = 0) -> bytes:
    """Write a packet as a client would."""
    own = VOICE_SSRC if kind == SOUND else FILM_SSRC
    return rtp.write(rtp.Packet(ssrc or own, kind, False, seq % 65536, stamp % (1 << 32), payload, {}))


def flagged(data: bytes, bit: int, after: bytes = b"") -> bytes:
    """Set bits of a packet's first byte, and put something after its header."""
    return bytes([data[0] | bit]) + data[1:12] + after + data[12:]


Make = Callable[[random.Random, int], bytes]
NONSENSE: dict[str, Make] = {
    "truncated": lambda chance, n: packet(SOUND, n, SILENCE)[: chance.randrange(15)],
    "padding": lambda chance, n: flagged(packet(SOUND, n, bytes([chance.randrange(256)] * chance.randrange(4))), 0x20),
    "sources": lambda chance, n: flagged(packet(SOUND, n, SILENCE), chance.randrange(16)),
    "extension": lambda chance, n: flagged(packet(SOUND, n, SILENCE), 0x10, chance.randbytes(chance.randrange(24))),
    "extensions": lambda chance, n: flagged(
        packet(chance.choice([SOUND, PICTURE]), n, SILENCE),
        0x10,
        struct.pack("!HH", chance.choice([0xBEDE, 0x1000, 0x1007]), 2) + chance.randbytes(8),
    ),
    "send times": lambda chance, n: flagged(
        packet(PICTURE, n, KEY), 0x10, struct.pack("!HHB", 0xBEDE, 1, 0x32) + chance.randbytes(3)
    ),
    "other kinds": lambda chance, n: packet(chance.randrange(128), n, chance.randbytes(40)),
    "other streams": lambda chance, n: packet(
        chance.choice([SOUND, PICTURE]), n, SILENCE, ssrc=chance.randrange(1, 1 << 32)
    ),
    "jumps": lambda chance, _: packet(
        chance.choice([SOUND, PICTURE]), chance.randrange(65536), SILENCE, stamp=chance.randrange(1 << 32)
    ),
    "holes": lambda chance, n: packet(PICTURE, n // 10 * 31_000 + n % 10 * chance.randrange(66), KEY),
    "again": lambda chance, n: packet(AGAIN, n, chance.randbytes(chance.randrange(6)) + KEY),
    "empty": lambda chance, n: packet(chance.choice([SOUND, PICTURE, AGAIN]), n, b""),
    "noise": lambda chance, n: packet(SOUND, n, chance.randbytes(1400), stamp=n * 960),
    "short noise": lambda chance, n: packet(SOUND, n, chance.randbytes(chance.randrange(1, 60)), stamp=n * 960),
    "film": lambda chance, n: packet(PICTURE, n, chance.randbytes(chance.randrange(1, 1200)), stamp=n * 3000),
    "whole film": lambda chance, n: packet(PICTURE, n, KEY + chance.randbytes(300), stamp=n * 3000),
}
LIES: dict[str, Make] = {
    "noise": lambda chance, _: bytes([0x80 | chance.randrange(64), chance.randrange(192, 209)]) + chance.randbytes(60),
    "length": lambda chance, _: struct.pack("!BBHI", 0x81, 201, chance.randrange(65536), 7) + chance.randbytes(8),
    "padding": lambda chance, _: struct.pack("!BBHI", 0xA0, 203, 1, chance.randrange(256)),
    "bandwidth": lambda chance, n: bytes(
        RtcpPsfbPacket(RTCP_PSFB_APP, 7, 0, pack_remb_fci(chance.randrange(1 << 40), [n])[: chance.choice([4, 8, 12])])
    ),
    "miscounted": lambda chance, _: struct.pack("!BBHII4sI", 0x8F, 206, 4, 7, 0, b"REMB", 0xFFFFFFFF),
    "goodbye": lambda chance, n: bytes(RtcpByePacket([n] * chance.randrange(4))),
    "report": lambda chance, _: bytes(
        RtcpRrPacket(7, [RtcpReceiverInfo(7, 255, -1, *(chance.randrange(1 << 32) for _ in range(4)))])
    ),
    "missed": lambda chance, _: struct.pack("!BBHII", 0x81, 205, 302, 7, 7) + chance.randbytes(1200),
    "compound": lambda chance, n: b"".join(LIES[name](chance, n) for name in ("goodbye", "report", "missed", "noise")),
}


def nonsense(count: int) -> Iterator[bytes]:
    """Give packets of all sorts of nonsense, always the same."""
    chance = random.Random(SEED)
    sorts = [*NONSENSE.values(), *LIES.values()]
    for number in range(count):
        data = chance.choice(sorts)(chance, number)
        if chance.random() < 0.1 and data:
            at = chance.randrange(len(data))
            data = data[:at] + chance.randbytes(1) + data[at + 1 :]
        yield data


def strange() -> Iterator[bytes]:
    """Give datagrams as any stranger may send them: no RTP, and STUN whose attributes lie."""
    chance = random.Random(SEED)
    yield from (b"", b"\0", b"\x80", b"\xff", b"\x16\xfe\xfd" + bytes(10), b"x" * 1501, b"\x80" * 9000)
    for first in range(256):
        yield bytes([first]) + chance.randbytes(chance.randrange(1600))
    for attribute in (0x06, 0x08, 0x09, 0x0C, 0x0D, 0x20, 0x24, 0x25, 0x8028, 0x8029, 0x802A, 0x7777):
        for size in (0, 1, 3, 5, 21):
            body = struct.pack("!HH", attribute, size) + b"\xff" * (size + -size % 4)
            for method in (0x0001, 0x0101, 0x0111, 0x0003, 0x3FFF):
                yield struct.pack("!HHI", method, len(body), COOKIE) + chance.randbytes(12) + body


def throw(peer: Peer, data: bytes) -> None:
    """Send something as a connected peer; what cannot be encrypted, because it is too broken, goes as it is."""
    dtls: Any = peer.connection.getTransceivers()[0].receiver.transport
    seal = dtls._tx_srtp.protect_rtcp if len(data) > 1 and 192 <= data[1] <= 208 else dtls._tx_srtp.protect
    try:
        data = seal(data)
    except Exception:
        assert len(data) < 1500
    for line in dtls.transport._connection._nominated.values():
        line.protocol.transport.sendto(data, line.remote_addr)


async def throw_all(peer: Peer, renumbered: Callable[[bytes], bytes]) -> None:
    """Send all nonsense, a thousand packets a second."""
    for number, data in enumerate(nonsense(PACKETS)):
        throw(peer, renumbered(data))
        if number % AT_ONCE == 0:
            await asyncio.sleep(AT_ONCE / 1000)


def types(peer: Peer) -> Callable[[bytes], bytes]:
    """Give what puts the agreed payload types in place of those that are assumed here."""
    text = peer.connection.remoteDescription.sdp
    agreed = {kind: int(re.findall(rf"a=rtpmap:(\d+) {name}/", text)[0]) for kind, name in NAMES.items()}
    return lambda data: data[:1] + bytes([agreed.get(data[1], data[1])]) + data[2:] if len(data) > 1 else data


class Liar(Peer):
    """Somebody who may also send packets again."""

    async def offer(self) -> str:
        """Give the offer, with retransmissions of the picture."""
        return re.sub(
            r"(a=rtpmap:(\d+) VP8/90000\r\n)",
            rf"\1a=rtpmap:{AGAIN} rtx/90000\r\na=fmtp:{AGAIN} apt=\2\r\n",
            await super().offer(),
            count=1,
        )


NAMES = {SOUND: "opus", PICTURE: "VP8", AGAIN: "rtx"}


async def test_who_sends_nonsense_disturbs_nobody(tmp_path: Path) -> None:
    complaints = tmp_path / "stderr"
    with complaints.open("wb") as stderr:
        async with child(stderr=stderr) as media:
            a, b = await asyncio.gather(media.enter("a", Peer(A)), media.enter("b", Peer(B)))
            liar = await media.enter("liar", Liar(0, shows=100), camera=True)
            watcher = await media.enter("watcher", Peer(0, pictures=True), muted=True)
            media.watch("watcher", "liar")
            await until(lambda: watcher.seen[0], "the liar's picture")
            since = len(media.said)
            throwing = asyncio.ensure_future(throw_all(liar, types(liar)))
            await goes_on(media, a, b, since)
            await throwing
            for _ in range(3):
                await goes_on(media, a, b, len(media.said))
            media.arrange(liar=None)
            newcomer = await media.enter("new", Peer(C))
            await asyncio.gather(newcomer.hear(A, B), a.hear(B, C), b.hear(A, C))
    assert complaints.read_text() == ""


async def test_strangers_cannot_end_a_connection_nor_fill_the_log(tmp_path: Path) -> None:
    complaints = tmp_path / "stderr"
    with complaints.open("wb") as stderr:
        async with child(stderr=stderr) as media:
            a, b = await asyncio.gather(media.enter("a", Peer(A)), media.enter("b", Peer(B)))
            await goes_on(media, a, b, 0)
            since = len(media.said)
            for peer in (a, b):
                await pelt(peer.connection.remoteDescription.sdp)
            await goes_on(media, a, b, since)
            assert not [said.state for said in media.said[since:] if said.state]
    assert complaints.read_text() == ""


async def goes_on(media: Child, a: Peer, b: Peer, since: int) -> None:
    """See that two people hear each other, and that the process lives and says its load."""
    a.sound.clear()
    b.sound.clear()
    await asyncio.gather(a.hear(B, without=False), b.hear(A, without=False))
    await media.hear(lambda said: said.load, since)
    assert media.process.returncode is None
    assert not [
        said for said in media.said if said.state and said.state.state != "connected" and said.state.seat in "ab"
    ]


async def pelt(answer: str) -> None:
    """Send all sorts of datagrams from anywhere to all addresses of an answer."""
    for host, port in sorted(set(re.findall(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+)", answer, re.IGNORECASE))):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as stranger:
            for number, data in enumerate(strange()):
                stranger.sendto(data, (host, int(port)))
                if number % AT_ONCE == 0:
                    await asyncio.sleep(0.005)


def uplink() -> tuple[Uplink, Source, list[Any]]:
    """Give what takes a client's packets, with somebody who watches, and the reports it makes."""
    reports, voice = list[Any](), Voice()
    voice.set_open(opened=True)
    up = Uplink(voice, pictures_allowed=True, source=Source(reports.append, 7))
    up._sound_type, up._picture_type, up._again = SOUND, PICTURE, {AGAIN: PICTURE}
    up._extensions = {SEND_TIME_URI: 3}
    assert up.source
    Slot(len, 9, PICTURE).show(up.source)
    return up, up.source, reports


def test_what_is_kept_of_a_client_is_bounded() -> None:
    up, source, reports = uplink()
    for number, data in enumerate(nonsense(4 * PACKETS)):
        up.push(data)
        up.voice.pull(time.monotonic() * 1000)
        assert len(up._receptions) <= MOST_STREAMS
        assert len(source._missing) <= MOST_MISSING
        if number % 100 == 0:
            source.chase()
            reports += [*up.reports(), *up.limits(7)]
    assert all(bytes(report) for report in reports)
    assert len(reports) > 100


def test_packets_that_miss_the_same_numbers_again_are_asked_for_once() -> None:
    up, source, reports = uplink()
    for seq in (0, 10, 30_000, 60_000, 65_535, 0, 10):
        up.push(packet(PICTURE, seq, KEY))
    source.chase()
    assert bytes(reports[-1])
    assert reports[-1].lost == [*range(1, 10)]


def test_what_nobody_watches_is_not_missed_for_ever() -> None:
    up, source, _ = uplink()
    source.slots.clear()
    for seq in range(0, 1000, 3):
        up.push(packet(PICTURE, seq, KEY))
    source.chase()
    assert not source._missing


def test_datagrams_wait_only_so_many_and_only_if_they_can_be_read() -> None:
    queue: asyncio.Queue[Any] = asyncio.Queue()
    take = _sparingly(lambda data, component: queue.put_nowait((data, component)), queue)
    for data in (b"", b"x" * 1501):
        take(data, 1)
    assert queue.empty()
    for _ in range(MOST_WAITING + 100):
        take(b"x", 1)
    assert queue.qsize() == MOST_WAITING
