"""Planning a café, answering whether one is ready, and running its clock."""

from datetime import timedelta

from rooms.cafe import proofs, proving, rules, store, wire
from rooms.cafe.access import require_cafe, require_phase
from rooms.cafe.clock import enter, go_on
from rooms.cafe.planning import copy, plan, save, sources
from rooms.calls import store as calls
from rooms.commands import Command, Done, Read
from rooms.members.actions import require
from rooms.notes import store as notes
from rooms.seats import dealing
from rooms.seats import store as seats
from rooms.streams import everyone_in, hosts_of, only
from rooms.tables import care, listing
from rooms.tables import rules as table_rules
from rooms.tables import store as tables
from rooms.work import Work


async def start(work: Work, sent: wire.InRoom) -> Done:
    """Begin: ask everybody whether they are ready."""
    cafe = await require_cafe(work, sent.room, "cafe.run")
    require_phase(cafe, ("draft", "over"))
    planned = wire.plan_of(cafe)
    if not planned.rounds:
        raise rules.NO_ROUNDS()
    if planned.mode != "proposed" and not any(row.open for row in await tables.tables(work.db, sent.room)):
        raise rules.NO_TABLES()
    await _forget_answers(work, sent.room)
    work.tell(hosts_of(sent.room), wire.CafeAsked())
    cafe.sitting += 1
    cafe.before, cafe.recalled = cafe.sitting, False
    proving.tell(work, cafe, None)
    work.tell(everyone_in(sent.room), wire.CafeAnswers(answers={}))
    await enter(work, cafe, rules.first(planned))
    return Done()


async def _forget_answers(work: Work, room_id: int) -> None:
    for person_id in sorted(await store.answers(work.db, room_id)):
        work.tell(only(person_id), wire.CafeAnswered(room=room_id))
    await store.forget_answers(work.db, room_id)


async def answer(work: Work, sent: wire.Reply) -> Done:
    """Say that one is in, listens only, or has to leave; the last answer counts."""
    cafe = await require_cafe(work, sent.room, "room.read")
    require_phase(cafe, tuple(phase for phase in rules.RUNNING_PHASES if phase != "plenary"))
    person_id = work.actor.person_id or 0
    await store.set_answer(work.db, sent.room, person_id, sent.answer)
    work.tell(only(person_id), wire.CafeAnswered(room=sent.room, answer=sent.answer))
    work.tell(everyone_in(sent.room), wire.CafeAnswers(answers=await store.counts(work.db, sent.room)))
    work.tell(
        hosts_of(sent.room), wire.GuestAnswered(person=(await dealing.named(work, [person_id]))[0], answer=sent.answer)
    )
    held = await seats.seat(work.db, sent.room, cafe.sitting, person_id)
    if sent.answer == "leaving" and held and held.left_at is None:
        await dealing.stand_up(work, cafe, [held])
    return Done()


async def go_on_now(work: Work, sent: wire.InRoom) -> Done:
    """End the phase now; where seats are still being proposed there is nothing to go on to yet."""
    cafe = await require_cafe(work, sent.room, "cafe.run")
    require_phase(cafe, rules.RUNNING_PHASES)
    if _waits_for_proposal(cafe):
        raise rules.PHASE()
    await go_on(work, cafe)
    return Done()


def _waits_for_proposal(cafe: store.Cafe) -> bool:
    return cafe.phase == "seating" and wire.plan_of(cafe).mode == "assigned" and cafe.proposal is None


async def shuffle(work: Work, sent: wire.InRoom) -> Done:
    """Ask for another proposal of seats."""
    cafe = await require_cafe(work, sent.room, "cafe.run")
    require_phase(cafe, ("seating",))
    if wire.plan_of(cafe).mode != "assigned":
        raise rules.PHASE()
    await enter(work, cafe, rules.Step("seating", cafe.round, None))
    return Done()


async def pause(work: Work, sent: wire.InRoom) -> Done:
    """Stop the clock; stopping it twice is stopping it once."""
    cafe = await require_cafe(work, sent.room, "cafe.run")
    require_phase(cafe, rules.RUNNING_PHASES)
    if cafe.ends_at:
        cafe.left_ms = max(0, round((cafe.ends_at - work.now) / timedelta(milliseconds=1)))
        cafe.ends_at = None
        _tell(work, cafe)
    return Done()


async def resume(work: Work, sent: wire.InRoom) -> Done:
    """Let the clock go on where it stopped."""
    cafe = await require_cafe(work, sent.room, "cafe.run")
    if cafe.left_ms is None:
        raise rules.NOT_PAUSED()
    cafe.ends_at, cafe.left_ms = work.now + timedelta(milliseconds=cafe.left_ms), None
    _tell(work, cafe)
    return Done()


async def stretch(work: Work, sent: wire.Stretch) -> Done:
    """Give time, or take some away: to all, or to one table."""
    rules.check_lengths({"seconds": (sent.seconds, rules.STEP_SECONDS)}, "s")
    cafe = await require_cafe(work, sent.room, "cafe.run")
    if sent.table is not None:
        return await _stretch_table(work, cafe, sent.table, sent.seconds)
    require_phase(cafe, rules.RUNNING_PHASES)
    if cafe.left_ms is not None:
        cafe.left_ms = max(rules.LEAST_LEFT_SECONDS * 1000, cafe.left_ms + sent.seconds * 1000)
    elif cafe.ends_at:
        least = work.now + timedelta(seconds=rules.LEAST_LEFT_SECONDS)
        cafe.ends_at = max(least, cafe.ends_at + timedelta(seconds=sent.seconds))
        _reopen(work, cafe)
    else:
        raise rules.PHASE()
    _tell(work, cafe)
    return Done()


def _reopen(work: Work, cafe: store.Cafe) -> None:
    """Talk on where a closing round was given more than its closing takes."""
    closing = timedelta(seconds=wire.plan_of(cafe).closing_seconds)
    if cafe.phase == "closing" and not cafe.recalled and cafe.ends_at and cafe.ends_at - work.now > closing:
        cafe.phase, cafe.ends_at = "open", cafe.ends_at - closing


async def _stretch_table(work: Work, cafe: store.Cafe, table_id: int, seconds: int) -> Done:
    require_phase(cafe, (*rules.ROUND_PHASES, "closed"))
    row = await tables.table(work.db, table_id, lock=True)
    if row is None or row.cafe_id != cafe.room_id:
        raise table_rules.UNKNOWN()
    row.extra_ms = max(0, row.extra_ms + seconds * 1000)
    work.db.add(row)
    await listing.tell(work, [row])
    if cafe.phase == "closed" and cafe.ends_at and seconds > 0:
        cafe.ends_at = max(cafe.ends_at, work.now + timedelta(seconds=seconds))
        _tell(work, cafe)
    return Done()


async def recall(work: Work, sent: wire.Recall) -> Done:
    """Call everybody back: what is left of the round is a countdown, and then comes the plenary."""
    rules.check_lengths({"seconds": (sent.seconds, rules.SECONDS)}, "s")
    cafe = await require_cafe(work, sent.room, "cafe.run")
    require_phase(cafe, ("seating", *rules.ROUND_PHASES, "closed"))
    cafe.recalled = True
    await enter(work, cafe, rules.Step("closing", cafe.round, sent.seconds))
    return Done()


async def reset(work: Work, sent: wire.InRoom) -> Done:
    """Plan anew after a café is over; its tables and what was written at them stay."""
    cafe = await require_cafe(work, sent.room, "cafe.run")
    require_phase(cafe, ("over",))
    await enter(work, cafe, rules.Step("draft", 0))
    return Done()


def _tell(work: Work, cafe: store.Cafe) -> None:
    work.db.add(cafe)
    work.tell(everyone_in(cafe.room_id), wire.phase(cafe))


async def met(work: Work, sent: wire.InRoom) -> proofs.Met:
    """Show the actor how many new people they met in each round of this café, and in all."""
    await require(work, sent.room, "room.read")
    cafe = await store.cafe(work.db, sent.room)
    if cafe is None:
        raise rules.UNKNOWN()
    known: set[int] = set()
    rounds = []
    found = await seats.met_by(work.db, sent.room, cafe.before, work.actor.person_id or 0)
    for _, people in sorted(found.items()):
        rounds.append(len(people - known))
        known |= people
    return proofs.Met(rounds=tuple(rounds), people=len(known))


async def state(work: Work, cafe: store.Cafe) -> wire.CafeState:
    """Show a café to everyone in its room."""
    return wire.public(cafe, await store.counts(work.db, cafe.room_id))


async def hosts_state(work: Work, room_id: int) -> wire.HostsState:
    """Show a café to those who run it."""
    await require(work, room_id, "cafe.run")
    cafe = await store.cafe(work.db, room_id)
    if cafe is None:
        raise rules.UNKNOWN()
    taken, answers = await dealing.taken(work, cafe), await store.answers(work.db, room_id)
    proposed = wire.proposed(cafe)
    seats_of = {seat.person_id: seat for seat in taken}
    ids = {*seats_of, *answers, *(each for all_ in proposed.seats.values() for each in all_)}
    return wire.HostsState(
        plan=wire.plan_of(cafe),
        people=await dealing.named(work, ids, seats_of),
        seats=proposed.seats,
        proof=proposed.proof,
        answers={str(person): answer for person, answer in sorted(answers.items())},
        away=tuple(sorted(seat.person_id for seat in taken if seat.away_at)),
        helps=await care.helps(work, room_id),
        lengths={str(table): each for table, each in (await notes.lengths(work.db, room_id)).items() if each},
        hands={str(table): count for table, count in (await calls.hands(work.db, room_id)).items()},
    )


COMMANDS = (
    Command("cafe.plan", "Save a café's plan.", wire.SavePlan, Done, save),
    Command("cafe.copy", "Take over the plan of another café.", wire.CopyPlan, Done, copy),
    Command("cafe.start", "Begin a café with the ready check.", wire.InRoom, Done, start),
    Command("cafe.answer", "Say whether you are ready.", wire.Reply, Done, answer),
    Command("cafe.next", "End the phase now.", wire.InRoom, Done, go_on_now),
    Command("cafe.shuffle", "Propose other seats.", wire.InRoom, Done, shuffle),
    Command("cafe.pause", "Stop the café's clock.", wire.InRoom, Done, pause),
    Command("cafe.resume", "Let the café's clock go on.", wire.InRoom, Done, resume),
    Command("cafe.stretch", "Give a round or a table more time, or less.", wire.Stretch, Done, stretch),
    Command("cafe.recall", "Call everybody back to the plenary.", wire.Recall, Done, recall),
    Command("cafe.reset", "Plan a café anew after it is over.", wire.InRoom, Done, reset),
)
READS = (
    Read("rooms/{room}/cafe/plan", "A café's whole plan.", wire.InRoom, wire.WholePlan, plan),
    Read("rooms/{room}/cafe/sources", "The cafés whose plan you may copy.", wire.InRoom, wire.Sources, sources),
    Read("rooms/{room}/cafe/met", "How many people you met in a café.", wire.InRoom, proofs.Met, met),
)
