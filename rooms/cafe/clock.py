"""A café's clock: which phase is entered when, what happens then, and seats being proposed for the next round."""

from dataclasses import dataclass
from datetime import timedelta

import msgspec

from rooms.cafe import proving, rules, store, wire
from rooms.cafe.access import banned, staff
from rooms.cafe.rotation import Guest, Proof, Seating, Table
from rooms.cafe.store import Cafe
from rooms.calls import moderation
from rooms.calls import store as call_store
from rooms.notes import actions as notes
from rooms.seats import dealing
from rooms.seats import rules as seat_rules
from rooms.seats import store as seats
from rooms.seats.wire import PeopleKnown
from rooms.streams import everyone_in, hosts_of
from rooms.tables import care, listing
from rooms.tables import store as tables
from rooms.tables.wire import TableCard
from rooms.work import Work

PLANNING = timedelta(seconds=15)
"""How long one server process is trusted to compute a proposal before another tries."""
PEOPLE_PER_PROPOSED_TABLE = 5


async def enter(work: Work, cafe: Cafe, step: rules.Step) -> None:
    """Enter a phase, and do what is due at its beginning."""
    cafe.phase, cafe.round, cafe.left_ms = step.phase, step.round, None
    cafe.ends_at = None if step.seconds is None else work.now + timedelta(seconds=step.seconds)
    work.db.add(cafe)
    if step.phase in _AT_BEGINNING:
        await _AT_BEGINNING[step.phase](work, cafe)
    if cafe.proposal:
        cafe.proposal = None
        work.tell(hosts_of(cafe.room_id), wire.CafeProposed())
    await work.db.flush()
    work.tell(everyone_in(cafe.room_id), wire.phase(cafe))


async def fire(work: Work, room_id: int) -> None:
    """Go on where a phase has ended; whichever process comes first does it, and the others find it done."""
    cafe = await store.cafe(work.db, room_id, lock=True)
    if cafe and cafe.ends_at and cafe.ends_at <= work.now:
        await go_on(work, cafe)


async def go_on(work: Work, cafe: Cafe) -> None:
    """Enter the next phase."""
    step = rules.following(wire.plan_of(cafe), cafe.phase, cafe.round)
    if cafe.recalled and cafe.phase == "closing":
        step = rules.Step("plenary", cafe.round)
    if step and step.phase == "opening" and await _many_are_late(work, cafe):
        step, cafe.replanned = rules.Step("seating", cafe.round), True
    elif step and step.phase == "seating":
        cafe.replanned = False
    if step:
        await enter(work, cafe, step)


async def _many_are_late(work: Work, cafe: Cafe) -> bool:
    """Tell whether so many came since the seats were proposed that these fit no more; once a round, that is enough."""
    if not cafe.proposal or cafe.replanned:
        return False
    planned = {person for at_table in _proposed(cafe).values() for person in at_table}
    late = len(await _guests(work, cafe) - planned)
    return late > max(rules.FEW_LATE, len(planned) * rules.LATE_SHARE)


async def _at_seating(work: Work, cafe: Cafe) -> None:
    cafe.turn += 1
    cafe.proposal = cafe.planned_until = None
    if wire.plan_of(cafe).mode == "proposed" and cafe.round == 0:
        await _choose_proposed(work, cafe)
    work.tell(hosts_of(cafe.room_id), wire.CafeProposed())


async def _choose_proposed(work: Work, cafe: Cafe) -> None:
    """Keep the most wanted of the proposed tables, as many as the people here can fill."""
    rows = [row for row in await tables.tables(work.db, cafe.room_id) if row.proposed_by and row.open]
    votes = await tables.votes(work.db, cafe.room_id)
    here = len(await seats.here(work.db, cafe.room_id))
    wanted = sorted(rows, key=lambda row: (-votes.get(row.room_id, 0), row.place))
    for row in wanted[max(1, here // PEOPLE_PER_PROPOSED_TABLE) :]:
        row.open = False
        work.db.add(row)
        await listing.tell(work, [row])


async def _at_opening(work: Work, cafe: Cafe) -> None:
    """Seat everybody: as proposed, or where they chose; who came since then sits where they fit best."""
    here, answers = await _guests(work, cafe), await store.answers(work.db, cafe.room_id)
    planned = _proposed(cafe) if cafe.proposal else await dealing.seats_now(work, cafe)
    open_tables = {row.room_id for row in await tables.tables(work.db, cafe.room_id) if row.open}
    kept = {table: [each for each in all_ if each in here] for table, all_ in planned.items() if table in open_tables}
    late = here - {each for all_ in kept.values() for each in all_}
    for row in await tables.tables(work.db, cafe.room_id):
        row.extra_ms = 0
        work.db.add(row)
    await _begin_notes(work, cafe)
    await _choose_engines(work, cafe)
    await dealing.deal(work, cafe, kept, {person for person, answer in answers.items() if answer == "listening"})
    for person_id in sorted(late):
        if table_id := await dealing.best_table(work, cafe, person_id):
            await dealing.sit(work, cafe, person_id, table_id, answers.get(person_id) == "listening")
    await proving.prove(work, cafe)


async def _begin_notes(work: Work, cafe: Cafe) -> None:
    """Put the round's question into every table's notes, and what the group before left onto a card."""
    rounds = wire.plan_of(cafe).rounds
    question = rounds[cafe.round].question if cafe.round < len(rounds) else {}
    for row in await tables.tables(work.db, cafe.room_id):
        if row.open:
            await _hand_over(work, cafe, row)
            await notes.begin(work, row.room_id, rules.in_language(question, row.language))


async def _choose_engines(work: Work, cafe: Cafe) -> None:
    """Keep the calls of private tables from the server; where a call is on, it goes on as it is."""
    if not wire.plan_of(cafe).private_calls:
        return
    for row in await tables.tables(work.db, cafe.room_id):
        if row.open and not await call_store.seats(work.db, row.room_id):
            await moderation.choose_engine(work, row.room_id, "mesh")


async def _hand_over(work: Work, cafe: Cafe, row: tables.CafeTable) -> None:
    card = await notes.hand_over(work.db, row.room_id) if cafe.round else ""
    if card != row.card:
        row.card = card
        work.tell(everyone_in(row.room_id), TableCard(card=card))


def _proposed(cafe: Cafe) -> dict[int, list[int]]:
    return {int(table): list(all_) for table, all_ in wire.proposed(cafe).seats.items()}


async def _at_closed(work: Work, cafe: Cafe) -> None:
    """Wait for the table that was given most time; who came late counts in the proof from now on."""
    await proving.prove(work, cafe)
    extra = max((row.extra_ms for row in await tables.tables(work.db, cafe.room_id)), default=0)
    least = work.now + timedelta(milliseconds=extra)
    cafe.ends_at = max(cafe.ends_at or least, least)


async def _at_plenary(work: Work, cafe: Cafe) -> None:
    await dealing.clear(work, cafe)
    await proving.prove(work, cafe)


_AT_BEGINNING = {
    "seating": _at_seating,
    "opening": _at_opening,
    "closed": _at_closed,
    "plenary": _at_plenary,
}


async def _guests(work: Work, cafe: Cafe) -> set[int]:
    """List who is to be seated: who said so, and who is here and said nothing, unless the silent are parked."""
    answers = await store.answers(work.db, cafe.room_id)
    here = await seats.here(work.db, cafe.room_id)
    sitting = {seat.person_id for seat in await dealing.taken(work, cafe)}
    silent = set() if wire.plan_of(cafe).park_silent else here - await staff(work, cafe.room_id)
    asked = {person for person, answer in answers.items() if answer != "leaving"} & (here | sitting)
    leaving = {person for person, answer in answers.items() if answer == "leaving"}
    return (silent | asked | sitting) - leaving - await banned(work, cafe.room_id)


@dataclass(frozen=True, slots=True)
class Task:
    """What a proposal of seats is computed from."""

    room_id: int
    turn: int
    guests: tuple[Guest, ...]
    tables: tuple[Table, ...]
    rounds: int
    met: dict[tuple[int, int], int]
    locked: dict[int, int]


async def claim(work: Work, room_id: int) -> Task | None:
    """Take the task of proposing seats, unless it is done or somebody is at it."""
    cafe = await store.cafe(work.db, room_id, lock=True)
    if cafe is None or cafe.phase != "seating" or cafe.proposal or cafe.ends_at:
        return None
    if cafe.planned_until and cafe.planned_until > work.now:
        return None
    cafe.planned_until = work.now + PLANNING
    work.db.add(cafe)
    return await _task(work, cafe)


async def _task(work: Work, cafe: Cafe) -> Task:
    rows = [row for row in await tables.tables(work.db, cafe.room_id) if row.open]
    room = sum(row.most for row in rows)
    # Who finds no seat waits in the lobby: first come, first seated.
    ids = sorted(await _guests(work, cafe))[:room]
    known = await dealing.guests(work, ids)
    return Task(
        room_id=cafe.room_id,
        turn=cafe.turn,
        guests=tuple(known.values()),
        tables=tuple(dealing.planned(rows)),
        rounds=max(1, len(wire.plan_of(cafe).rounds) - cafe.round),
        met=dict(await seats.met(work.db, ids)),
        locked={row.host_id: row.room_id for row in rows if row.host_id in known},
    )


async def propose(work: Work, task: Task, seating: Seating, proof: Proof) -> None:
    """Show the hosts a proposal, and begin the time for their review."""
    cafe = await store.cafe(work.db, task.room_id, lock=True)
    if cafe is None or cafe.phase != "seating" or cafe.turn != task.turn or cafe.proposal:
        return
    shown = wire.CafeProposed(seats=dealing.shown(seating), proof=proving.shown(proof))
    cafe.proposal = msgspec.to_builtins(shown)
    cafe.proposal.pop("type", None)
    cafe.ends_at = work.now + timedelta(seconds=wire.plan_of(cafe).seating_seconds)
    work.db.add(cafe)
    ids = [person_id for at_table in seating.values() for person_id in at_table]
    work.tell(hosts_of(cafe.room_id), PeopleKnown(people=await dealing.named(work, ids)))
    work.tell(hosts_of(cafe.room_id), shown)
    work.tell(everyone_in(cafe.room_id), wire.phase(cafe))


async def watch(work: Work, room_id: int) -> None:
    """See who is away, free the seats of those who stay away, and let others lead in absent hosts' places."""
    cafe = await store.cafe(work.db, room_id, lock=True)
    if cafe is None or cafe.phase not in rules.SEATED_PHASES:
        return
    here, taken = await seats.here(work.db, room_id), await dealing.taken(work, cafe)
    changed = [seat for seat in taken if (seat.person_id in here) == (seat.away_at is not None)]
    for seat in changed:
        seat.away_at = None if seat.away_at else work.now
        work.db.add(seat)
    gone = [seat for seat in taken if seat.away_at and work.now - seat.away_at >= seat_rules.GRACE]
    if gone:
        await dealing.stand_up(work, cafe, gone)
    if changed:
        await dealing.tell_tables(work, cafe, {seat.table_id for seat in changed})
    await care.succeed(work, cafe)
    await care.see_off(work, cafe)
