"""Joining calls, passing signals, muting, and moving people between calls."""

from collections.abc import Mapping, Sequence

from rooms.calls import events, moderation, rules, seating, signals, store, wire
from rooms.calls.access import held_seat, require_room
from rooms.calls.store import Call, CallSeat
from rooms.commands import Command, Done, Rate, Read
from rooms.streams import everyone_in
from rooms.text import clean
from rooms.work import Work, new_id


async def join(work: Work, sent: wire.Join) -> wire.Joined:
    """Take a seat; whatever seat the person had before is free then."""
    await require_room(work, sent.room, "call.join")
    call = await _take_over(work, sent.room)
    others = await store.seats(work.db, sent.room)
    rules.check_full(call.engine, len(others))
    await seating.settle(work, call)
    row = await _seat(work, call, sent, others)
    work.db.add(row)
    return wire.Joined(
        seat=row.id,
        room=sent.room,
        gen=row.gen,
        engine=call.engine,
        roster=await seating.tell(work, call),
        limits=_limits(call),
        ice=_ice(work),
        relay_only=work.around.relay_only,
    )


async def _take_over(work: Work, room_id: int) -> Call:
    """Lock a room's call, and free the seat that the actor has anywhere: the newest device wins."""
    person_id = work.actor.person_id or 0
    before = await store.seat_of_person(work.db, person_id)
    calls = await store.lock(work.db, {room_id, before.room_id if before else room_id}, work.now)
    held = await store.seat_of_person(work.db, person_id)
    if held:
        calls |= {} if held.room_id in calls else await store.lock(work.db, [held.room_id], work.now)
        await seating.free(work, calls[held.room_id], [held], "elsewhere")
    return calls[room_id]


async def _seat(work: Work, call: Call, sent: wire.Join, others: Sequence[CallSeat]) -> CallSeat:
    person_id, engine = work.actor.person_id or 0, rules.ENGINES[call.engine]
    muted = await store.is_muted(work.db, sent.room, person_id)
    return CallSeat(
        id=new_id(),
        room_id=sent.room,
        person_id=person_id,
        name=work.actor.name,
        device=sent.device,
        state="joining" if engine.mixed else "connected",
        mic=sent.mic and not sent.listen and not muted,
        camera=sent.camera and not sent.listen and _cameras(others) < engine.cameras,
        listen=sent.listen,
        muted=muted,
        until_at=work.now + rules.JOINING if engine.mixed else None,
        joined_at=work.now,
    )


def _cameras(seats: Sequence[CallSeat]) -> int:
    return sum(row.camera or row.screen for row in seats)


def _limits(call: Call) -> wire.CallLimits:
    engine = rules.ENGINES[call.engine]
    return wire.CallLimits(seats=engine.seats, cameras=engine.cameras)


def _ice(work: Work) -> tuple[wire.IceServer, ...]:
    servers = work.around.ice(work.actor.person_id or 0, work.now)
    return tuple(wire.IceServer(urls=urls, username=name, credential=password) for urls, name, password in servers)


async def set_state(work: Work, sent: wire.SetState) -> Done:
    """Turn on and off what one does in a call."""
    row, call = await held_seat(work, sent.seat)
    before = wire.shown(row)
    if sent.mic and row.muted:
        raise rules.MUTED()
    if (sent.camera or sent.screen) and not (row.camera or row.screen):
        await _check_cameras(work, call)
    for name in ("mic", "camera", "screen", "saver"):
        if (value := getattr(sent, name)) is not None:
            setattr(row, name, value)
    if sent.mic or sent.camera or sent.screen:
        row.listen = False
    if sent.hand is not None:
        row.hand_at = (row.hand_at or work.now) if sent.hand else None
    work.db.add(row)
    if wire.shown(row) != before:
        await seating.tell(work, call)
    return Done()


async def _check_cameras(work: Work, call: Call) -> None:
    limit = rules.ENGINES[call.engine].cameras
    if _cameras(await store.seats(work.db, call.room_id)) >= limit:
        raise rules.CAMERAS(limit=limit)


async def again(work: Work, sent: wire.OneSeatSent) -> wire.Renewed:
    """Make one's connection anew: the next number, and time to connect."""
    row, call = await held_seat(work, sent.seat)
    row.gen += 1
    if rules.ENGINES[call.engine].mixed:
        row.state, row.until_at = "recovering", work.now + rules.RECOVERING
    work.db.add(row)
    await seating.settle(work, call)
    await seating.tell(work, call)
    return wire.Renewed(gen=row.gen, ice=_ice(work))


async def leave(work: Work, sent: wire.OneSeatSent) -> Done:
    """Free one's seat; that needs no permission."""
    row = await store.seat(work.db, sent.seat)
    if row is None or row.person_id != work.actor.person_id:
        raise rules.GONE()
    call = (await store.lock(work.db, [row.room_id], work.now))[row.room_id]
    await store.drop(work.db, [row.id])
    await seating.tell(work, call)
    return Done()


async def caption(work: Work, sent: wire.Caption) -> Done:
    """Write what one says into the room's captions."""
    row, _ = await held_seat(work, sent.seat)
    text = clean(sent.text, rules.CAPTION_LETTERS)
    told = events.CallCaptioned(seat=row.id, person=row.person_id, name=row.name, text=text, at=work.now)
    work.tell(everyone_in(row.room_id), told)
    return Done()


async def move_people(work: Work, places: Mapping[int, int]) -> None:
    """Move the seats of people who are in a call, people to rooms; who is in none stays so."""
    before = await store.seats_of_people(work.db, list(places))
    leaving = [row for row in before if row.room_id != places[row.person_id]]
    rooms = {row.room_id for row in leaving} | {places[row.person_id] for row in leaving}
    calls = await store.lock(work.db, rooms, work.now)
    for row in await store.seats_of_people(work.db, [row.person_id for row in leaving]):
        source, target = calls.get(row.room_id), calls[places[row.person_id]]
        if source and source is not target:
            await seating.share_media(work, source, target)
            await seating.move(work, row, source, target)
    for _, call in sorted(calls.items()):
        await seating.tell(work, call)


async def empty_room(work: Work, room_id: int, why: seating.Why = "gone") -> None:
    """End a room's call for everybody in it."""
    rows = await store.seats(work.db, room_id)
    if rows:
        call = (await store.lock(work.db, [room_id], work.now))[room_id]
        await seating.free(work, call, await store.seats(work.db, room_id), why)


async def call_of(work: Work, room_id: int) -> wire.Roster | None:
    """Show a room's call to everyone in it, where somebody is in it."""
    call = await store.call(work.db, room_id)
    seen = await seating.roster(work, call) if call else None
    return seen if seen and seen.seats else None


async def seat_state(work: Work, seat_id: str) -> wire.SeatState:
    """Show somebody their own seat."""
    row = await store.seat(work.db, seat_id)
    if row is None or row.person_id != work.actor.person_id:
        raise rules.GONE()
    call = await store.call(work.db, row.room_id)
    engine = call.engine if call else rules.USUAL_ENGINE
    return wire.SeatState(seat=row.id, room=row.room_id, gen=row.gen, engine=engine, muted=row.muted, hard=row.muted)


SIGNALS = Rate(burst=rules.CANDIDATES_LIMIT + 20, every_seconds=1 / 20)
"""All candidates of a connection at once, then twenty signals a second."""
OFTEN = Rate(burst=10, every_seconds=0.5)
COMMANDS = (
    Command("call.join", "Take a seat in a room's call.", wire.Join, wire.Joined, join),
    Command("call.signal", "Pass a connection's signal on.", wire.Signal, Done, signals.signal, SIGNALS, stored=False),
    Command("call.state", "Turn your microphone, camera or hand on or off.", wire.SetState, Done, set_state, OFTEN),
    Command("call.again", "Make your connection anew.", wire.OneSeatSent, wire.Renewed, again),
    Command("call.watch", "Say whose pictures you show.", wire.Watch, Done, signals.watch, OFTEN, stored=False),
    Command("call.leave", "Leave the call.", wire.OneSeatSent, Done, leave),
    Command("call.mute", "Mute somebody as a moderator.", wire.Mute, Done, moderation.mute),
    Command("call.allow", "Let somebody speak again.", wire.Allow, Done, moderation.allow),
    Command("call.engine", "Choose how a room's call travels.", wire.Choose, Done, moderation.choose),
    Command("call.caption", "Write what is said for those who do not hear it.", wire.Caption, Done, caption, OFTEN),
)
READS: tuple[Read, ...] = ()
