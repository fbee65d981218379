"""Who hears whom: every person says a tone, and the tones that arrive are counted."""

import asyncio
import time

from tests.server.media.child import Child
from tests.server.media.peers import Peer, until

A, B, C, D = 440, 1000, 1600, 2300
MOVES = 20
SETTLED_SECONDS = 0.3
"""From a move until nothing of the old table comes any more: what is on its way, and the peer's own 80 ms of buffer."""


async def test_everybody_at_a_table_hears_all_others_and_not_themselves(media: Child) -> None:
    a, b, c = await asyncio.gather(media.enter("a", Peer(A)), media.enter("b", Peer(B)), media.enter("c", Peer(C)))
    await asyncio.gather(a.hear(B, C), b.hear(A, C), c.hear(A, B))


async def test_who_only_listens_hears_all(media: Child) -> None:
    await media.enter("a", Peer(A))
    await media.enter("b", Peer(B))
    listener = await media.enter("ear", Peer(listens_only=True), mic=False)
    await listener.hear(A, B)


async def test_no_sound_leaks_between_tables(media: Child) -> None:
    a, b, c, d = await asyncio.gather(
        media.enter("a", Peer(A), room=1),
        media.enter("b", Peer(B), room=1),
        media.enter("c", Peer(C), room=2),
        media.enter("d", Peer(D), room=2),
    )
    await asyncio.gather(a.hear(B), b.hear(A), c.hear(D), d.hear(C))
    heard = await asyncio.gather(*(peer.listen(1.0) for peer in (a, b, c, d)))
    assert [set(tones) for tones in heard] == [{B}, {A}, {D}, {C}]


async def test_nobody_hears_the_muted(media: Child) -> None:
    await media.enter("a", Peer(A))
    b = await media.enter("b", Peer(B))
    c = await media.enter("c", Peer(C))
    await b.hear(A, C)
    media.arrange(a={"muted": True})
    await asyncio.gather(b.hear(C), c.hear(B))
    assert set(await b.listen(1.0)) == {C}
    media.arrange(a={"muted": False})
    await b.hear(A, C)


async def test_nobody_hears_a_seat_without_microphone(media: Child) -> None:
    await media.enter("a", Peer(A), mic=False)
    b = await media.enter("b", Peer(B))
    c = await media.enter("c", Peer(C))
    await asyncio.gather(b.hear(C), c.hear(B))
    assert set(await c.listen(0.5)) == {B}


async def test_nobody_hears_the_departed(media: Child) -> None:
    a = await media.enter("a", Peer(A))
    b = await media.enter("b", Peer(B))
    c = await media.enter("c", Peer(C))
    await b.hear(A, C)
    media.arrange(a=None)
    await b.hear(C)
    assert set(await b.listen(0.5)) == {C}
    await until(lambda: a.connection.connectionState == "closed", "the departed is let go")
    assert set(c.heard()) == {B}


async def test_whoever_moves_while_speaking_takes_no_sound_along_and_leaves_none(media: Child) -> None:
    mover = await media.enter("mover", Peer(A), room=1)
    one = await media.enter("one", Peer(B), room=1)
    two = await media.enter("two", Peer(C), room=2)
    await asyncio.gather(mover.hear(B), one.hear(A))
    for move in range(MOVES):
        here, there, tone = (two, one, C) if move % 2 == 0 else (one, two, B)
        media.arrange(mover={"room": 2 - move % 2})
        settled_at = time.monotonic() + SETTLED_SECONDS
        await asyncio.sleep(SETTLED_SECONDS + 0.4)
        await asyncio.gather(mover.hear(tone), here.hear(A), there.hear())
        assert set(mover.heard(settled_at)) == {tone}
        assert set(here.heard(settled_at)) == {A}
        assert not there.heard(settled_at)


async def test_who_moves_hears_the_new_table(media: Child) -> None:
    mover = await media.enter("mover", Peer(A), room=1)
    await media.enter("one", Peer(B), room=1)
    await media.enter("two", Peer(C), room=2)
    await mover.hear(B)
    media.arrange(mover={"room": 2})
    await until(lambda: C in mover.heard(), "the new table")


async def test_the_parent_is_told_who_speaks(media: Child) -> None:
    a = await media.enter("a", Peer(A))
    await media.enter("b", Peer(0))
    await media.hear(lambda said: said.speaking and said.speaking.seats == ["a"])
    since = len(media.said)
    assert a.tone
    a.tone.loud = False
    await media.hear(lambda said: said.speaking and said.speaking.seats == [], since)


async def test_who_goes_on_speaking_is_told_again_to_those_who_came_since(media: Child) -> None:
    await media.enter("a", Peer(A))
    await media.hear(lambda said: said.speaking and said.speaking.seats == ["a"])
    for _ in range(2):
        since = len(media.said)
        await media.hear(lambda said: said.speaking and said.speaking.seats == ["a"], since)


async def test_a_saver_gets_few_packets(media: Child) -> None:
    await media.enter("a", Peer(A))
    saver = await media.enter("saver", Peer(listens_only=True), mic=False, saver=True)
    normal = await media.enter("normal", Peer(listens_only=True), mic=False)
    await asyncio.gather(saver.hear(A), normal.hear(A))
    before, started = [await packets(peer) for peer in (saver, normal)], time.monotonic()
    await asyncio.sleep(1.5)
    after, seconds = [await packets(peer) for peer in (saver, normal)], time.monotonic() - started
    few, many = [(late - early) / seconds for late, early in zip(after, before, strict=True)]
    assert 10 <= few <= 25
    assert 40 <= many <= 60
    await saver.hear(A)


async def packets(peer: Peer) -> int:
    """Count the packets of sound that a peer got."""
    report = await peer.connection.getReceivers()[0].getStats()
    return sum(item.packetsReceived for item in report.values() if item.type == "inbound-rtp")
