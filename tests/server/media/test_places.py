"""Seats in the media process: which connection counts, whose picture is where, and how it all ends."""

import asyncio
import re
import time
from pathlib import Path

from server.media.child import FAREWELL_SECONDS
from server.media.wire import Load, Refused, Said, Signal, Slots, State, Told, Watched
from tests.server.media.child import Child, child
from tests.server.media.peers import SLOTS, Peer, until

A, B, C = 440, 1000, 1600
BRIGHT, DARK, NEAR = 200, 60, 25
NOBODY: list[str | None] = [None] * SLOTS
CANDIDATE_LINES = re.compile(r"a=(?:(candidate:.*)|end-of-candidates)\r\n")


async def test_the_newest_connection_takes_over_when_it_runs_itself(media: Child) -> None:
    old = await media.enter("a", Peer(A))
    b = await media.enter("b", Peer(B))
    await b.hear(A)
    media.arrange(a={"gen": 2})
    new = Peer(C)
    media.signal("a", 2, sdp=await new.offer())
    answer = (await media.hear(lambda said: said.answer and said.answer.gen == 2)).answer
    assert answer
    await refused(media, gen=2)
    await refused(media, gen=1)
    assert set(await b.listen(1.0)) == {A}
    assert old.connection.connectionState == "connected"
    await new.accept(answer.sdp)
    await asyncio.gather(b.hear(C), new.hear(B))
    await until(lambda: old.connection.connectionState == "closed", "the old one is let go")
    await refused(media, gen=1)
    assert not [said for said in media.said if said.state and said.state == State("a", 1, "lost")]
    await new.close()


async def refused(media: Child, gen: int) -> None:
    """Offer once more under a number, and see the offer refused because that connection is replaced or runs."""
    since = len(media.said)
    media.signal("a", gen, candidate="candidate:1 1 udp 1 127.0.0.1 9 typ host")
    media.signal("a", gen, sdp="v=0")
    await media.hear(lambda said: said.refused == Refused("a", gen, "call.stale"), since)


async def test_what_is_said_for_a_seat_that_is_none_does_nothing(media: Child) -> None:
    media.signal("nobody", 1, candidate="candidate:1 1 udp 1 127.0.0.1 9 typ host")
    media.signal("nobody", 1, candidate="nonsense")
    media.watch("nobody", "a")
    media.tell(Told(signal=Signal("nobody", 1, end=True)))
    media.signal("nobody", 1, sdp="v=0")
    await media.hear(lambda said: said.refused)
    assert [said for said in media.said if not said.load and not said.ready] == [
        Said(refused=Refused("nobody", 1, "call.gone"))
    ]


async def test_a_candidate_that_comes_before_its_offer_is_used(media: Child) -> None:
    media.arrange(a={})
    peer = Peer(A)
    offer = await peer.offer()
    for found in CANDIDATE_LINES.finditer(offer):
        media.signal("a", 1, candidate=found[1])
    media.signal("a", 1, sdp=CANDIDATE_LINES.sub("", offer))
    answer = (await media.hear(lambda said: said.answer)).answer
    assert answer
    # The peer learns of no address: only the process can begin.
    await peer.accept(CANDIDATE_LINES.sub("", answer.sdp))
    await media.state("a", 1, "connected")
    await peer.close()


async def test_a_slot_shows_whoever_is_watched(media: Child) -> None:
    await media.enter("a", Peer(0, shows=BRIGHT), camera=True)
    await media.enter("c", Peer(0, shows=DARK), camera=True)
    b = await media.enter("b", Peer(0, pictures=True))
    await asyncio.gather(*(media.hear(lambda said, of=name: said.watched == Watched(of, False)) for name in "ac"))  # type: ignore[misc]
    media.watch("b", "a")
    await shown(media, b, Slots("b", ["a", *NOBODY[1:]]), BRIGHT)
    media.watch("b", "c")
    await shown(media, b, Slots("b", ["c", *NOBODY[1:]]), DARK)
    assert [said.watched for said in media.said if said.watched][2:] == [
        *([Watched("a", True)]),
        *([Watched("a", False), Watched("c", True)]),
    ]
    since = len(media.said)
    media.arrange(c={"camera": False})
    await media.hear(lambda said: said.slots == Slots("b", NOBODY), since)
    await no_picture(b)
    assert not any(b.seen[slot] for slot in range(1, SLOTS))


async def test_pictures_stay_at_their_table(media: Child) -> None:
    await media.enter("a", Peer(0, shows=BRIGHT), camera=True)
    b = await media.enter("b", Peer(0, pictures=True))
    stranger = await media.enter("stranger", Peer(0, pictures=True), room=2)
    media.watch("stranger", "a")
    media.watch("b", "a")
    await shown(media, b, Slots("b", ["a", *NOBODY[1:]]), BRIGHT)
    since = len(media.said)
    media.arrange(b={"room": 3})
    await media.hear(lambda said: said.slots == Slots("b", NOBODY), since)
    await no_picture(b)
    assert not stranger.seen[0]
    media.arrange(a={"room": 2})
    await shown(media, stranger, Slots("stranger", ["a", *NOBODY[1:]]), BRIGHT)
    await no_picture(b)


async def shown(media: Child, peer: Peer, slots: Slots, brightness: int) -> None:
    """Wait until a picture is in a watcher's first slot, as was said before."""
    await media.hear(lambda said: said.slots == slots)
    right = lambda: peer.seen[0] and abs(peer.seen[0][-1] - brightness) < NEAR  # noqa: E731
    await until(right, lambda: f"{slots}: {peer.seen[0][-3:]}; {[said for said in media.said[-30:] if not said.load]}")


async def no_picture(peer: Peer) -> None:
    """See that pictures stop: what is on its way still comes."""
    await asyncio.sleep(0.5)
    before = len(peer.seen[0])
    await asyncio.sleep(0.7)
    assert len(peer.seen[0]) == before


async def test_each_second_it_says_how_much_there_is_to_do(media: Child) -> None:
    await asyncio.gather(media.enter("a", Peer(A), room=1), media.enter("b", Peer(B), room=2))
    await media.hear(lambda said: counts(said.load) == (2, 2))
    media.arrange(b={"room": 1})
    await media.hear(lambda said: counts(said.load) == (2, 1))
    since, started = len(media.said), time.monotonic()
    await until(lambda: sum(said.load is not None for said in media.said[since:]) >= 3, "three loads")
    assert 1.5 < time.monotonic() - started < 6
    media.arrange(b=None)
    await media.hear(lambda said: counts(said.load) == (1, 1), since)
    last = next(said.load for said in reversed(media.said) if said.load)
    assert 0 <= last.cpu < 2
    assert last.lag_p99_ms >= 0


def counts(load: Load | None) -> tuple[int, int] | None:
    """Give how many seats and rooms there are."""
    return (load.seats, load.rooms) if load else None


async def test_it_ends_when_its_parent_does_and_leaves_nothing_open(tmp_path: Path) -> None:
    complaints = tmp_path / "stderr"
    with complaints.open("wb") as stderr:
        async with child("-X", "dev", "-W", "error::ResourceWarning", stderr=stderr) as media:
            a, b = await asyncio.gather(media.enter("a", Peer(A)), media.enter("b", Peer(0, shows=DARK)))
            await b.hear(A)
            assert media.process.stdin
            media.process.stdin.close()
            assert await asyncio.wait_for(media.process.wait(), FAREWELL_SECONDS) == 0
            await until(lambda: a.connection.connectionState == "closed", "the peer is told")
    said = complaints.read_text()
    assert "ResourceWarning" not in said, said
    assert "Traceback" not in said, said
