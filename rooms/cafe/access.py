"""Finding a café, or a table with its café, for somebody who may do something there."""

from rooms.cafe import rules, store
from rooms.members import store as members
from rooms.members.actions import require
from rooms.members.rules import STAFF
from rooms.programme import store as programme
from rooms.tables import rules as table_rules
from rooms.tables import store as tables
from rooms.work import Work


async def require_cafe(work: Work, room_id: int, permission: str) -> store.Cafe:
    """Find a room's café, and lock it, so that everything in one café happens one after the other.

    Raises:
        Refused: room.unknown, permission.*, cafe.unknown.
    """
    await require(work, room_id, permission)
    row = await store.cafe(work.db, room_id, lock=True)
    if row is None:
        raise rules.UNKNOWN()
    return row


async def require_table(
    work: Work, table_id: int, permission: str = "room.read"
) -> tuple[tables.CafeTable, store.Cafe]:
    """Find a table with its café in whose room the actor holds a permission, and lock both.

    Raises:
        Refused: table.unknown, room.unknown, permission.*.
    """
    found = await tables.table(work.db, table_id)
    if found is None:
        raise table_rules.UNKNOWN()
    cafe = await require_cafe(work, found.cafe_id, permission)
    row = await tables.table(work.db, table_id, lock=True)
    if row is None:
        raise table_rules.UNKNOWN()
    return row, cafe


async def require_at_table(work: Work, table_id: int, permission: str) -> tuple[tables.CafeTable, store.Cafe]:
    """Find a table with its café where the actor holds a permission at the table itself.

    Raises:
        Refused: table.unknown, room.unknown, permission.*.
    """
    row, cafe = await require_table(work, table_id)
    await require(work, table_id, permission)
    return row, cafe


def require_phase(cafe: store.Cafe, phases: tuple[str, ...]) -> None:
    """See that a café is in one of some phases.

    Raises:
        Refused: cafe.phase.
    """
    if cafe.phase not in phases:
        raise rules.PHASE()


async def staff(work: Work, room_id: int) -> set[int]:
    """List those who run a room's café; they are not seated unless they ask to be."""
    room = await programme.room(work.db, room_id)
    return set(await members.holders(work.db, STAFF, programme.place(room))) if room else set()


async def banned(work: Work, room_id: int) -> set[int]:
    """List those who may not be in a room."""
    room = await programme.room(work.db, room_id)
    return set(await members.banned(work.db, programme.place(room), work.now)) if room else set()
