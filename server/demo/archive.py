"""What was said, asked and answered in sample sessions that are over."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.chat.store import Message
from rooms.members.store import Granted
from rooms.people.store import Person
from rooms.programme.store import Room, Session
from rooms.questions.store import Question, Vote
from rooms.work import new_id
from server.demo import data

SESSIONS = 12
MESSAGES = (10, 18)
QUESTIONS = (4, 6)
VOTES = (3, 24)
SEED = 2023


async def fill(db: AsyncSession) -> None:
    """Fill the rooms of the newest sessions that were recorded."""
    people = list((await db.exec(select(Person).where(col(Person.simulated)).order_by(col(Person.id)))).all())
    desk = (await db.exec(select(Granted.person_id).where(Granted.role == "moderator"))).all()
    query = (
        select(Session, Room)
        .join(Room, (col(Room.session_id) == col(Session.id)) & col(Room.parent_id).is_(None))
        .where(Session.recording != "")
    )
    found = (await db.exec(query.order_by(col(Session.start_at).desc(), col(Session.number)))).all()
    rng = random.Random(SEED)  # noqa: S311  # a sample, the same one every time
    told = Telling(rng, people, desk[0] or 0, _shuffled(rng))
    for session, room in [each for each in found if "questions" in each[1].features][:SESSIONS]:
        await told.fill(db, session, room)


def _shuffled(rng: random.Random) -> Iterator[tuple[str, str]]:
    pool = [(language, text) for language, kinds in data.phrases().items() for text in kinds["question"]]
    rng.shuffle(pool)
    return iter(pool)


class Telling:
    """Invents the past of rooms; no question is asked in two of them."""

    def __init__(
        self, rng: random.Random, people: list[Person], moderator: int, questions: Iterator[tuple[str, str]]
    ) -> None:
        self._rng = rng
        self._people = people
        self._moderator = moderator
        self._questions = questions

    async def fill(self, db: AsyncSession, session: Session, room: Room) -> None:
        """Write one session's messages, questions and votes; the room's counters count them."""
        present = self._rng.sample(self._people, 36)
        messages = [self._message(session, room, present, at) for at in self._times(session, MESSAGES)]
        for number, message in enumerate(messages, 1):
            message.number = number
        questions = self._asked(session, room, present)
        room.message_count, room.question_count = len(messages), len(questions)
        db.add_all([room, *messages, *questions])
        await db.flush()
        db.add_all(vote for question in questions for vote in self._votes(question, present))
        await db.flush()

    def _times(self, session: Session, how_many: tuple[int, int]) -> list[datetime]:
        """Choose moments within a session, in order; nothing falls into its last quarter."""
        seconds = int((session.end_at - session.start_at).total_seconds() * 0.75)
        moments = sorted(self._rng.sample(range(30, seconds), self._rng.randint(*how_many)))
        return [session.start_at + timedelta(seconds=moment) for moment in moments]

    def _message(self, session: Session, room: Room, present: list[Person], at: datetime) -> Message:
        person = self._rng.choice(present)
        kind = "hello" if at - session.start_at < timedelta(minutes=5) else "remark"
        text = self._rng.choice(data.phrases()[person.language][kind])
        return Message(id=new_id(), number=0, text=text, posted_at=at, **_by(room, person))

    def _asked(self, session: Session, room: Room, present: list[Person]) -> list[Question]:
        times = self._times(session, QUESTIONS)
        rows = [self._question(room, present, asked, at) for at, asked in zip(times, self._questions, strict=False)]
        for number, row in enumerate(sorted(rows, key=lambda row: row.shown_at or row.asked_at), 1):
            row.number = number
        if all(row.state == "open" for row in rows):
            rows[0].state = "answered"
        return rows

    def _question(self, room: Room, present: list[Person], asked: tuple[str, str], at: datetime) -> Question:
        language, text = asked
        person = self._rng.choice([each for each in present if each.language == language] or present)
        answered = self._rng.random() < 0.75
        shown_at = at + timedelta(seconds=self._rng.randint(6, 25))
        return Question(
            id=new_id(),
            text=text,
            anonymous=self._rng.random() < 0.2,
            state="answered" if answered else "open",
            asked_at=at,
            shown_at=shown_at,
            moved_at=shown_at + timedelta(seconds=self._rng.randint(60, 400) if answered else 0),
            moved_by=self._moderator,
            rev=4 if answered else 2,
            **_by(room, person),
        )

    def _votes(self, question: Question, present: list[Person]) -> list[Vote]:
        others = [each for each in present if each.id != question.person_id]
        voters = self._rng.sample(others, self._rng.randint(*VOTES))
        question.votes = len(voters)
        at = question.shown_at or question.asked_at
        return [Vote(question_id=question.id, person_id=each.id or 0, at=at) for each in voters]


def _by(room: Room, person: Person) -> dict[str, Any]:
    return {"room_id": room.id or 0, "person_id": person.id or 0, "name": person.name}
