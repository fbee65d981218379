"""Adding, changing, merging and closing tables, proposing them, and calling for help."""

from rooms.cafe import rules as cafe_rules
from rooms.cafe import store as cafes
from rooms.cafe import wire as cafe_wire
from rooms.cafe.access import require_at_table, require_cafe, require_phase, require_table
from rooms.cafe.store import Cafe
from rooms.commands import Command, Done, Read
from rooms.members import store as members
from rooms.people import rules as people_rules
from rooms.people import store as people
from rooms.programme import store as programme
from rooms.seats import dealing
from rooms.seats import store as seats
from rooms.streams import everyone_in, only
from rooms.tables import care, rules, store, wire
from rooms.tables.listing import tell
from rooms.text import clean_line
from rooms.work import Work

FEATURES = ["chat", "notes", "call"]
"""What a table's room has."""


async def make(work: Work, cafe: Cafe, planned: cafe_wire.TablePlan, proposed_by: int | None = None) -> store.CafeTable:
    """Make a table with its private room, and list it.

    Raises:
        Refused: cafe.tables, cafe.sizes, cafe.language, text.*, person.unknown.
    """
    listed = await store.tables(work.db, cafe.room_id)
    if len(listed) >= cafe_rules.TABLES_LIMIT:
        raise cafe_rules.TABLES(limit=cafe_rules.TABLES_LIMIT)
    cafe_rules.check_seats(planned.least, planned.most)
    cafe_rules.check_language(planned.language)
    row = store.CafeTable(
        room_id=await _room(work, cafe),
        cafe_id=cafe.room_id,
        place=1 + max((each.place for each in listed), default=0),
        name=clean_line(planned.name, cafe_rules.NAME_LIMIT),
        topic=_topic(planned.topic),
        language=planned.language,
        least=planned.least,
        most=planned.most,
        proposed_by=proposed_by,
    )
    work.db.add(row)
    await _appoint(work, row, planned.host or None)
    await tell(work, [row])
    return row


async def _room(work: Work, cafe: Cafe) -> int:
    parent = await programme.room(work.db, cafe.room_id)
    if parent is None:
        raise cafe_rules.UNKNOWN()
    room = programme.Room(
        session_id=parent.session_id,
        parent_id=parent.id,
        private=True,
        track=parent.track,
        features=FEATURES,
        premoderated=False,
    )
    work.db.add(room)
    await work.db.flush()
    return room.id or 0


async def _appoint(work: Work, row: store.CafeTable, host: int | None) -> None:
    """Give a table another host, or none."""
    if host == row.host_id and row.acting_id is None:
        return
    if host is not None and await people.person(work.db, host) is None:
        raise people_rules.UNKNOWN()
    await work.db.flush()
    for former in {row.host_id, row.acting_id} - {None, host}:
        await members.take(work.db, "table_host", [dealing.scope(row.room_id)], former)
    row.host_id, row.acting_id = host, None
    if host is not None:
        await members.give(work.db, "table_host", dealing.scope(row.room_id), host)
    cafe = await cafes.cafe(work.db, row.cafe_id)
    if cafe:
        await dealing.tell_tables(work, cafe, {row.room_id})


async def add(work: Work, sent: wire.AddTable) -> wire.Made:
    """Add a table, also while the café runs."""
    cafe = await require_cafe(work, sent.room, "cafe.run")
    planned = {name: getattr(sent, name) for name in cafe_wire.TablePlan.__struct_fields__}
    return wire.Made(table=(await make(work, cafe, cafe_wire.TablePlan(**planned))).room_id)


async def edit(work: Work, sent: wire.EditTable) -> Done:
    """Change what a table says of itself; what is left out stays."""
    row, _ = await require_at_table(work, sent.table, "table.lead")
    least = row.least if sent.least is None else sent.least
    most = row.most if sent.most is None else sent.most
    cafe_rules.check_seats(least, most)
    cafe_rules.check_language(sent.language or "")
    row.least, row.most = least, most
    row.name = row.name if sent.name is None else clean_line(sent.name, cafe_rules.NAME_LIMIT)
    row.topic = row.topic if sent.topic is None else _topic(sent.topic)
    row.language = row.language if sent.language is None else sent.language
    if sent.host is not None:
        await _appoint(work, row, sent.host or None)
    work.db.add(row)
    await tell(work, [row])
    return Done()


def _topic(text: str) -> str:
    return clean_line(text, cafe_rules.TOPIC_LIMIT) if text.strip() else ""


async def close(work: Work, sent: wire.OneTable) -> Done:
    """Close a table; whoever sits there goes where they fit best, or to the lobby."""
    row, cafe = await require_table(work, sent.table, "cafe.run")
    if row.open:
        await _shut(work, cafe, row)
        await _reseat(work, cafe, row)
    return Done()


async def reopen(work: Work, sent: wire.OneTable) -> Done:
    """Open a closed table again; it is empty."""
    row, _ = await require_table(work, sent.table, "cafe.run")
    row.open = True
    work.db.add(row)
    await tell(work, [row])
    return Done()


async def remove(work: Work, sent: wire.OneTable) -> Done:
    """Take a table off the plan before the café begins; nothing has happened there yet."""
    row, cafe = await require_table(work, sent.table, "cafe.run")
    require_phase(cafe, ("draft",))
    return await unlist(work, row)


async def unlist(work: Work, row: store.CafeTable) -> Done:
    """Take a table away: where anybody ever sat it stays closed, for the sake of what was written there."""
    await _appoint(work, row, None)
    if row.help:
        await care.lower(work, row)
    if await seats.used(work.db, row.room_id):
        row.open = False
        work.db.add(row)
        await tell(work, [row])
    else:
        await store.drop(work.db, row)
        work.tell(everyone_in(row.cafe_id), wire.TableUnlisted(table=row.room_id))
    return Done()


async def _shut(work: Work, cafe: Cafe, row: store.CafeTable) -> None:
    rows = await store.tables(work.db, cafe.room_id)
    if cafe.phase in cafe_rules.RUNNING_PHASES and sum(each.open for each in rows) <= 1:
        raise rules.LAST()
    row.open = False
    work.db.add(row)
    await tell(work, [row])


async def _reseat(work: Work, cafe: Cafe, row: store.CafeTable) -> None:
    for seat in [seat for seat in await dealing.taken(work, cafe) if seat.table_id == row.room_id]:
        table_id = await dealing.best_table(work, cafe, seat.person_id)
        if table_id:
            await dealing.sit(work, cafe, seat.person_id, table_id)
        else:
            await dealing.stand_up(work, cafe, [seat])


async def merge(work: Work, sent: wire.MergeTables) -> Done:
    """Move everybody of a table to another, and close it."""
    if sent.table == sent.into:
        raise rules.SAME()
    row, cafe = await require_table(work, sent.table, "cafe.run")
    into, other = await require_table(work, sent.into, "cafe.run")
    if other.room_id != cafe.room_id:
        raise rules.UNKNOWN()
    if not into.open:
        raise rules.CLOSED()
    await _shut(work, cafe, row)
    for seat in [seat for seat in await dealing.taken(work, cafe) if seat.table_id == row.room_id]:
        await dealing.sit(work, cafe, seat.person_id, into.room_id)
    return Done()


async def split(work: Work, sent: wire.SplitTable) -> wire.Made:
    """Open a table beside one, and move every second person there; the leader stays."""
    row, cafe = await require_table(work, sent.table, "cafe.run")
    planned = cafe_wire.TablePlan(
        name=sent.name, topic=row.topic, language=row.language, least=row.least, most=row.most
    )
    new = await make(work, cafe, planned)
    here = [seat for seat in await dealing.taken(work, cafe) if seat.table_id == row.room_id]
    movable = [seat for seat in here if seat.person_id != dealing.leader(row)]
    for seat in movable[: len(here) // 2]:
        await dealing.sit(work, cafe, seat.person_id, new.room_id)
    return wire.Made(table=new.room_id)


async def propose(work: Work, sent: wire.ProposeTable) -> wire.Made:
    """Propose a table as a participant, and want it oneself."""
    cafe = await require_cafe(work, sent.room, "chat.post")
    require_phase(cafe, ("draft", "ready"))
    if cafe_wire.plan_of(cafe).mode != "proposed":
        raise rules.NOT_HELD()
    person_id = work.actor.person_id or 0
    own = [row for row in await store.tables(work.db, cafe.room_id) if row.proposed_by == person_id]
    if len(own) >= rules.PROPOSALS_EACH:
        raise rules.OWN_LIMIT(limit=rules.PROPOSALS_EACH)
    planned = cafe_wire.TablePlan(name=sent.name, topic=sent.topic, language=sent.language)
    row = await make(work, cafe, planned, person_id)
    await _vote(work, row, on=True)
    return wire.Made(table=row.room_id)


async def vote(work: Work, sent: wire.VoteTable) -> Done:
    """Want a proposed table, or not any more; wanting it twice is wanting it once."""
    row, cafe = await require_table(work, sent.table)
    require_phase(cafe, ("draft", "ready"))
    if row.proposed_by is None:
        raise rules.NOT_HELD()
    await _vote(work, row, on=sent.on)
    return Done()


async def _vote(work: Work, row: store.CafeTable, on: bool) -> None:
    person_id = work.actor.person_id or 0
    if await store.set_vote(work.db, row.room_id, person_id, on=on):
        votes = await store.votes(work.db, row.cafe_id)
        work.tell(everyone_in(row.cafe_id), wire.TableVotes(votes={str(id_): count for id_, count in votes.items()}))
        work.tell(only(person_id), wire.TableVoted(table=row.room_id, on=on))


COMMANDS = (
    *care.COMMANDS,
    Command("table.add", "Add a table to a café.", wire.AddTable, wire.Made, add),
    Command("table.edit", "Change a table's name, topic, language, host or size.", wire.EditTable, Done, edit),
    Command("table.close", "Close a table and seat its people elsewhere.", wire.OneTable, Done, close),
    Command("table.reopen", "Open a closed table again.", wire.OneTable, Done, reopen),
    Command("table.remove", "Take a table off the plan.", wire.OneTable, Done, remove),
    Command("table.merge", "Move everybody of a table to another, and close it.", wire.MergeTables, Done, merge),
    Command("table.split", "Move half of a table to a new one.", wire.SplitTable, wire.Made, split),
    Command("table.propose", "Propose a table as a participant.", wire.ProposeTable, wire.Made, propose),
    Command("table.vote", "Want a proposed table, or not any more.", wire.VoteTable, Done, vote),
)
READS: tuple[Read, ...] = ()
