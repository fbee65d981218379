"""Taking, keeping and freeing seats; whoever does it has locked the calls concerned."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from rooms.calls import events, rules, store, wire
from rooms.calls.store import Call, CallSeat
from rooms.members import rules as members
from rooms.members.store import actor_of
from rooms.people import store as people
from rooms.programme import store as programme
from rooms.streams import everyone_in, hosts_of, media_of, seat_of
from rooms.work import Work

Why = Literal["elsewhere", "engine", "media", "moved_out", "gone"]


@dataclass(frozen=True, slots=True)
class News:
    """What a media process says of a seat's connection; what is empty stays."""

    gen: int | None = None
    state: str = ""
    quality: str = ""


async def roster(work: Work, call: Call) -> wire.Roster:
    """Show who is in a call."""
    seats = tuple(wire.shown(row) for row in await store.seats(work.db, call.room_id))
    return wire.Roster(room=call.room_id, engine=call.engine, seats=seats)


async def tell(work: Work, call: Call) -> wire.Roster:
    """Tell the room who is in its call, and the media process that it has others now."""
    call.changed_at = work.now
    work.db.add(call)
    await work.db.flush()
    seen = await roster(work, call)
    work.tell(everyone_in(call.room_id), events.CallRoster(room=seen.room, engine=seen.engine, seats=seen.seats))
    await _tell_hands(work, call, seen)
    hint(work, call)
    if not seen.seats:
        call.media = ""
        await work.db.flush()
    return seen


async def _tell_hands(work: Work, call: Call, seen: wire.Roster) -> None:
    """Let the hosts of the room around see how many hands are raised here."""
    room = await programme.room(work.db, call.room_id)
    if room and room.parent_id:
        hands = sum(seat.hand_at is not None for seat in seen.seats)
        work.tell(hosts_of(room.parent_id), events.CallHands(hands={str(call.room_id): hands}))


def hint(work: Work, call: Call) -> None:
    """Let a call's media process look at its seats."""
    if call.media:
        work.tell(media_of(call.media), events.MediaHint())


async def settle(work: Work, call: Call) -> None:
    """Give a mixed call a media process that lives."""
    if not rules.ENGINES[call.engine].mixed:
        call.media = ""
    elif not (call.media and call.media == work.around.media) and not await store.lives(work.db, call.media, work.now):
        call.media = await store.media_around(work.db, call.room_id, work.now) or work.around.media


def let_recover(work: Work, row: CallSeat) -> None:
    """Keep a seat for a while whose connection has been lost."""
    if row.state != "recovering":
        row.state, row.until_at = "recovering", work.now + rules.RECOVERING
    work.db.add(row)


async def free(work: Work, call: Call, rows: Collection[CallSeat], why: Why) -> None:
    """Free seats, and tell those who had them why."""
    for row in rows:
        work.tell(seat_of(row.id), events.CallReset(gen=row.gen, why=why))
    await store.drop(work.db, [row.id for row in rows])
    await tell(work, call)


async def interrupt(work: Work, call: Call) -> None:
    """Let everybody in a call connect anew, since its media process has."""
    for row in await store.seats(work.db, call.room_id):
        let_recover(work, row)
        work.tell(seat_of(row.id), events.CallReset(gen=row.gen, why="media"))
    await tell(work, call)


async def move(work: Work, row: CallSeat, source: Call, target: Call) -> None:
    """Move a seat to another call; where that cannot take the connection over, the person joins there."""
    work.tell(seat_of(row.id), events.CallMoved(room=target.room_id))
    if source.engine != target.engine or not rules.ENGINES[target.engine].mixed:
        work.tell(seat_of(row.id), events.CallReset(gen=row.gen, why="engine"))
        await store.drop(work.db, [row.id])
        return
    if source.media != target.media:
        let_recover(work, row)
        work.tell(seat_of(row.id), events.CallReset(gen=row.gen, why="media"))
    row.room_id, row.joined_at, row.hand_at = target.room_id, work.now, None
    row.muted = await store.is_muted(work.db, target.room_id, row.person_id)
    row.mic = row.mic and not row.muted
    work.db.add(row)


async def share_media(work: Work, source: Call, target: Call) -> None:
    """Let an empty call be where the people who come to it are already."""
    if target.media != source.media and not await store.seats(work.db, target.room_id):
        target.media = source.media
    await settle(work, target)
    work.db.add(target)


async def hear(work: Work, media: str, news: Mapping[str, News]) -> None:
    """Write down what a media process says of its seats."""
    calls = await store.lock(work.db, await store.rooms_of(work.db, list(news)), work.now)
    for call in calls.values():
        if call.media == media:
            rows = [row for row in await store.seats(work.db, call.room_id) if row.id in news]
            await _hear_of(work, call, {row.id: (row, news[row.id]) for row in rows})


async def _hear_of(work: Work, call: Call, news: Mapping[str, tuple[CallSeat, News]]) -> None:
    changed = [row for row, each in news.values() if _hear(work, row, each)]
    lost = [row for row, each in news.values() if (each.gen, each.state) == (row.gen, "lost")]
    gone = [row for row in lost if not await store.is_here(work.db, row.room_id, row.person_id)]
    if gone:
        await free(work, call, gone, "gone")
    elif changed:
        await tell(work, call)


def _hear(work: Work, row: CallSeat, news: News) -> bool:
    """Write down what is said of one seat; says whether that changes what is shown of it."""
    before = wire.shown(row)
    if news.quality and news.quality != row.quality:
        row.quality = news.quality
        work.tell(seat_of(row.id), events.CallReached(level=news.quality))
    if news.gen == row.gen and news.state == "connected":
        row.state, row.until_at = "connected", None
    elif news.gen == row.gen and news.state and row.state != "joining":
        let_recover(work, row)
    work.db.add(row)
    return wire.shown(row) != before


async def sweep(work: Work) -> None:
    """Free the seats whose time has passed, and take over the calls of servers that have ended."""
    for seat_id, went in await store.away(work.db):
        if row := await store.seat(work.db, seat_id):
            row.until_at = work.now + rules.RECOVERING if went else None
            work.db.add(row)
    await work.db.flush()
    overdue = await store.overdue(work.db, work.now)
    orphans = await store.orphans(work.db, work.now) if work.around.media else []
    calls = await store.lock(work.db, {*orphans, *(room for room, _ in overdue)}, work.now)
    late = {seat_id for _, seat_id in await store.overdue(work.db, work.now)}
    for call in calls.values():
        rows = [row for row in await store.seats(work.db, call.room_id) if row.id in late]
        if rows:
            await free(work, call, rows, "gone")
    for room_id in orphans:
        await _adopt(work, calls[room_id])


async def _adopt(work: Work, call: Call) -> None:
    if not call.media or not await store.lives(work.db, call.media, work.now):
        call.media = work.around.media
        await interrupt(work, call)


async def reset(work: Work, media: str) -> None:
    """Let everybody connect anew whom a media process had that has ended."""
    rooms = {row.room_id for row in await store.of_media(work.db, media)}
    for call in (await store.lock(work.db, rooms, work.now)).values():
        if call.media == media:
            await interrupt(work, call)


async def drop_without_right(work: Work, person_ids: Iterable[int]) -> None:
    """Free the seats of people who may not be in their calls any more."""
    rows = await store.seats_of_people(work.db, list(person_ids))
    calls = await store.lock(work.db, {row.room_id for row in rows}, work.now)
    for row in rows:
        if why := await _lost_right(work, row):
            await free(work, calls[row.room_id], [row], why)


async def _lost_right(work: Work, row: CallSeat) -> Why | None:
    person = await people.person(work.db, row.person_id)
    room = await programme.room(work.db, row.room_id)
    if person is None or room is None:
        return "gone"
    actor, place = await actor_of(work.db, person), programme.place(room)
    if members.can(actor, "call.join", place, work.now).allowed:
        return None
    return "gone" if members.can(actor, "room.read", place, work.now).allowed else "moved_out"
