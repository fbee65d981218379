"""What comes in about questions, and what each audience is told: one model per audience."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Self

from rooms.commands import Id, Number, Result, Sent
from rooms.questions.rules import PUBLIC, State
from rooms.questions.store import Question
from rooms.streams import Everyone, Latest, Logged, Moderators, OnePerson


class Ask(Sent, frozen=True):
    """Ask the session a question, named or anonymous to the public."""

    room: Number
    text: str
    anonymous: bool = False


class OneQuestion(Sent, frozen=True):
    """Name a question."""

    question: Id


class Dismiss(Sent, frozen=True):
    """Turn a question down for a listed reason."""

    question: Id
    why: str


class SetVote(Sent, frozen=True):
    """Set one's vote, or take it back."""

    question: Id
    on: bool


class Older(Sent, frozen=True):
    """Ask for the page of questions before a public number."""

    room: Number
    before: Number | None = None


class PublicQuestion(Result, frozen=True):
    """A question as everyone sees it: no author's id, no name if it was asked anonymously, no score."""

    id: str
    number: int
    text: str
    state: Literal["open", "live", "answered"]
    at: datetime
    name: str = ""


class DeskQuestion(Result, frozen=True):
    """A question as moderators see it."""

    id: str
    text: str
    state: State
    at: datetime
    by: int
    name: str
    rev: int
    anonymous: bool = False
    number: int | None = None
    why: str = ""


class OwnQuestion(Result, frozen=True):
    """A question as its author sees it."""

    id: str
    room: int
    text: str
    state: State
    at: datetime
    anonymous: bool = False
    number: int | None = None
    why: str = ""


class Voted(Result, frozen=True):
    """The score after one's vote."""

    votes: int
    on: bool


class Questions(Result, frozen=True):
    """Public questions by number, with their scores; `before` asks for older ones."""

    questions: tuple[PublicQuestion, ...] = ()
    scores: dict[str, int] = {}
    before: int | None = None


class Desk(Result, frozen=True):
    """What the moderators of a room work on."""

    questions: tuple[DeskQuestion, ...] = ()


class QuestionShown(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="question.shown"):
    """A question stands in public."""

    question: PublicQuestion

    def about(self) -> str:
        return f"question/{self.question.id}"


class QuestionChanged(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="question.changed"):
    """A public question is different now."""

    question: PublicQuestion

    def about(self) -> str:
        return f"question/{self.question.id}"


class QuestionGone(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="question.gone"):
    """A question is not public any more."""

    id: str


class Scores(Latest[Everyone], frozen=True, kw_only=True, tag_field="type", tag="question.scores"):
    """How many votes questions have."""

    scores: dict[str, int]

    def key(self) -> str:
        return next(iter(self.scores))

    @classmethod
    def join(cls, many: Sequence[Self]) -> Self:
        return cls(scores={id_: votes for each in many for id_, votes in each.scores.items()})


class QuestionHeld(Logged[Moderators], frozen=True, kw_only=True, tag_field="type", tag="question.held"):
    """A question has come to the moderators' desk."""

    question: DeskQuestion

    def about(self) -> str:
        return f"question/{self.question.id}"


class QuestionMoved(Logged[Moderators], frozen=True, kw_only=True, tag_field="type", tag="question.moved"):
    """A question at the desk is different now."""

    question: DeskQuestion

    def about(self) -> str:
        return f"question/{self.question.id}"


class QuestionLeft(Logged[Moderators], frozen=True, kw_only=True, tag_field="type", tag="question.left"):
    """A question has left the desk."""

    id: str


class QuestionYours(Logged[OnePerson], frozen=True, kw_only=True, tag_field="type", tag="question.yours"):
    """One's own question is like this now."""

    question: OwnQuestion

    def about(self) -> str:
        return f"question/{self.question.id}"


class QuestionVoted(Logged[OnePerson], frozen=True, kw_only=True, tag_field="type", tag="question.voted"):
    """One's own vote stands like this, on whatever device it was set."""

    question: str
    on: bool


EVENTS = (
    *(QuestionShown, QuestionChanged, QuestionGone, Scores),
    *(QuestionHeld, QuestionMoved, QuestionLeft, QuestionYours, QuestionVoted),
)


def public(row: Question) -> PublicQuestion | None:
    """Show a question to everyone, or nothing unless it is public; anonymous ones get a coarse time."""
    if row.state not in PUBLIC or row.number is None or row.shown_at is None:
        return None
    at = row.shown_at.replace(second=0, microsecond=0) if row.anonymous else row.shown_at.replace(microsecond=0)
    name = "" if row.anonymous else row.name
    return PublicQuestion(id=row.id, number=row.number, text=row.text, state=row.state, at=at, name=name)  # type: ignore[arg-type]


def desk(row: Question) -> DeskQuestion | None:
    """Show a question to moderators, or nothing once its author withdrew it."""
    if row.state == "withdrawn":
        return None
    return DeskQuestion(
        id=row.id,
        text=row.text,
        state=row.state,
        at=row.asked_at.replace(microsecond=0),
        by=row.person_id,
        name=row.name,
        rev=row.rev,
        anonymous=row.anonymous,
        number=row.number,
        why=row.why,
    )


def own(row: Question) -> OwnQuestion:
    """Show a question to its author."""
    return OwnQuestion(
        id=row.id,
        room=row.room_id,
        text=row.text,
        state=row.state,
        at=row.asked_at.replace(microsecond=0),
        anonymous=row.anonymous,
        number=row.number,
        why=row.why,
    )
