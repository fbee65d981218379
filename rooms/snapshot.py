"""What a stream's reader starts from: the state of a stream, built for its audience alone."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from rooms.announcements import store as announcements
from rooms.announcements.wire import PublicAnnouncement
from rooms.announcements.wire import public as public_announcement
from rooms.cafe import actions as cafe
from rooms.cafe import store as cafe_store
from rooms.cafe.planning import FEATURE
from rooms.cafe.wire import CafeState
from rooms.calls import actions as calls
from rooms.calls.access import FEATURE as CALL
from rooms.calls.wire import Roster, SeatState
from rooms.chat import actions as chat
from rooms.chat import store as chat_store
from rooms.chat.wire import Messages
from rooms.chat.wire import Older as OlderMessages
from rooms.commands import Result
from rooms.errors import Refused, reason
from rooms.harvest import actions as harvest
from rooms.harvest import store as harvest_store
from rooms.harvest.wire import Harvest
from rooms.members.actions import require
from rooms.members.rules import SIGN_IN, permissions_at
from rooms.notes import actions as notes
from rooms.presence import store as presence
from rooms.programme import store as programme
from rooms.programme.store import Room
from rooms.questions import actions as questions
from rooms.questions import store as question_store
from rooms.questions.wire import Desk, OwnQuestion, Questions, own
from rooms.questions.wire import Older as OlderQuestions
from rooms.seats import dealing
from rooms.streams import FORUM, AnyStream, everyone_in, hosts_of, moderators_of, notes_of, only, seat_of
from rooms.tables import listing
from rooms.tables import store as table_store
from rooms.tables.wire import PublicTable, TableState
from rooms.work import Work

STREAM_UNKNOWN = reason("stream.unknown", 404, "There is no such stream.")

OWN_LISTED = 200
VOTES_LISTED = 1000


class ForumState(Result, frozen=True):
    """What stands for the whole forum."""

    announcements: tuple[PublicAnnouncement, ...] = ()


class RoomState(Result, frozen=True):
    """A room as everyone in it sees it."""

    room: int
    features: tuple[str, ...]
    premoderated: bool
    count: int
    announcements: tuple[PublicAnnouncement, ...] = ()
    chat: Messages = Messages()
    questions: Questions = Questions()
    harvest: Harvest | None = None
    cafe: CafeState | None = None
    tables: tuple[PublicTable, ...] = ()
    seats: dict[str, tuple[int, ...]] = {}
    table_votes: dict[str, int] = {}
    table: TableState | None = None
    call: Roster | None = None


class PersonState(Result, frozen=True):
    """What only one person sees: their questions, their votes, how far they have read."""

    name: str
    questions: tuple[OwnQuestion, ...] = ()
    votes: tuple[str, ...] = ()
    read_to: dict[str, int] = {}
    insight_votes: tuple[str, ...] = ()
    answers: dict[str, str] = {}
    table_votes: tuple[int, ...] = ()


async def _announcements(work: Work, room_id: int | None) -> tuple[PublicAnnouncement, ...]:
    rows = await announcements.standing(work.db, room_id, work.now)
    return tuple(public_announcement(row) for row in rows)


async def forum_state(work: Work) -> ForumState:
    """Show what stands for the whole forum."""
    return ForumState(announcements=await _announcements(work, None))


async def room_state(work: Work, room_id: int) -> RoomState:
    """Show a room to everyone in it."""
    room = await require(work, room_id, "room.read")
    talk = await chat.messages(work, OlderMessages(room=room_id)) if "chat" in room.features else Messages()
    asked = "questions" in room.features
    return RoomState(
        room=room_id,
        features=tuple(room.features),
        premoderated=room.premoderated,
        count=await presence.count(work.db, room_id),
        announcements=await _announcements(work, room_id),
        chat=talk,
        questions=await questions.questions(work, OlderQuestions(room=room_id)) if asked else Questions(),
        harvest=await harvest.gathered(work, room_id),
        table=await dealing.table_state(work, room_id) if room.parent_id else None,
        call=await calls.call_of(work, room_id) if CALL in room.features else None,
        **await _cafe(work, room),
    )


async def _cafe(work: Work, room: Room) -> dict[str, Any]:
    """Show a room's café with its tables and seats, where there is one."""
    row = await cafe_store.cafe(work.db, room.id or 0) if FEATURE in room.features else None
    if row is None:
        return {}
    rows = await table_store.tables(work.db, row.room_id)
    votes = await table_store.votes(work.db, row.room_id)
    return {
        "cafe": await cafe.state(work, row),
        "tables": tuple(await listing.public(work, rows)),
        "seats": dealing.shown(await dealing.seats_now(work, row)),
        "table_votes": {str(table_id): count for table_id, count in sorted(votes.items())},
    }


async def desk_state(work: Work, room_id: int) -> Desk:
    """Show a room's questions to its moderators."""
    return await questions.desk(work, OlderQuestions(room=room_id))


async def person_state(work: Work, person_id: int) -> PersonState:
    """Show somebody what is theirs alone."""
    if work.actor.person_id != person_id:
        raise STREAM_UNKNOWN()
    asked = await question_store.asked_by(work.db, person_id, OWN_LISTED)
    pointers = await chat_store.pointers(work.db, person_id)
    return PersonState(
        name=work.actor.name,
        questions=tuple(own(row) for row in asked),
        votes=tuple(sorted(await question_store.voted_by(work.db, person_id, VOTES_LISTED))),
        read_to={str(row.room_id): row.number for row in pointers},
        insight_votes=tuple(sorted(await harvest_store.voted_by(work.db, person_id, VOTES_LISTED))),
        answers={str(room): each for room, each in sorted((await cafe_store.answers_of(work.db, person_id)).items())},
        table_votes=tuple(await table_store.voted_by(work.db, person_id)),
    )


async def seat_state(work: Work, seat_id: str) -> SeatState:
    """Show somebody their own seat in a call."""
    return await calls.seat_state(work, seat_id)


@dataclass(frozen=True, slots=True)
class Opened:
    """A stream that the actor may follow, with its state."""

    stream: AnyStream
    state: Result


Show = Callable[..., Awaitable[Result]]
NUMBER_DIGITS = 9
_NUMBER = rf"([1-9][0-9]{{0,{NUMBER_DIGITS - 1}}})"
_SEAT = r"([A-Za-z0-9_-]{11})"
STREAMS: tuple[tuple[str, re.Pattern[str], Callable[..., AnyStream], Show], ...] = (
    ("forum", re.compile("forum"), lambda: FORUM, forum_state),
    ("room/{room}", re.compile(f"room/{_NUMBER}"), everyone_in, room_state),
    ("room/{room}/moderators", re.compile(f"room/{_NUMBER}/moderators"), moderators_of, desk_state),
    ("room/{room}/hosts", re.compile(f"room/{_NUMBER}/hosts"), hosts_of, cafe.hosts_state),
    ("notes/{room}", re.compile(f"notes/{_NUMBER}"), notes_of, notes.state),
    ("person/{person}", re.compile(f"person/{_NUMBER}"), only, person_state),
    ("seat/{seat}", re.compile(f"seat/{_SEAT}"), seat_of, seat_state),
)
"""Every stream that somebody outside may follow, and how its state is built; building it is being allowed to."""


def check_name(name: str) -> None:
    """Let only names pass that a stream for people could have; the servers' own streams have none of them.

    Raises:
        Refused: stream.unknown.
    """
    if not any(pattern.fullmatch(name) for _, pattern, _, _ in STREAMS):
        raise STREAM_UNKNOWN()


async def open_stream(work: Work, name: str) -> Opened:
    """Find a stream by name and show its state; one that the actor may not see does not exist.

    Raises:
        Refused: stream.unknown; permission.sign_in for a visitor.
    """
    for _, pattern, stream, show in STREAMS:
        if match := pattern.fullmatch(name):
            ids = [_id(group) for group in match.groups()]
            return Opened(stream(*ids), await _shown(show, work, ids))
    raise STREAM_UNKNOWN()


def _id(text: str) -> int | str:
    """Read an id from a stream's name: seats have random ones, always longer than any number."""
    return int(text) if len(text) <= NUMBER_DIGITS else text


async def _shown(show: Show, work: Work, ids: list[int | str]) -> Any:
    try:
        return await show(work, *ids)
    except Refused as refused:
        raise (refused.reason if refused.reason is SIGN_IN else STREAM_UNKNOWN)() from refused


async def my_permissions(work: Work, room_id: int) -> tuple[str, ...]:
    """List what the actor may do in a room."""
    room = await require(work, room_id, "room.read")
    return permissions_at(work.actor, programme.place(room), work.now)
