"""Muting people, letting them speak again, and choosing how a call travels."""

from rooms.calls import events, rules, seating, store, wire
from rooms.calls.access import other_seat, require_room
from rooms.commands import Done
from rooms.members.actions import may, require
from rooms.streams import seat_of
from rooms.text import clean_line
from rooms.work import Work


async def mute(work: Work, sent: wire.Mute) -> Done:
    """Mute somebody, and tell them who did it and why; this never lifts a mute."""
    row, call = await other_seat(work, sent.room, sent.seat)
    why = clean_line(sent.reason, rules.REASON_LETTERS) if sent.reason.strip() else ""
    row.mic, row.muted = False, row.muted or sent.hard
    if sent.hard:
        await store.mute(work.db, sent.room, row.person_id, True)
    work.db.add(row)
    told = events.CallMuted(by=work.actor.person_id or 0, name=work.actor.name, reason=why, hard=sent.hard)
    work.tell(seat_of(row.id), told)
    await seating.tell(work, call)
    return Done()


async def allow(work: Work, sent: wire.Allow) -> Done:
    """Lift a hard mute; the microphone stays off until its owner turns it on."""
    row, call = await other_seat(work, sent.room, sent.seat)
    row.muted = False
    await store.mute(work.db, sent.room, row.person_id, False)
    work.db.add(row)
    await seating.tell(work, call)
    return Done()


async def choose(work: Work, sent: wire.Choose) -> Done:
    """Choose another engine; everybody joins again."""
    room = await require_room(work, sent.room, "call.join")
    if not may(work, room, "call.moderate"):
        await require(work, sent.room, "table.lead")
    await choose_engine(work, sent.room, sent.engine)
    return Done()


async def choose_engine(work: Work, room_id: int, engine: str) -> None:
    """Let a room's call travel by an engine; who is in it joins again.

    Raises:
        Refused: call.full, where more people are in it than the engine can have.
    """
    call = (await store.lock(work.db, [room_id], work.now))[room_id]
    if call.engine == engine:
        return
    rows = await store.seats(work.db, room_id)
    rules.check_full(engine, len(rows) - 1)
    for row in rows:
        work.tell(seat_of(row.id), events.CallReset(gen=row.gen, why="engine"))
    await store.drop(work.db, [row.id for row in rows])
    seating.hint(work, call)
    call.engine, call.media = engine, ""
    await seating.tell(work, call)
