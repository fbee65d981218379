"""Showing tables to everyone in their café."""

from collections.abc import Sequence

from rooms.people import store as people
from rooms.seats import dealing
from rooms.streams import everyone_in
from rooms.tables import store, wire
from rooms.work import Work


async def tell(work: Work, rows: Sequence[store.CafeTable]) -> None:
    """Tell the café how tables read now."""
    for row, shown in zip(rows, await public(work, rows), strict=True):
        work.tell(everyone_in(row.cafe_id), wire.TableListed(table=shown))


async def public(work: Work, rows: Sequence[store.CafeTable]) -> list[wire.PublicTable]:
    """Show tables to everyone in the café, with the names of those who lead them."""
    leaders = {person for row in rows if (person := dealing.leader(row))}
    names = {row.id: row.name for row in await people.people(work.db, leaders)}
    return [wire.public(row, names.get(row.acting_id or row.host_id, "")) for row in rows]
