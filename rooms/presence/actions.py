"""Counting who comes and goes; the server calls these for its connections."""

from collections.abc import Iterable, Sequence

from rooms.commands import Read
from rooms.members.actions import require
from rooms.members.rules import UNMARKED, roles_at
from rooms.members.store import actor_of
from rooms.people.store import Person
from rooms.people.wire import PublicPerson, public
from rooms.presence import rules, store, wire
from rooms.programme.store import Room, place
from rooms.streams import everyone_in
from rooms.work import Work


async def move(work: Work, process_id: str, come: Sequence[store.Stay], gone: Sequence[store.Stay]) -> None:
    """Count connections in and out of rooms, and tell each room how many people it has."""
    rooms = sorted({stay.room_id for stay in (*come, *gone)})
    for room_id in rooms:
        await work.hold(everyone_in(room_id))
    await store.renew(work.db, process_id, work.now + rules.LEASE)
    await store.drop(work.db, gone)
    await store.add(work.db, process_id, come)
    await _tell(work, rooms)


async def renew(work: Work, process_id: str) -> None:
    """Vouch for a process's leases once more."""
    await store.renew(work.db, process_id, work.now + rules.LEASE)


async def sweep(work: Work) -> None:
    """Let the ghosts of dead processes leave."""
    dead = await store.expired(work.db, work.now)
    await leave(work, dead)


async def leave(work: Work, process_ids: Sequence[str]) -> None:
    """Let everybody of some processes leave, since those have ended."""
    if not process_ids:
        return
    rooms = await store.drop_processes(work.db, process_ids)
    for room_id in rooms:
        await work.hold(everyone_in(room_id))
    await _tell(work, rooms)


async def _tell(work: Work, rooms: Iterable[int]) -> None:
    for room_id in rooms:
        work.tell(everyone_in(room_id), wire.PresenceCount(count=await store.count(work.db, room_id)))


async def people(work: Work, sent: wire.Who) -> wire.People:
    """Show who is in a room."""
    room = await require(work, sent.room, "room.read")
    rows = await store.present(work.db, sent.room, sent.after, rules.PAGE + 1)
    shown = tuple([await _shown(work, room, row) for row in rows[: rules.PAGE]])
    more = shown[-1].id if len(rows) > rules.PAGE else None
    return wire.People(count=await store.count(work.db, sent.room), people=shown, after=more)


async def _shown(work: Work, room: Room, row: Person) -> PublicPerson:
    roles = roles_at(await actor_of(work.db, row), place(room), work.now) - UNMARKED
    return public(row, tuple(sorted(roles)))


READS = (Read("rooms/{room}/people", "Who is in a room.", wire.Who, wire.People, people),)
