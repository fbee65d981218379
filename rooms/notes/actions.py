"""Writing notes together: with an editor, or plainly; beginning them for a round; handing them over."""

from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.commands import Command, Rate, Read
from rooms.members.actions import require
from rooms.notes import document, rules, store, wire
from rooms.notes.document import Changed
from rooms.notes.merging import Splice, joined, merged
from rooms.notes.updates import decoded, encoded
from rooms.programme import store as programme
from rooms.programme.rules import FEATURE_OFF, ROOM_UNKNOWN
from rooms.programme.store import Room
from rooms.streams import hosts_of, notes_of
from rooms.text import check_signs
from rooms.work import Work


async def _room(work: Work, room_id: int, permission: str) -> Room:
    room = await require(work, room_id, permission)
    if "notes" not in room.features:
        raise FEATURE_OFF()
    return room


async def _locked(work: Work, room_id: int) -> store.Notes:
    """Find a room's notes and lock them; the first change makes them."""
    row = await store.notes(work.db, room_id, lock=True)
    return row or store.Notes(room_id=room_id, changed_at=work.now)


async def update(work: Work, sent: wire.Update) -> wire.Saved:
    """Apply what an editor has made of the notes."""
    room = await _room(work, sent.room, "notes.edit")
    row = await _locked(work, sent.room)
    _save(work, room, row, document.applied(row.state, decoded(sent.update)))
    return wire.Saved(seq=row.seq, length=row.length)


async def write(work: Work, sent: wire.Write) -> wire.PlainNotes:
    """Bring what somebody wrote without an editor into the notes; what others changed meanwhile stays."""
    room = await _room(work, sent.room, "notes.edit")
    rules.check_length(max(len(sent.before), len(sent.text)))
    mine = sent.text.replace("\r\n", "\n").replace("\r", "\n")
    check_signs(mine)
    row = await _locked(work, sent.room)
    splices = merged(sent.before.replace("\r\n", "\n"), mine, row.text, sent.at)
    rules.check_length(len(joined(row.text, splices)))
    _save(work, room, row, document.spliced(row.state, splices))
    return wire.PlainNotes(room=sent.room, text=row.text, seq=row.seq)


async def begin(work: Work, room_id: int, template: str) -> None:
    """Put a round's question into a room's notes: at the beginning of empty ones, else below what is there.

    Doing it twice is doing it once; where there is no room left for it, the notes stay as they are.
    """
    room = await programme.room(work.db, room_id)
    if room is None:
        raise ROOM_UNKNOWN()
    row = await _locked(work, room_id)
    new = rules.opening(row.text, template.strip(), row.template)
    if new and len(row.text) + len(new) <= rules.TEXT_LIMIT:
        row.template = template.strip()
        _save(work, room, row, document.spliced(row.state, [Splice(len(row.text), len(row.text), new)]))


async def text_of(db: AsyncSession, room_id: int) -> str:
    """Give a room's notes as plain text."""
    row = await store.notes(db, room_id)
    return row.text if row else ""


async def hand_over(db: AsyncSession, room_id: int) -> str:
    """Give what the next group at a table is handed; empty where nothing was written."""
    row = await store.notes(db, room_id)
    return rules.card(row.text, row.template) if row else ""


async def state(work: Work, room_id: int) -> wire.NotesState:
    """Show the notes to all who may be in their room."""
    await _room(work, room_id, "room.read")
    row = await store.notes(work.db, room_id)
    if row is None:
        return wire.NotesState(room=room_id)
    return wire.NotesState(room=room_id, state=encoded(row.state), text=row.text, seq=row.seq)


async def plain(work: Work, sent: wire.OneRoom) -> wire.PlainNotes:
    """Show the notes as plain text."""
    await _room(work, sent.room, "room.read")
    row = await store.notes(work.db, sent.room)
    return wire.PlainNotes(room=sent.room, text=row.text, seq=row.seq) if row else wire.PlainNotes(room=sent.room)


def _save(work: Work, room: Room, row: store.Notes, changed: Changed) -> None:
    """Keep a changed document and tell its readers.

    Raises:
        Refused: notes.too_long, notes.too_large.
    """
    if not changed.update:
        return
    if len(changed.text) > row.length:
        rules.check_length(len(changed.text))
    if len(changed.state) > len(row.state):
        rules.check_size(len(changed.state))
    before = row.length
    row.state, row.text, row.length = changed.state, changed.text, len(changed.text)
    row.seq, row.changed_at, row.changed_by = row.seq + 1, work.now, work.actor.person_id
    work.db.add(row)
    told = wire.NotesUpdated(update=encoded(changed.update), by=work.actor.person_id, name=work.actor.name)
    work.tell(notes_of(row.room_id), told)
    if room.parent_id and rules.has_grown(before, row.length):
        work.tell(hosts_of(room.parent_id), wire.NotesGrown(lengths={str(row.room_id): row.length}))


TYPING = Rate(burst=20, every_seconds=0.25)
COMMANDS = (
    Command("notes.update", "Change the notes with an editor.", wire.Update, wire.Saved, update, TYPING),
    Command("notes.write", "Change the notes as plain text.", wire.Write, wire.PlainNotes, write),
)
READS = (Read("rooms/{room}/notes", "A room's notes as plain text.", wire.OneRoom, wire.PlainNotes, plain),)
