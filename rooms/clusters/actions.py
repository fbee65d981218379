"""Opening, naming, ordering and closing clusters."""

from rooms.clusters import rules, store, wire
from rooms.commands import Command, Done
from rooms.members.actions import may, require
from rooms.members.rules import SIGN_IN
from rooms.programme import store as programme
from rooms.streams import everyone_in
from rooms.text import clean_line
from rooms.work import Work, new_id


async def add(work: Work, sent: wire.AddCluster) -> wire.PublicCluster:
    """Open a cluster after all others."""
    room = await require(work, sent.room, "cafe.run")
    title = clean_line(sent.title, rules.TITLE_LIMIT)
    await programme.lock_room(work.db, room.id or 0)
    rows = await store.clusters(work.db, sent.room)
    if len(rows) >= rules.CLUSTERS_LIMIT:
        raise rules.FULL(limit=rules.CLUSTERS_LIMIT)
    place = max((row.place for row in rows), default=0) + rules.GAP
    row = store.Cluster(id=new_id(), room_id=sent.room, title=title, place=place)
    _show(work, row)
    return wire.public(row)


async def rename(work: Work, sent: wire.RenameCluster) -> Done:
    """Give a cluster another title."""
    row = await _cluster(work, sent.cluster)
    row.title = clean_line(sent.title, rules.TITLE_LIMIT)
    return _show(work, row)


async def place(work: Work, sent: wire.PlaceCluster) -> Done:
    """Put a cluster before another, or at the end."""
    row = await _cluster(work, sent.cluster)
    await programme.lock_room(work.db, row.room_id)
    rows = {each.id: each for each in await store.clusters(work.db, row.room_id)}
    others = [(each.id, each.place) for each in rows.values() if each.id != row.id]
    for id_, place_ in rules.put(others, row.id, sent.before).items():
        rows[id_].place = place_
        _show(work, rows[id_])
    return Done()


async def remove(work: Work, sent: wire.OneCluster) -> Done:
    """Close a cluster; its insights stand in none until it is restored or they are placed."""
    row = await _cluster(work, sent.cluster, gone=True)
    if row.gone:
        return Done()
    row.gone = True
    work.db.add(row)
    work.blank(everyone_in(row.room_id), f"cluster/{row.id}")
    work.tell(everyone_in(row.room_id), wire.ClusterGone(id=row.id))
    return Done()


async def restore(work: Work, sent: wire.OneCluster) -> Done:
    """Bring a closed cluster back with the insights that still stood in it."""
    row = await _cluster(work, sent.cluster, gone=True)
    if not row.gone:
        return Done()
    row.gone = False
    return _show(work, row)


async def _cluster(work: Work, cluster_id: str, gone: bool = False) -> store.Cluster:
    """Find a cluster that the actor may see, and lock it; all others do not exist for them.

    Raises:
        Refused: cluster.unknown, permission.*.
    """
    row = await store.cluster(work.db, cluster_id)
    room = await programme.room(work.db, row.room_id) if row else None
    if row is None or room is None or not may(work, room, "room.read") or (row.gone and not gone):
        raise rules.UNKNOWN() if work.actor.person_id else SIGN_IN()
    await require(work, row.room_id, "cafe.run")
    return row


def _show(work: Work, row: store.Cluster) -> Done:
    stream = everyone_in(row.room_id)
    work.db.add(row)
    work.blank(stream, f"cluster/{row.id}")
    work.tell(stream, wire.ClusterShown(cluster=wire.public(row)))
    return Done()


COMMANDS = (
    Command("cluster.add", "Open a cluster of insights.", wire.AddCluster, wire.PublicCluster, add),
    Command("cluster.rename", "Give a cluster another title.", wire.RenameCluster, Done, rename),
    Command("cluster.place", "Put a cluster before another.", wire.PlaceCluster, Done, place),
    Command("cluster.remove", "Close a cluster of insights.", wire.OneCluster, Done, remove),
    Command("cluster.restore", "Bring a closed cluster back.", wire.OneCluster, Done, restore),
)
