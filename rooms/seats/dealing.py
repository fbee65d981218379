"""Dealing seats to everybody and moving single people: the rights, the calls and the audiences follow."""

from collections.abc import Collection, Iterable, Mapping

from rooms.cafe import store as cafes
from rooms.cafe.rotation import Guest, Table, insert
from rooms.cafe.store import Cafe
from rooms.calls import actions as calls
from rooms.members import store as members
from rooms.people import store as people
from rooms.seats import store, wire
from rooms.streams import AUTHORITY, everyone_in, hosts_of
from rooms.tables import store as tables
from rooms.tables import wire as table_wire
from rooms.tables.store import CafeTable
from rooms.work import Work

Seats = dict[int, list[int]]
"""People by table."""


def scope(table_id: int) -> str:
    """Name a table's room as a scope of roles."""
    return f"room/{table_id}"


async def taken(work: Work, cafe: Cafe) -> list[store.Seat]:
    """List the seats that are taken now."""
    return await store.taken(work.db, cafe.room_id, cafe.sitting)


async def seats_now(work: Work, cafe: Cafe) -> Seats:
    """Map every table to those who sit there now."""
    found: Seats = {row.room_id: [] for row in await tables.tables(work.db, cafe.room_id)}
    for seat in await taken(work, cafe):
        found[seat.table_id].append(seat.person_id)
    return found


async def deal(work: Work, cafe: Cafe, seats: Mapping[int, Collection[int]], listening: Collection[int]) -> None:
    """Seat everybody anew: the next sitting begins, and who is not in it stands in the lobby."""
    before = await seats_now(work, cafe)
    cafe.sitting += 1
    for table_id, at_table in seats.items():
        work.db.add_all(_seat(work, cafe, table_id, person_id, person_id in listening) for person_id in at_table)
    await members.take(work.db, "seated", map(scope, before))
    await members.give_all(work.db, "seated", ((scope(table), each) for table, all_ in seats.items() for each in all_))
    left = {table: set(gone) - set(seats.get(table, ())) for table, gone in before.items()}
    await _retire(work, cafe, left)
    work.tell(everyone_in(cafe.room_id), dealt(cafe, seats))
    await tell_tables(work, cafe, {*before, *seats})
    _tell_left(work, left)
    await calls.move_people(work, {each: table for table, all_ in seats.items() for each in all_})


def dealt(cafe: Cafe, seats: Mapping[int, Collection[int]]) -> wire.SeatsDealt:
    """Tell who sits where; tables at which nobody sits are left out."""
    return wire.SeatsDealt(round=cafe.round, seats=shown(seats))


def shown(seats: Mapping[int, Collection[int]]) -> dict[str, tuple[int, ...]]:
    """Write people by table as the wire does."""
    return {str(table): tuple(sorted(all_)) for table, all_ in sorted(seats.items()) if all_}


def _seat(work: Work, cafe: Cafe, table_id: int, person_id: int, listening: bool) -> store.Seat:
    return store.Seat(
        cafe_id=cafe.room_id,
        sitting=cafe.sitting,
        person_id=person_id,
        table_id=table_id,
        listening=listening,
        taken_at=work.now,
    )


async def sit(work: Work, cafe: Cafe, person_id: int, table_id: int, listening: bool = False) -> None:
    """Seat one person at a table, wherever they sat before."""
    seat = await store.seat(work.db, cafe.room_id, cafe.sitting, person_id)
    before = seat.table_id if seat and seat.left_at is None else None
    if before == table_id:
        return
    seat = seat or _seat(work, cafe, table_id, person_id, listening)
    seat.table_id, seat.left_at, seat.away_at, seat.taken_at = table_id, None, None, work.now
    work.db.add(seat)
    if before:
        await _lose(work, cafe, before, person_id)
    await members.give(work.db, "seated", scope(table_id), person_id)
    work.tell(everyone_in(cafe.room_id), wire.SeatTaken(person=person_id, table=table_id))
    await tell_tables(work, cafe, {table_id, before or table_id})
    await calls.move_people(work, {person_id: table_id})


async def stand_up(work: Work, cafe: Cafe, seats: Iterable[store.Seat]) -> None:
    """Free seats; those who sat there are in the lobby."""
    freed = list(seats)
    for seat in freed:
        seat.left_at = work.now
        work.db.add(seat)
        await _lose(work, cafe, seat.table_id, seat.person_id)
        work.tell(everyone_in(cafe.room_id), wire.SeatTaken(person=seat.person_id, table=0))
    await tell_tables(work, cafe, {seat.table_id for seat in freed})


async def clear(work: Work, cafe: Cafe) -> None:
    """Free all seats at once: everybody comes back to the plenary."""
    before = await seats_now(work, cafe)
    for seat in await taken(work, cafe):
        seat.left_at = work.now
        work.db.add(seat)
    await members.take(work.db, "seated", map(scope, before))
    await _retire(work, cafe, before)
    work.tell(everyone_in(cafe.room_id), dealt(cafe, {}))
    await tell_tables(work, cafe, before)
    _tell_left(work, before)


async def _lose(work: Work, cafe: Cafe, table_id: int, person_id: int) -> None:
    await members.take(work.db, "seated", [scope(table_id)], person_id)
    await _retire(work, cafe, {table_id: [person_id]})
    _tell_left(work, {table_id: [person_id]})


async def _retire(work: Work, cafe: Cafe, left: Mapping[int, Collection[int]]) -> None:
    """Let those who led a table in its host's place lead it no more once they have left it."""
    for row in await tables.tables(work.db, cafe.room_id):
        if row.acting_id is not None and row.acting_id in left.get(row.room_id, ()):
            if row.acting_id != row.host_id:
                await members.take(work.db, "table_host", [scope(row.room_id)], row.acting_id)
            row.acting_id = None
            work.db.add(row)
            host = await people.person(work.db, row.host_id) if row.host_id else None
            listed = table_wire.public(row, host.name if host else "")
            work.tell(everyone_in(cafe.room_id), table_wire.TableListed(table=listed))


def _tell_left(work: Work, left: Mapping[int, Collection[int]]) -> None:
    if any(left.values()):
        work.tell(AUTHORITY, wire.SeatsLeft(left=shown(left)))


async def people_at(work: Work, seats: Iterable[store.Seat]) -> dict[int, tuple[table_wire.SeatedPerson, ...]]:
    """Map tables to who sits there, in the order in which they sat down."""
    rows = list(seats)
    known = {row.id: row for row in await people.people(work.db, {seat.person_id for seat in rows})}
    found: dict[int, tuple[table_wire.SeatedPerson, ...]] = {}
    for seat in rows:
        if person := known.get(seat.person_id):
            found[seat.table_id] = (*found.get(seat.table_id, ()), seated(person, seat))
    return found


async def named(
    work: Work, ids: Collection[int], seats: Mapping[int, store.Seat] | None = None
) -> tuple[table_wire.SeatedPerson, ...]:
    """Show people, in order of name."""
    return tuple(seated(row, (seats or {}).get(row.id or 0)) for row in await people.people(work.db, ids))


def seated(person: people.Person, seat: store.Seat | None = None) -> table_wire.SeatedPerson:
    """Show somebody to those at their table."""
    return table_wire.SeatedPerson(
        id=person.id or 0,
        name=person.name,
        country=person.country,
        organisation=person.organisation,
        stakeholder=person.stakeholder,
        languages=tuple(person.languages or [person.language]),
        listening=bool(seat and seat.listening),
        away=bool(seat and seat.away_at),
    )


async def tell_tables(work: Work, cafe: Cafe, table_ids: Collection[int]) -> None:
    """Tell some tables who sits there now, and the hosts who they are."""
    await work.db.flush()
    now = await taken(work, cafe)
    at = await people_at(work, [seat for seat in now if seat.table_id in table_ids])
    for row in await tables.tables(work.db, cafe.room_id):
        if row.room_id in table_ids:
            there = at.get(row.room_id, ())
            work.tell(everyone_in(row.room_id), table_wire.TablePeople(people=there, leader=leader(row)))
    known = tuple(person for there in at.values() for person in there)
    if known:
        work.tell(hosts_of(cafe.room_id), wire.PeopleKnown(people=known))
    away = tuple(sorted(seat.person_id for seat in now if seat.away_at))
    work.tell(hosts_of(cafe.room_id), wire.PeopleAway(people=away))


async def table_state(work: Work, room_id: int) -> table_wire.TableState | None:
    """Show a table to those who may be there, where a room is one."""
    row = await tables.table(work.db, room_id)
    cafe = await cafes.cafe(work.db, row.cafe_id) if row else None
    if row is None or cafe is None:
        return None
    there = [seat for seat in await taken(work, cafe) if seat.table_id == room_id]
    return table_wire.TableState(
        cafe=row.cafe_id,
        people=(await people_at(work, there)).get(room_id, ()),
        leader=leader(row),
        help=await help_of(work, row),
        card=row.card,
        visitors=tuple(await tables.visitors(work.db, room_id)),
    )


async def help_of(work: Work, row: CafeTable) -> table_wire.Help | None:
    """Show a table's call for help, where there is one."""
    if not row.help or row.help_at is None:
        return None
    names = {each.id: each.name for each in await people.people(work.db, {row.help_by or 0, row.claimed_by or 0})}
    return table_wire.Help(
        table=row.room_id,
        by=row.help_by or 0,
        by_name=names.get(row.help_by, ""),
        at=row.help_at,
        reason=row.help.removeprefix("?"),
        claimed_by=row.claimed_by,
        name=names.get(row.claimed_by, ""),
    )


def leader(row: CafeTable) -> int | None:
    """Tell who leads a table now."""
    return row.acting_id or row.host_id


async def best_table(work: Work, cafe: Cafe, person_id: int) -> int | None:
    """Find the table where somebody fits best: fewest repeats, smallest, most mixed; None when all are full."""
    await work.db.flush()
    seats = await seats_now(work, cafe)
    known = await guests(work, [person_id, *(each for all_ in seats.values() for each in all_)])
    rows = [row for row in await tables.tables(work.db, cafe.room_id) if row.open]
    open_seats = {row.room_id: seats[row.room_id] for row in rows}
    return insert(known[person_id], open_seats, planned(rows), known, await store.met(work.db, known), seed=cafe.turn)


async def guests(work: Work, ids: Collection[int]) -> dict[int, Guest]:
    """Map people to what the rotation asks of them."""
    return {
        row.id or 0: Guest(
            row.id or 0, row.stakeholder, row.gender, row.country, tuple(row.languages or [row.language])
        )
        for row in await people.people(work.db, ids)
    }


def planned(rows: Iterable[CafeTable]) -> list[Table]:
    """Show tables to the rotation."""
    return [Table(row.room_id, row.least, row.most, row.language, row.host_id) for row in rows]
