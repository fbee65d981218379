"""Making and ending announcements."""

from rooms.announcements import rules, store, wire
from rooms.commands import Command, Done
from rooms.members.actions import may, require, require_in_forum
from rooms.programme import store as programme
from rooms.streams import FORUM, Everyone, Stream, everyone_in
from rooms.work import Work, new_id


def _stream(room_id: int | None) -> Stream[Everyone]:
    return FORUM if room_id is None else everyone_in(room_id)


async def _require(work: Work, room_id: int | None) -> None:
    if room_id is None:
        require_in_forum(work, "announcement.make")
    else:
        await require(work, room_id, "announcement.make")


async def make(work: Work, sent: wire.Make) -> wire.PublicAnnouncement:
    """Announce something."""
    await _require(work, sent.room)
    row = store.Announcement(
        id=new_id(),
        room_id=sent.room,
        texts=rules.clean_texts(sent.texts),
        by_id=work.actor.person_id,
        name=work.actor.name,
        made_at=work.now,
        expires_at=rules.expiry(work.now, sent.minutes),
    )
    work.db.add(row)
    work.tell(_stream(sent.room), wire.Shown(announcement=wire.public(row)))
    return wire.public(row)


async def end(work: Work, sent: wire.End) -> Done:
    """End an announcement early; ending it twice is ending it once."""
    row = await store.announcement(work.db, sent.announcement)
    if row is None or not await _readable(work, row):
        raise rules.UNKNOWN()
    await _require(work, row.room_id)
    if not row.ended:
        row.ended = True
        work.db.add(row)
        work.blank(_stream(row.room_id), f"announcement/{row.id}")
        work.tell(_stream(row.room_id), wire.Gone(id=row.id))
    return Done()


async def _readable(work: Work, row: store.Announcement) -> bool:
    room = await programme.room(work.db, row.room_id) if row.room_id else None
    return room is None or may(work, room, "room.read")


COMMANDS = (
    Command("announcement.make", "Announce something to a room or to all.", wire.Make, wire.PublicAnnouncement, make),
    Command("announcement.end", "End an announcement early.", wire.End, Done, end),
)
