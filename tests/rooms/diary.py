"""All that each of the cast ever receives on a walk, and what of it they should never have received."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.announcements.store import Announcement
from rooms.chat.store import Message
from rooms.errors import Refused
from rooms.questions.store import Question
from server.features import READS
from tests.rooms.cast import CAFE, CAST, MINISTERS, QUIET, TRAINING, VISITOR, id_of, name_of
from tests.rooms.play import Play, wire
from tests.rooms.walk import NEVER_MODERATE, STREAMS, Step

LOOKED_AT = (CAFE, TRAINING, MINISTERS, QUIET)
READABLE = [(read, room) for read in READS if "{room}" in read.path for room in LOOKED_AT]
PUBLIC = ("open", "live", "answered")
APART = {f"person/{id_of(who)}" for who in ("dmitri", "ingrid", "fatima")}
TRIED = [stream for stream in STREAMS if stream not in APART]
WATCHERS = (*NEVER_MODERATE, "amina")


@dataclass
class Truth:
    """What stands in the store at one moment, whoever may see it."""

    questions: dict[str, Question] = field(default_factory=dict)
    public: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Page:
    """One thing that somebody received, with what should not have been in it."""

    who: str
    kind: str
    text: str
    hidden: frozenset[str]
    never: frozenset[str]


@dataclass
class Diary:
    """Everybody's diary of one walk."""

    play: Play
    pages: list[Page] = field(default_factory=list)
    following: dict[str, set[str]] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    ever_public: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    numbers: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    truth: Truth = field(default_factory=Truth)

    async def follow(self) -> None:
        """Let everybody follow all that they may, and show them its state."""
        for who in WATCHERS:
            await self._follow(who)

    async def _follow(self, who: str) -> None:
        states = await self.play.states(who, TRIED)
        self.following[who] = {stream for stream, state in states.items() if not isinstance(state, Refused)}
        for stream, state in states.items():
            self._write(who, f"state of {stream}", said(state) if isinstance(state, Refused) else state)

    async def read(self) -> None:
        """Let everybody read all there is to read of the rooms."""
        for who in WATCHERS:
            async with self.play.working(who) as work:
                for read, room in READABLE:
                    try:
                        self._write(who, f"read of {read.path}", await read.action(work, read.sent(room=room)))
                    except Refused as refused:
                        self._write(who, f"refusal of {read.path}", said(refused))

    async def hear(self, step: Step) -> None:
        """Write down a step's answer and what it told those who follow."""
        if step.answer.told:
            await self._learn()
        outcome = said(step.outcome) if isinstance(step.outcome, Refused) else step.answer.result
        self._write(step.who, f"answer to {step.command}", outcome)
        for told in step.answer.told:
            for who in WATCHERS:
                if told.stream.name in self.following[who]:
                    self._write(who, f"event on {told.stream.name}", told.event)
        for who in WATCHERS:
            if step.sent.get("person") == (who != VISITOR and id_of(who)):
                await self._follow(who)

    async def _learn(self) -> None:
        self.truth, words = await self.play.ask_database(_truth)
        self.words |= {id_: text for id_, text in words.items() if text}
        for id_ in self.truth.public:
            row = self.truth.questions[id_]
            self.ever_public[row.room_id].add(id_)
            self.numbers[row.room_id].add(row.number or 0)

    def _write(self, who: str, kind: str, thing: object) -> None:
        mine = {id_ for id_, row in self.truth.questions.items() if who != VISITOR and row.person_id == id_of(who)}
        ever = set().union(*self.ever_public.values())
        secret = set(self.truth.questions) - self.truth.public - mine
        words = {self.words[id_] for id_ in (*secret, *self.truth.gone)}
        text = json.dumps(wire(thing), ensure_ascii=False)
        self.pages.append(Page(who, kind, text, frozenset(words), frozenset(secret - ever)))

    async def invisible_to(self, who: str) -> dict[str, list[str]]:
        """List by kind the ids of all that somebody may not see now."""
        rooms = {int(stream.split("/")[1]) for stream in self.following[who] if stream.startswith("room/")}
        own = 0 if who == VISITOR else id_of(who)
        questions, messages, made = await self.play.ask_database(_things)
        seen = {id_ for id_, room, state, by in questions if room in rooms and (state in PUBLIC or by == own)}
        return {
            "question": [row.id for row in questions if row.id not in seen],
            "message": [id_ for id_, room, gone in messages if gone or room not in rooms],
            "announcement": [id_ for id_, room in made if room and room not in rooms],
        }

    def leaks(self) -> Iterator[str]:
        """Name everything that somebody received and should not have."""
        for page in self.pages:
            if page.who in NEVER_MODERATE:
                yield from (f"{page.who}: {page.kind} says {words}" for words in page.hidden if words in page.text)
                yield from (f"{page.who}: {page.kind} names {id_}" for id_ in page.never if id_ in page.text)
            if page.who in NEVER_MODERATE and page.who != "emilie" and betrays_emilie(page.text):
                yield f"{page.who}: {page.kind} betrays an anonymous author"
        for room, numbers in self.numbers.items():
            if numbers != set(range(1, len(self.ever_public[room]) + 1)):
                yield f"room/{room}: the public numbers {sorted(numbers)} betray what is not public"


def said(refused: Refused) -> list[object]:
    """Give all that a refusal says."""
    return [refused.code, refused.values, refused.reason.text, refused.retry_after_ms]


def betrays_emilie(text: str) -> bool:
    """Tell whether a text holds the name or the id of her who only ever asks anonymously."""
    return name_of("emilie") in text or bool(re.search(rf"(?<!\d){CAST['emilie'].id}(?!\d)", text))


async def _things(db: AsyncSession) -> tuple[Any, Any, Any]:
    questions = select(Question.id, Question.room_id, Question.state, Question.person_id)
    messages = select(Message.id, Message.room_id, Message.gone)
    made = select(Announcement.id, Announcement.room_id)
    return (await db.exec(questions)).all(), (await db.exec(messages)).all(), (await db.exec(made)).all()


async def _truth(db: AsyncSession) -> tuple[Truth, dict[str, str]]:
    questions = {row.id: row for row in (await db.exec(select(Question))).all()}
    messages = (await db.exec(select(Message.id, Message.text, Message.gone))).all()
    public = {id_ for id_, row in questions.items() if row.state in PUBLIC}
    gone = {id_ for id_, _, why in messages if why}
    words = {id_: row.text for id_, row in questions.items()} | {id_: text for id_, text, _ in messages}
    return Truth(questions, public, gone), words
