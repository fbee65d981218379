"""Looking after tables: calls for help, hosts who visit, and who leads while a host is away."""

from collections.abc import Iterable

from rooms.cafe.access import require_at_table, require_table
from rooms.cafe.store import Cafe
from rooms.commands import Command, Done
from rooms.members import store as members
from rooms.seats import dealing
from rooms.streams import everyone_in, hosts_of
from rooms.tables import rules, store, wire
from rooms.tables.listing import tell
from rooms.text import clean_line
from rooms.work import Work


async def call_for_help(work: Work, sent: wire.CallForHelp) -> Done:
    """Ask the hosts to come; asking again changes the reason."""
    row, _ = await require_at_table(work, sent.table, "chat.post")
    row.help = clean_line(sent.reason, rules.HELP_LIMIT) if sent.reason.strip() else "?"
    row.help_by, row.help_at = row.help_by or work.actor.person_id, row.help_at or work.now
    return await _tell_help(work, row)


async def claim(work: Work, sent: wire.OneTable) -> Done:
    """Say that one is coming, so that nobody else does."""
    row, _ = await require_table(work, sent.table, "cafe.run")
    if not row.help:
        raise rules.NO_HELP()
    row.claimed_by = work.actor.person_id
    return await _tell_help(work, row)


async def helped(work: Work, sent: wire.OneTable) -> Done:
    """Lower the flag, as a host or as somebody at the table."""
    row, _ = await require_at_table(work, sent.table, "chat.post")
    return await lower(work, row)


async def lower(work: Work, row: store.CafeTable) -> Done:
    """Lower a table's flag."""
    row.help, row.help_by, row.help_at, row.claimed_by = "", None, None, None
    return await _tell_help(work, row)


async def _tell_help(work: Work, row: store.CafeTable) -> Done:
    work.db.add(row)
    await work.db.flush()
    work.tell(everyone_in(row.room_id), wire.TableHelp(help=await dealing.help_of(work, row)))
    work.tell(hosts_of(row.cafe_id), wire.HelpWanted(helps=await helps(work, row.cafe_id)))
    return Done()


async def helps(work: Work, cafe_id: int) -> tuple[wire.Help, ...]:
    """List a café's calls for help, oldest first."""
    found = [await dealing.help_of(work, row) for row in await store.tables(work.db, cafe_id)]
    return tuple(sorted((each for each in found if each), key=lambda each: (each.at, each.table)))


async def visit(work: Work, sent: wire.Visit) -> Done:
    """Come to a table as a host, or leave it, seen by all who sit there."""
    await require_at_table(work, sent.table, "cafe.run")
    person_id = work.actor.person_id or 0
    touched = {sent.table, *await store.visited(work.db, person_id)} if sent.here else {sent.table}
    if sent.here:
        await store.come(work.db, sent.table, person_id)
    else:
        await store.go(work.db, sent.table, person_id)
    await _tell_visitors(work, touched)
    return Done()


async def _tell_visitors(work: Work, table_ids: Iterable[int]) -> None:
    for table_id in sorted(table_ids):
        names = await store.visitors(work.db, table_id)
        work.tell(everyone_in(table_id), wire.TableVisitors(names=tuple(names)))


async def see_off(work: Work, cafe: Cafe) -> None:
    """Let go of the hosts who visited a table and whose connection has ended."""
    gone = await store.gone_visitors(work.db, cafe.room_id)
    for table_id, person_id in gone:
        await store.go(work.db, table_id, person_id)
    await _tell_visitors(work, {table_id for table_id, _ in gone})


async def succeed(work: Work, cafe: Cafe) -> None:
    """Let somebody lead each table whose host is away, and give the table back to a host who returns."""
    at: dict[int, list[rules.Sitting]] = {}
    for seat in await dealing.taken(work, cafe):
        at.setdefault(seat.table_id, []).append((seat.person_id, seat.away_at))
    changed = []
    for row in await store.tables(work.db, cafe.room_id):
        wanted = rules.leader(row.host_id, row.acting_id, at.get(row.room_id, []), work.now)
        if wanted != row.acting_id:
            await _follow(work, row, wanted)
            changed.append(row)
    if changed:
        await tell(work, changed)
        await dealing.tell_tables(work, cafe, {row.room_id for row in changed})


async def _follow(work: Work, row: store.CafeTable, person_id: int | None) -> None:
    scope = dealing.scope(row.room_id)
    if row.acting_id and row.acting_id != row.host_id:
        await members.take(work.db, "table_host", [scope], row.acting_id)
    if person_id:
        await members.give(work.db, "table_host", scope, person_id)
    row.acting_id = person_id
    work.db.add(row)


COMMANDS = (
    Command("table.help", "Ask the hosts to come to your table.", wire.CallForHelp, Done, call_for_help),
    Command("table.claim", "Say that you come to help.", wire.OneTable, Done, claim),
    Command("table.helped", "Say that no help is needed any more.", wire.OneTable, Done, helped),
    Command("table.visit", "Come to a table as a host, or leave it, seen by all.", wire.Visit, Done, visit),
)
