"""Passing signals of connections on; nothing of it is stored."""

from rooms.calls import events, rules, store, wire
from rooms.calls.access import own_seat
from rooms.calls.store import Call, CallSeat
from rooms.commands import Done
from rooms.streams import media_of, seat_of
from rooms.work import Work


async def signal(work: Work, sent: wire.Signal) -> Done:
    """Pass a signal on to the mixer or to another seat of the same call; it is stored nowhere."""
    row = await own_seat(work, sent.seat)
    rules.check_gen(row.gen, sent.gen)
    if sent.sdp:
        rules.check_sdp(sent.sdp)
    if sent.candidate and work.around.count(f"{row.id}/{row.gen}/{sent.to}") > rules.CANDIDATES_LIMIT:
        raise rules.CANDIDATES(limit=rules.CANDIDATES_LIMIT)
    call = await store.call(work.db, row.room_id)
    mixed = call is not None and rules.ENGINES[call.engine].mixed
    await (_to_mixer if mixed else _to_peer)(work, row, call, sent)
    return Done()


async def _to_mixer(work: Work, row: CallSeat, call: Call | None, sent: wire.Signal) -> None:
    if sent.to:
        raise rules.GONE()
    if call is None or not call.media:
        raise rules.STALE()
    told = events.MediaSignal(seat=row.id, gen=sent.gen, sdp=sent.sdp, candidate=sent.candidate, end=sent.end)
    work.tell(media_of(call.media), told)


async def _to_peer(work: Work, row: CallSeat, call: Call | None, sent: wire.Signal) -> None:
    other = await store.seat(work.db, sent.to)
    if other is None or other.room_id != row.room_id or other.id == row.id:
        raise rules.GONE()
    passed = {name: getattr(sent, name) for name in ("gen", "sdp", "kind", "candidate", "end")}
    work.tell(seat_of(other.id), events.CallSignal(sender=row.id, **passed))


async def watch(work: Work, sent: wire.Watch) -> Done:
    """Say whose pictures one shows; who is not in the same call is left out."""
    row = await own_seat(work, sent.seat)
    call = await store.call(work.db, row.room_id)
    here = {each.id for each in await store.seats(work.db, row.room_id)}
    if call and call.media:
        want = tuple(seat_id for seat_id in sent.want if seat_id in here)
        work.tell(media_of(call.media), events.MediaWatch(seat=row.id, want=want))
    return Done()
