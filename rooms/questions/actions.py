"""Asking, moderating and voting."""

from dataclasses import dataclass
from typing import Any

from rooms.commands import Command, Done, Rate, Read
from rooms.members.actions import may, require
from rooms.members.rules import SIGN_IN
from rooms.programme import store as programme
from rooms.programme.rules import FEATURE_OFF
from rooms.programme.store import Room
from rooms.questions import rules, store, wire
from rooms.streams import everyone_in, moderators_of, only
from rooms.text import clean
from rooms.work import Work, new_id


@dataclass(frozen=True, slots=True)
class Views:
    """What each audience sees of a question at one moment."""

    public: wire.PublicQuestion | None = None
    desk: wire.DeskQuestion | None = None


def _views(row: store.Question) -> Views:
    return Views(wire.public(row), wire.desk(row))


async def _room(work: Work, room_id: int, permission: str) -> Room:
    room = await require(work, room_id, permission)
    if "questions" not in room.features:
        raise FEATURE_OFF()
    return room


async def _question(work: Work, question_id: str, permission: str) -> store.Question:
    """Find a question that the actor may see, and lock it; all others do not exist for them.

    Raises:
        Refused: question.unknown, permission.*, room.feature_off.
    """
    row = await store.question(work.db, question_id)
    room = await programme.room(work.db, row.room_id) if row else None
    if row is None or room is None or not _sees(work, row, room):
        raise rules.UNKNOWN() if work.actor.person_id else SIGN_IN()
    await _room(work, row.room_id, permission)
    return row


def _sees(work: Work, row: store.Question, room: Room) -> bool:
    if not may(work, room, "room.read"):
        return False
    mine = row.person_id == work.actor.person_id
    return row.state in rules.PUBLIC or mine or may(work, room, "question.moderate")


async def ask(work: Work, sent: wire.Ask) -> wire.OwnQuestion:
    """Ask a question: held for the moderators, or shown at once where nothing is held."""
    room = await _room(work, sent.room, "question.ask")
    row = store.Question(
        id=new_id(),
        room_id=sent.room,
        person_id=work.actor.person_id or 0,
        name=work.actor.name,
        anonymous=sent.anonymous,
        text=clean(sent.text, rules.TEXT_LIMIT),
        state="pending",
        asked_at=work.now,
        moved_at=work.now,
    )
    await _enter(work, row, rules.first_state(room.premoderated, may(work, room, "question.moderate")))
    work.db.add(row)
    _tell(work, row, Views())
    return wire.own(row)


async def approve(work: Work, sent: wire.OneQuestion) -> Done:
    """Publish a held, dismissed or hidden question."""
    return await _move(work, sent.question, "approve")


async def dismiss(work: Work, sent: wire.Dismiss) -> Done:
    """Turn a held question down; its author is told why."""
    rules.check_dismissal(sent.why)
    return await _move(work, sent.question, "dismiss", sent.why)


async def hide(work: Work, sent: wire.OneQuestion) -> Done:
    """Take a public question away."""
    return await _move(work, sent.question, "hide")


async def stage(work: Work, sent: wire.OneQuestion) -> Done:
    """Put a question live; the one that was live counts as answered."""
    row = await _question(work, sent.question, "question.moderate")
    if rules.move("stage", row.state) is None:
        return Done()
    await programme.lock_room(work.db, row.room_id)
    former = await store.live(work.db, row.room_id)
    if former is not None:
        await _step(work, former, "answer")
    await _step(work, row, "stage")
    return Done()


async def unstage(work: Work, sent: wire.OneQuestion) -> Done:
    """Put the live question back among the open ones."""
    return await _move(work, sent.question, "unstage")


async def answer(work: Work, sent: wire.OneQuestion) -> Done:
    """Mark a question as answered."""
    return await _move(work, sent.question, "answer")


async def reopen(work: Work, sent: wire.OneQuestion) -> Done:
    """Put an answered question back among the open ones."""
    return await _move(work, sent.question, "reopen")


async def withdraw(work: Work, sent: wire.OneQuestion) -> Done:
    """Take back one's own question."""
    row = await _question(work, sent.question, "room.read")
    if row.person_id != work.actor.person_id:
        raise rules.UNKNOWN()
    await _step(work, row, "withdraw")
    return Done()


async def _move(work: Work, question_id: str, name: str, why: str = "") -> Done:
    await _step(work, await _question(work, question_id, "question.moderate"), name, why)
    return Done()


async def _step(work: Work, row: store.Question, name: str, why: str = "") -> None:
    """Take one step of the table and tell each audience what it sees of it; a step taken already is done."""
    target = rules.move(name, row.state)
    if target is None:
        return
    before = _views(row)
    row.why, row.rev = why, row.rev + 1
    row.moved_at, row.moved_by = work.now, work.actor.person_id
    await _enter(work, row, target)
    work.db.add(row)
    await work.db.flush()
    _tell(work, row, before)


async def _enter(work: Work, row: store.Question, state: rules.State) -> None:
    row.state = state
    if state in rules.PUBLIC and row.number is None:
        row.number = await programme.next_number(work.db, row.room_id, "question_count")
        row.shown_at = work.now


def _tell(work: Work, row: store.Question, before: Views) -> None:
    """Tell every audience the difference between what it saw before and what it sees after."""
    after = _views(row)
    _tell_everyone(work, row, before.public, after.public)
    _tell_moderators(work, row, before.desk, after.desk)
    author = only(row.person_id)
    work.blank(author, f"question/{row.id}")
    work.tell(author, wire.QuestionYours(question=wire.own(row)))


def _tell_everyone(work: Work, row: store.Question, before: Any, after: wire.PublicQuestion | None) -> None:
    room = everyone_in(row.room_id)
    if after and not before:
        work.tell(room, wire.QuestionShown(question=after))
        work.tell(room, wire.Scores(scores={row.id: row.votes}))
    elif after and after != before:
        work.tell(room, wire.QuestionChanged(question=after))
    elif before and not after:
        work.blank(room, f"question/{row.id}")
        work.forget(room, wire.Scores, row.id)
        work.tell(room, wire.QuestionGone(id=row.id))


def _tell_moderators(work: Work, row: store.Question, before: Any, after: wire.DeskQuestion | None) -> None:
    desk = moderators_of(row.room_id)
    if after and not before:
        work.tell(desk, wire.QuestionHeld(question=after))
    elif after and after != before:
        work.tell(desk, wire.QuestionMoved(question=after))
    elif before and not after:
        work.blank(desk, f"question/{row.id}")
        work.tell(desk, wire.QuestionLeft(id=row.id))


async def vote(work: Work, sent: wire.SetVote) -> wire.Voted:
    """Set the actor's vote; setting it twice is setting it once."""
    row = await _question(work, sent.question, "question.vote")
    person_id = work.actor.person_id or 0
    rules.check_vote(row.state, row.person_id, person_id)
    held = await work.db.get(store.Vote, (row.id, person_id))
    if bool(held) != sent.on:
        await _save_vote(work, row, held)
        work.tell(everyone_in(row.room_id), wire.Scores(scores={row.id: row.votes}))
        work.tell(only(person_id), wire.QuestionVoted(question=row.id, on=sent.on))
    return wire.Voted(votes=row.votes, on=sent.on)


async def _save_vote(work: Work, row: store.Question, held: store.Vote | None) -> None:
    if held:
        await work.db.delete(held)
    else:
        work.db.add(store.Vote(question_id=row.id, person_id=work.actor.person_id or 0, at=work.now))
    row.votes += -1 if held else 1
    work.db.add(row)


async def questions(work: Work, sent: wire.Older) -> wire.Questions:
    """Show a room's public questions with their scores."""
    await _room(work, sent.room, "room.read")
    rows = await store.listed(work.db, sent.room, rules.PUBLIC, sent.before)
    shown = tuple(question for row in rows if (question := wire.public(row)))
    more = len(rows) == rules.LISTED
    scores = {row.id: row.votes for row in rows}
    return wire.Questions(questions=shown, scores=scores, before=shown[0].number if more else None)


async def desk(work: Work, sent: wire.Older) -> wire.Desk:
    """Show a room's questions to its moderators."""
    await _room(work, sent.room, "question.moderate")
    states: tuple[rules.State, ...] = ("pending", "open", "live", "answered", "dismissed", "hidden")
    rows = await store.listed(work.db, sent.room, states, sent.before)
    return wire.Desk(questions=tuple(question for row in rows if (question := wire.desk(row))))


ASKING = Rate(burst=5, every_seconds=6.0)
COMMANDS = (
    Command("question.ask", "Ask the session a question.", wire.Ask, wire.OwnQuestion, ask, ASKING),
    Command("question.vote", "Set your vote, or take it back.", wire.SetVote, wire.Voted, vote),
    Command("question.withdraw", "Take back your own question.", wire.OneQuestion, Done, withdraw),
    Command("question.approve", "Publish a question.", wire.OneQuestion, Done, approve),
    Command("question.dismiss", "Turn a held question down.", wire.Dismiss, Done, dismiss),
    Command("question.hide", "Take a public question away.", wire.OneQuestion, Done, hide),
    Command("question.stage", "Put a question live.", wire.OneQuestion, Done, stage),
    Command("question.unstage", "Take the live question off the stage.", wire.OneQuestion, Done, unstage),
    Command("question.answer", "Mark a question as answered.", wire.OneQuestion, Done, answer),
    Command("question.reopen", "Open an answered question again.", wire.OneQuestion, Done, reopen),
)
READS = (
    Read("rooms/{room}/questions", "A room's public questions.", wire.Older, wire.Questions, questions),
    Read("rooms/{room}/desk", "A room's questions for its moderators.", wire.Older, wire.Desk, desk),
)
