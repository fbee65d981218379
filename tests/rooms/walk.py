"""Random walks over all commands: what each of the cast might send next, by a seed."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

from rooms.chat.rules import REACTIONS
from rooms.errors import Refused
from rooms.questions.rules import DISMISSALS
from tests.rooms.cast import CAFE, CAST, CEREMONY, MINISTERS, QUIET, TRAINING, VISITOR, id_of
from tests.rooms.play import Answer, Json, Play

T = TypeVar("T")

ROOMS = (*[CAFE] * 8, *[TRAINING] * 4, *[MINISTERS] * 3, CEREMONY, QUIET)
SPEAKERS = ("amina", "bao", "carlos", "dmitri", "fatima", "ingrid", "boris")
EVERYBODY = (*SPEAKERS, "emilie", VISITOR)
DESK = (*["ingrid"] * 12, *["amina"] * 4, "dmitri", "bao")
NEVER_MODERATE = ("bao", "carlos", "emilie", "boris", VISITOR)
"""Émilie asks anonymously and never speaks otherwise; of the rest, only Dmitri is ever made a moderator."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a walk, with its answer or its refusal."""

    who: str
    command: str
    sent: Json
    outcome: Answer | Refused

    @property
    def answer(self) -> Answer:
        return self.outcome if isinstance(self.outcome, Answer) else Answer(None, ())


@dataclass
class Walk:
    """A walk over the commands; the same seed goes the same way on every Python."""

    play: Play
    seed: int
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    ids: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    makers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._menu = [name for name, (weight, _, _) in CHOICES.items() for _ in range(weight)]

    def pick(self, things: Sequence[T]) -> T:
        """Pick one; Random.random is the only method that every Python repeats."""
        return things[int(self._random.random() * len(things))]

    def chance(self, percent: int) -> bool:
        """Throw a coin that falls so often in a hundred."""
        return self._random.random() * 100 < percent

    def text(self) -> str:
        """Make a text that can be found again."""
        return "Why " + "".join(self.pick("bcdfghjkmnpqrstvwxz") for _ in range(10)) + "?"

    def known(self, kind: str) -> str:
        """Pick a thing of a kind, mostly a recent one; sometimes one that never was."""
        made = self.ids[kind]
        if not made or self.chance(4):
            return "AAAAAAAAAAA"
        return self.pick(made[-12:] if self.chance(80) else made)

    async def steps(self, count: int) -> AsyncIterator[Step]:
        """Go so many steps."""
        for _ in range(count):
            self.play.now += timedelta(seconds=int(self._random.random() * 8))
            yield await self._step()

    async def _step(self) -> Step:
        name = self.pick(self._menu)
        _, actors, body = CHOICES[name]
        sent = body(self)
        who = self._actor(name, actors, sent)
        if name == "question.ask" and who == "emilie":
            sent["anonymous"] = True
        try:
            answer = await self.play.do(who, name, **sent)
        except Refused as refused:
            self.refused[refused.code] += 1
            return Step(who, name, sent, refused)
        self.done[name] += 1
        if name in MAKES:
            self.ids[MAKES[name]].append(answer.result.id)
            self.makers[answer.result.id] = who
        return Step(who, name, sent, answer)

    def _actor(self, name: str, actors: Sequence[str], sent: Json) -> str:
        made = self.makers.get(sent.get(OWN.get(name, ""), ""))
        return made if made and self.chance(70) else self.pick(actors)


OWN = {"chat.edit": "message", "chat.delete": "message", "question.withdraw": "question"}
"""What mostly its maker does, and to what."""

MAKES = {"chat.post": "message", "question.ask": "question", "announcement.make": "announcement"}


def _post(walk: Walk) -> Json:
    reply = {"reply_to": walk.known("message")} if walk.chance(20) else {}
    return {"room": walk.pick(ROOMS), "text": "" if walk.chance(4) else walk.text(), **reply}


def _ask(walk: Walk) -> Json:
    return {"room": walk.pick(ROOMS), "text": walk.text(), "anonymous": walk.chance(20)}


def _announce(walk: Walk) -> Json:
    room = {"room": walk.pick(ROOMS)} if walk.chance(70) else {}
    return {"texts": {"en": walk.text(), "ar": walk.text()}, "minutes": walk.pick((1, 5, 60, 60, 60, 0)), **room}


def _role(walk: Walk) -> Json:
    role = walk.pick(("speaker", "host", "participant", "moderator"))
    who = "dmitri" if role == "moderator" else walk.pick(("bao", "carlos", "dmitri"))
    return {"person": id_of(who), "role": role, "scope": f"room/{walk.pick((CAFE, TRAINING, 999))}"}


def _restriction(walk: Walk) -> Json:
    kind = "silenced" if walk.chance(50) else "banned"
    who = walk.pick(("bao", "carlos", "dmitri", "boris"))
    return {"person": id_of(who), "room": walk.pick((CAFE, TRAINING)), "kind": kind}


def _restrict(walk: Walk) -> Json:
    return {**_restriction(walk), "why": walk.text(), "minutes": walk.pick((1, 2, 0, None))}


def _of(kind: str, **more: Callable[[Walk], Any]) -> Callable[[Walk], Json]:
    return lambda walk: {kind: walk.known(kind), **{name: make(walk) for name, make in more.items()}}


def _on(walk: Walk) -> bool:
    return walk.chance(75)


CHOICES: dict[str, tuple[int, Sequence[str], Callable[[Walk], Json]]] = {
    "person.rename": (1, SPEAKERS, lambda walk: {"name": walk.text()}),
    "member.grant": (2, ("ingrid", "ingrid", "ingrid", "amina"), _role),
    "member.revoke": (3, ("ingrid", "ingrid", "ingrid", "amina"), _role),
    "member.restrict": (3, DESK, _restrict),
    "member.release": (3, DESK, _restriction),
    "chat.post": (24, SPEAKERS, _post),
    "chat.edit": (6, SPEAKERS, _of("message", text=Walk.text)),
    "chat.delete": (3, SPEAKERS, _of("message")),
    "chat.hide": (4, DESK, _of("message")),
    "chat.restore": (5, DESK, _of("message")),
    "chat.react": (8, EVERYBODY, _of("message", reaction=lambda walk: walk.pick((*REACTIONS, "x")), on=_on)),
    "chat.read_to": (4, EVERYBODY, _of("message")),
    "question.ask": (28, (*EVERYBODY, *["emilie"] * 5), _ask),
    "question.vote": (12, EVERYBODY, _of("question", on=_on)),
    "question.withdraw": (2, EVERYBODY, _of("question")),
    "question.approve": (20, DESK, _of("question")),
    "question.dismiss": (7, DESK, _of("question", why=lambda walk: walk.pick((*DISMISSALS, "")))),
    "question.hide": (4, DESK, _of("question")),
    "question.stage": (8, DESK, _of("question")),
    "question.unstage": (4, DESK, _of("question")),
    "question.answer": (4, DESK, _of("question")),
    "question.reopen": (5, DESK, _of("question")),
    "announcement.make": (4, (*DESK, "carlos"), _announce),
    "announcement.end": (3, (*DESK, "carlos"), _of("announcement")),
}
"""How often each command comes, who sends it, and what they send."""

STREAMS: dict[str, str] = {
    "forum": "ingrid",
    **{f"room/{room}": "ingrid" for room in sorted(set(ROOMS))},
    **{f"room/{room}/moderators": "ingrid" for room in (CAFE, TRAINING, MINISTERS, QUIET)},
    **{f"person/{part.id}": who for who, part in CAST.items()},
}
"""Every stream that a walk may tell something, and somebody who may always read it."""
