"""The life of a question as a table, its limits, and who may vote."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from rooms.errors import reason

UNKNOWN = reason("question.unknown", 404, "There is no such question.")
MOVED = reason("question.moved", 409, "This is not possible any more. The question's state now: {state}.")
OWN_VOTE = reason("question.own_vote", 409, "You cannot vote for your own question.")
NOT_VOTABLE = reason("question.not_votable", 409, "Votes for this question are closed.")
WHY_UNKNOWN = reason("question.why_unknown", 422, "Please choose one of the listed reasons.")

TEXT_LIMIT = 500
LISTED = 500
"""The newest questions that a state carries; older ones are read by page."""

State = Literal["pending", "open", "live", "answered", "dismissed", "hidden", "withdrawn"]
PUBLIC: frozenset[State] = frozenset({"open", "live", "answered"})
VOTABLE: frozenset[State] = frozenset({"open", "live"})
DISMISSALS = ("off_topic", "duplicate", "unclear", "offensive", "personal", "promotion", "no_time")


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a question: from which states, to which, and whether its author or a moderator takes it."""

    sources: frozenset[State]
    target: State
    by: Literal["moderator", "author"] = "moderator"


MOVES: dict[str, Move] = {
    "approve": Move(frozenset({"pending", "dismissed", "hidden"}), "open"),
    "dismiss": Move(frozenset({"pending"}), "dismissed"),
    "hide": Move(frozenset({"open", "live", "answered"}), "hidden"),
    "stage": Move(frozenset({"open"}), "live"),
    "unstage": Move(frozenset({"live"}), "open"),
    "answer": Move(frozenset({"open", "live"}), "answered"),
    "reopen": Move(frozenset({"answered"}), "open"),
    "withdraw": Move(frozenset({"pending", "open"}), "withdrawn", "author"),
}


class Ranked(Protocol):
    """What a question must tell of itself to be sorted."""

    number: int | None
    votes: int


def first_state(premoderated: bool, moderates: bool) -> State:
    """Give the state of a new question; a moderator's own needs no approval."""
    return "pending" if premoderated and not moderates else "open"


def move(name: str, state: State) -> State | None:
    """Give the state after a move, or None when the question is there already.

    Raises:
        Refused: question.moved.
    """
    step = MOVES[name]
    if state == step.target:
        return None
    if state not in step.sources:
        raise MOVED(state=state)
    return step.target


def check_dismissal(why: str) -> None:
    """Let only the listed reasons pass.

    Raises:
        Refused: question.why_unknown.
    """
    if why not in DISMISSALS:
        raise WHY_UNKNOWN()


def check_vote(state: State, author: int, voter: int | None) -> None:
    """Let everyone but the author vote while the question is open.

    Raises:
        Refused: question.unknown, question.own_vote, question.not_votable.
    """
    if state not in PUBLIC:
        raise UNKNOWN()
    if author == voter:
        raise OWN_VOTE()
    if state not in VOTABLE:
        raise NOT_VOTABLE()


def by_votes(questions: Sequence[Ranked]) -> list[Ranked]:
    """Sort by votes, older first where they are equal."""
    return sorted(questions, key=lambda question: (-question.votes, question.number or 0))
