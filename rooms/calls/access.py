"""Which call and which seat an action is about, and whether the actor may."""

from rooms.calls import rules, store
from rooms.calls.store import Call, CallSeat
from rooms.members.actions import require
from rooms.programme.rules import FEATURE_OFF
from rooms.programme.store import Room
from rooms.work import Work

FEATURE = "call"


async def require_room(work: Work, room_id: int, permission: str) -> Room:
    room = await require(work, room_id, permission)
    if FEATURE not in room.features:
        raise FEATURE_OFF()
    return room


async def own_seat(work: Work, seat_id: str) -> CallSeat:
    """Find the actor's own seat in a call that they may still be in.

    Raises:
        Refused: call.gone, room.unknown, permission.*.
    """
    row = await store.seat(work.db, seat_id)
    if row is None or row.person_id != work.actor.person_id:
        raise rules.GONE()
    await require_room(work, row.room_id, "call.join")
    return row


async def held_seat(work: Work, seat_id: str) -> tuple[CallSeat, Call]:
    """Find the actor's own seat, and lock its call.

    Raises:
        Refused: call.gone, room.unknown, permission.*.
    """
    room_id = (await own_seat(work, seat_id)).room_id
    call = (await store.lock(work.db, [room_id], work.now))[room_id]
    row = await store.seat(work.db, seat_id)
    if row is None or row.room_id != room_id:
        raise rules.GONE()
    return row, call


async def other_seat(work: Work, room_id: int, seat_id: str) -> tuple[CallSeat, Call]:
    """Find somebody's seat in a room whose call the actor moderates, and lock the call."""
    await require_room(work, room_id, "call.moderate")
    call = (await store.lock(work.db, [room_id], work.now))[room_id]
    row = await store.seat(work.db, seat_id)
    if row is None or row.room_id != room_id:
        raise rules.GONE()
    return row, call
