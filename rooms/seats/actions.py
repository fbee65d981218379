"""Sitting down, standing up and being moved."""

from rooms.cafe import rules as cafe_rules
from rooms.cafe import wire as cafe_wire
from rooms.cafe.access import require_cafe, require_phase, require_table
from rooms.cafe.store import Cafe
from rooms.commands import Command, Done
from rooms.seats import rules, store, wire
from rooms.seats.dealing import Seats, best_table, named, shown, sit, stand_up, taken
from rooms.streams import hosts_of
from rooms.tables import rules as table_rules
from rooms.tables import store as tables
from rooms.tables.store import CafeTable
from rooms.work import Work


async def take(work: Work, sent: wire.TakeSeat) -> wire.Seated:
    """Sit down where one likes, in a café where the seats are not assigned."""
    row, cafe = await require_table(work, sent.table)
    require_phase(cafe, cafe_rules.CHOOSING_PHASES)
    if cafe_wire.plan_of(cafe).mode == "assigned":
        raise rules.NOT_FREE()
    await _sit_here(work, cafe, row, work.actor.person_id or 0)
    return wire.Seated(table=row.room_id)


async def _sit_here(work: Work, cafe: Cafe, row: CafeTable, person_id: int) -> None:
    if not row.open:
        raise table_rules.CLOSED()
    held = await store.seat(work.db, cafe.room_id, cafe.sitting, person_id)
    if held and held.left_at is None and held.table_id == row.room_id:
        return
    if await store.count(work.db, row.room_id, cafe.sitting) >= row.most:
        raise rules.FULL()
    await sit(work, cafe, person_id, row.room_id)


async def find(work: Work, sent: wire.FindSeat) -> wire.Seated:
    """Come late: sit down where one fits best; who sits already stays there."""
    cafe = await require_cafe(work, sent.room, "room.read")
    require_phase(cafe, (*cafe_rules.ROUND_PHASES, "closed"))
    person_id = work.actor.person_id or 0
    held = await store.seat(work.db, cafe.room_id, cafe.sitting, person_id)
    if held and held.left_at is None:
        return wire.Seated(table=held.table_id)
    back = await _back(work, cafe, held)
    table_id = back or await best_table(work, cafe, person_id)
    if table_id is None:
        raise rules.ALL_FULL()
    await sit(work, cafe, person_id, table_id, sent.listening)
    return wire.Seated(table=table_id)


async def _back(work: Work, cafe: Cafe, held: store.Seat | None) -> int | None:
    """Find the table that somebody left in this very sitting, where it still has room."""
    row = await tables.table(work.db, held.table_id) if held else None
    if row is None or not row.open:
        return None
    return row.room_id if await store.count(work.db, row.room_id, cafe.sitting) < row.most else None


async def leave(work: Work, sent: wire.LeaveSeat) -> Done:
    """Stand up; who does not sit stays in the lobby."""
    cafe = await require_cafe(work, sent.room, "room.read")
    held = await store.seat(work.db, cafe.room_id, cafe.sitting, work.actor.person_id or 0)
    if held and held.left_at is None:
        await stand_up(work, cafe, [held])
    return Done()


async def move(work: Work, sent: wire.MoveSeat) -> Done:
    """Move somebody as a host; while seats are proposed, the proposal changes."""
    cafe = await require_cafe(work, sent.room, "cafe.run")
    row = await _table_of(work, cafe, sent.table) if sent.table else None
    if cafe.phase == "seating" and cafe.proposal:
        work.tell(hosts_of(cafe.room_id), wire.PeopleKnown(people=await named(work, [sent.person])))
        return _adjust(work, cafe, {sent.person: sent.table})
    require_phase(cafe, cafe_rules.SEATED_PHASES)
    await _check_here(work, cafe, sent.person)
    if row:
        await sit(work, cafe, sent.person, row.room_id)
    else:
        held = await store.seat(work.db, cafe.room_id, cafe.sitting, sent.person)
        await stand_up(work, cafe, [held] if held and held.left_at is None else [])
    return Done()


async def swap(work: Work, sent: wire.SwapSeats) -> Done:
    """Let two people change places."""
    cafe = await require_cafe(work, sent.room, "cafe.run")
    places = _proposed(cafe) if cafe.phase == "seating" and cafe.proposal else await _places(work, cafe)
    one, other = places.get(sent.person), places.get(sent.other)
    if one is None or other is None:
        raise rules.NOT_SEATED()
    if cafe.phase == "seating" and cafe.proposal:
        return _adjust(work, cafe, {sent.person: other, sent.other: one})
    await sit(work, cafe, sent.person, other)
    await sit(work, cafe, sent.other, one)
    return Done()


async def _places(work: Work, cafe: Cafe) -> dict[int, int]:
    return {seat.person_id: seat.table_id for seat in await taken(work, cafe)}


def _proposed(cafe: Cafe) -> dict[int, int]:
    seats = cafe_wire.proposed(cafe).seats
    return {person: int(table) for table, all_ in seats.items() for person in all_}


def _adjust(work: Work, cafe: Cafe, moves: dict[int, int]) -> Done:
    places = _proposed(cafe) | moves
    seats: Seats = {}
    for person, table in places.items():
        if table:
            seats.setdefault(table, []).append(person)
    # What was proved is not true any more once somebody moves people by hand.
    cafe.proposal = {"seats": {table: list(all_) for table, all_ in shown(seats).items()}}
    work.db.add(cafe)
    work.tell(hosts_of(cafe.room_id), cafe_wire.proposed(cafe))
    return Done()


async def _table_of(work: Work, cafe: Cafe, table_id: int) -> CafeTable:
    row = await tables.table(work.db, table_id)
    if row is None or row.cafe_id != cafe.room_id:
        raise table_rules.UNKNOWN()
    if not row.open:
        raise table_rules.CLOSED()
    return row


async def _check_here(work: Work, cafe: Cafe, person_id: int) -> None:
    """Let nobody be seated who is neither present nor sitting already."""
    held = await store.seat(work.db, cafe.room_id, cafe.sitting, person_id)
    if held is None and person_id not in await store.here(work.db, cafe.room_id):
        raise rules.NOT_HERE()


COMMANDS = (
    Command("seat.take", "Sit down at a table of your choice.", wire.TakeSeat, wire.Seated, take),
    Command("seat.find", "Come late and sit down where you fit best.", wire.FindSeat, wire.Seated, find),
    Command("seat.leave", "Stand up and go to the lobby.", wire.LeaveSeat, Done, leave),
    Command("seat.move", "Move somebody to a table, or to the lobby.", wire.MoveSeat, Done, move),
    Command("seat.swap", "Let two people change places.", wire.SwapSeats, Done, swap),
)
