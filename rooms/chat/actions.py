"""Saying, changing and taking away messages."""

from rooms.chat import rules, store, wire
from rooms.commands import Command, Done, Rate, Read
from rooms.members.actions import may, require
from rooms.members.rules import SIGN_IN
from rooms.programme import store as programme
from rooms.programme.rules import FEATURE_OFF
from rooms.programme.store import Room
from rooms.streams import everyone_in, only
from rooms.text import clean
from rooms.work import Work, new_id


async def _room(work: Work, room_id: int, permission: str) -> Room:
    room = await require(work, room_id, permission)
    if "chat" not in room.features:
        raise FEATURE_OFF()
    return room


async def _message(work: Work, message_id: str, permission: str, gone: bool = False) -> store.Message:
    """Find a message that the actor may see, and lock it.

    Raises:
        Refused: message.unknown, permission.*, room.feature_off.
    """
    row = await store.message(work.db, message_id)
    room = await programme.room(work.db, row.room_id) if row else None
    if row is None or room is None or not may(work, room, "room.read"):
        raise rules.UNKNOWN() if work.actor.person_id else SIGN_IN()
    if row.gone and not (gone and may(work, room, "chat.moderate")):
        raise rules.UNKNOWN()
    await _room(work, row.room_id, permission)
    return row


async def post(work: Work, sent: wire.Post) -> wire.Posted:
    """Say something: clean, number under the room's lock, save, tell the room."""
    room = await _room(work, sent.room, "chat.post")
    text = clean(sent.text, rules.TEXT_LIMIT)
    if sent.reply_to and (await _message(work, sent.reply_to, "room.read")).room_id != sent.room:
        raise rules.UNKNOWN()
    row = store.Message(
        id=new_id(),
        room_id=sent.room,
        number=await programme.next_number(work.db, room.id or 0, "message_count"),
        person_id=work.actor.person_id or 0,
        name=work.actor.name,
        text=text,
        reply_to=sent.reply_to,
        posted_at=work.now,
    )
    work.db.add(row)
    _tell(work, row, None)
    return wire.Posted(id=row.id, number=row.number)


async def edit(work: Work, sent: wire.Edit) -> Done:
    """Change one's own message while it is young."""
    row = await _message(work, sent.message, "chat.post")
    rules.check_edit(row.person_id, work.actor.person_id, row.posted_at, work.now)
    before = wire.public(row)
    row.text, row.edited_at = clean(sent.text, rules.TEXT_LIMIT), work.now
    return _changed(work, row, before)


async def delete(work: Work, sent: wire.OneMessage) -> Done:
    """Take one's own message away for good; its words are not kept."""
    row = await _message(work, sent.message, "room.read")
    if row.person_id != work.actor.person_id:
        raise rules.NOT_YOURS()
    before = wire.public(row)
    row.gone, row.text, row.gone_by = "deleted", "", work.actor.person_id
    return _changed(work, row, before)


async def hide(work: Work, sent: wire.OneMessage) -> Done:
    """Take somebody's message away as a moderator; it can be restored."""
    row = await _message(work, sent.message, "chat.moderate", gone=True)
    if row.gone:
        return Done()
    before = wire.public(row)
    row.gone, row.gone_by = "hidden", work.actor.person_id
    work.tell(only(row.person_id), wire.MessageRemoved(room=row.room_id, message=row.id, removed=True))
    return _changed(work, row, before)


async def restore(work: Work, sent: wire.OneMessage) -> Done:
    """Put a hidden message back where it stood; a deleted one stays gone."""
    row = await _message(work, sent.message, "chat.moderate", gone=True)
    if row.gone == "deleted":
        raise rules.UNKNOWN()
    if not row.gone:
        return Done()
    row.gone, row.gone_by = "", None
    work.tell(only(row.person_id), wire.MessageRemoved(room=row.room_id, message=row.id, removed=False))
    _changed(work, row, None)
    return await _tell_reactions(work, row)


async def react(work: Work, sent: wire.React) -> Done:
    """Set a reaction; setting it twice is setting it once."""
    rules.check_reaction(sent.reaction)
    row = await _message(work, sent.message, "chat.react")
    held = await store.reaction(work.db, row.id, work.actor.person_id or 0, sent.reaction)
    if held and not sent.on:
        await work.db.delete(held)
    if sent.on and not held:
        work.db.add(store.Reaction(message_id=row.id, person_id=work.actor.person_id or 0, reaction=sent.reaction))
    return await _tell_reactions(work, row)


async def _tell_reactions(work: Work, row: store.Message) -> Done:
    await work.db.flush()
    counts = (await store.reactions(work.db, [row.id])).get(row.id, {})
    work.tell(everyone_in(row.room_id), wire.Reactions(reactions={row.id: counts}))
    return Done()


async def read_to(work: Work, sent: wire.ReadTo) -> Done:
    """Move the actor's pointer forward, never back."""
    row = await _message(work, sent.message, "room.read")
    person_id = work.actor.person_id or 0
    pointer = await store.pointer(work.db, person_id, row.room_id, lock=True)
    pointer = pointer or store.ReadUpTo(person_id=person_id, room_id=row.room_id)
    if row.number > pointer.number:
        pointer.number = row.number
        work.db.add(pointer)
        work.tell(only(person_id), wire.ReadMoved(room=row.room_id, number=row.number))
    return Done()


async def messages(work: Work, sent: wire.Older) -> wire.Messages:
    """Show one page of a room's messages with their reactions."""
    await _room(work, sent.room, "room.read")
    rows = await store.page(work.db, sent.room, sent.before, rules.PAGE + 1)
    more, rows = len(rows) > rules.PAGE, rows[-rules.PAGE :]
    counts = await store.reactions(work.db, [row.id for row in rows])
    shown = tuple(message for row in rows if (message := wire.public(row)))
    return wire.Messages(messages=shown, before=shown[0].number if more else None, reactions=counts)


def _changed(work: Work, row: store.Message, before: wire.PublicMessage | None) -> Done:
    work.db.add(row)
    _tell(work, row, before)
    return Done()


def _tell(work: Work, row: store.Message, before: wire.PublicMessage | None) -> None:
    """Tell the room the difference between what it saw before and what it sees after."""
    room, after = everyone_in(row.room_id), wire.public(row)
    if before and before != after:
        work.blank(room, f"message/{row.id}")
    if after and after != before:
        work.tell(room, wire.posted(after, wire.MessageEdited if before else wire.MessagePosted))
    elif before and not after:
        work.forget(room, wire.Reactions, row.id)
        work.tell(room, wire.MessageGone(id=row.id))


OFTEN = Rate(burst=10, every_seconds=1.0)
COMMANDS = (
    Command("chat.post", "Say something in a room.", wire.Post, wire.Posted, post, OFTEN),
    Command("chat.edit", "Change your own message within ten minutes.", wire.Edit, Done, edit, OFTEN),
    Command("chat.delete", "Take your own message away.", wire.OneMessage, Done, delete),
    Command("chat.hide", "Take a message away as a moderator.", wire.OneMessage, Done, hide),
    Command("chat.restore", "Put a hidden message back.", wire.OneMessage, Done, restore),
    Command("chat.react", "Give a reaction, or take it back.", wire.React, Done, react),
    Command("chat.read_to", "Remember how far you have read.", wire.ReadTo, Done, read_to),
)
READS = (Read("rooms/{room}/messages", "A page of a room's messages.", wire.Older, wire.Messages, messages),)
