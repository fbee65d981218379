"""What a reader's state becomes with each event: the browser's reducers once more, in Python, as a table.

States and events are plain JSON as on the wire, where fields that hold their default are absent.
"""

from collections.abc import Callable, Iterable
from copy import deepcopy
from datetime import datetime
from typing import Any

import msgspec

from rooms.commands import Result
from rooms.questions.rules import PUBLIC
from rooms.questions.wire import Desk
from rooms.snapshot import ForumState, PersonState, RoomState

Json = dict[str, Any]
Reduce = Callable[[Json, Json], None]

STATES: dict[str, type[Result]] = {"forum": ForumState, "room": RoomState, "desk": Desk, "person": PersonState}


def kind_of(stream: str) -> str:
    """Tell which kind of state a stream has."""
    return "desk" if stream.endswith("/moderators") else stream.partition("/")[0]


def applied(state: Json, events: Iterable[Json]) -> Json:
    """Give the state after some events; the old one stays as it is."""
    new = deepcopy(state)
    for event in events:
        REDUCERS[event["type"]](new, event)
    return new


def shown(stream: str, state: Json, now: datetime, since: int = 0) -> Result:
    """Give what a reader sees of a state: nothing that has expired, and only messages from a number on."""
    kind = kind_of(stream)
    seen = deepcopy(state)
    if "announcements" in seen:
        standing = [each for each in seen["announcements"] if datetime.fromisoformat(each["expires_at"]) > now]
        seen["announcements"] = standing
    if kind == "room" and "chat" in seen:
        seen["chat"] = _window(seen["chat"], since)
    return msgspec.convert(seen, STATES[kind])


def cursor(state: Json) -> int:
    """Give the number of the oldest message that a state holds where older ones exist, else 0."""
    return int(state.get("chat", {}).get("before", 0))


def _window(chat: Json, since: int) -> Json:
    messages = [message for message in chat.get("messages", []) if message["number"] >= since]
    ids = {message["id"] for message in messages}
    counts = {id_: counts for id_, counts in chat.get("reactions", {}).items() if id_ in ids}
    return {"messages": messages, "reactions": counts}


def _nothing(state: Json, event: Json) -> None:
    """An event that changes no state: it is shown once, or asks to look again."""


def _put(rows: list[Json], row: Json, order: Callable[[Json], Any]) -> None:
    rows[:] = sorted([each for each in rows if each["id"] != row["id"]] + [row], key=order)


def _drop(rows: list[Json], id_: str) -> None:
    rows[:] = [each for each in rows if each["id"] != id_]


def _rows(state: Json, *path: str) -> list[Json]:
    for name in path[:-1]:
        state = state.setdefault(name, {})
    found: list[Json] = state.setdefault(path[-1], [])
    return found


def _number(row: Json) -> int:
    return int(row["number"])


def _message(state: Json, event: Json) -> None:
    if event["number"] >= cursor(state):  # older ones are read by page
        message = {name: value for name, value in event.items() if name != "type"}
        _put(_rows(state, "chat", "messages"), message, _number)


def _message_gone(state: Json, event: Json) -> None:
    _drop(_rows(state, "chat", "messages"), event["id"])
    state["chat"].get("reactions", {}).pop(event["id"], None)


def _reactions(state: Json, event: Json) -> None:
    held = {message["id"] for message in _rows(state, "chat", "messages")}
    counts = state["chat"].setdefault("reactions", {})
    counts.update({id_: new for id_, new in event["reactions"].items() if id_ in held})
    for id_ in [id_ for id_, new in counts.items() if not new]:
        del counts[id_]


def _question(state: Json, event: Json) -> None:
    assert event["question"]["state"] in PUBLIC
    _put(_rows(state, "questions", "questions"), event["question"], _number)


def _question_gone(state: Json, event: Json) -> None:
    _drop(_rows(state, "questions", "questions"), event["id"])
    state["questions"].get("scores", {}).pop(event["id"], None)


def _scores(state: Json, event: Json) -> None:
    held = {question["id"] for question in _rows(state, "questions", "questions")}
    scores = state["questions"].setdefault("scores", {})
    scores.update({id_: votes for id_, votes in event["scores"].items() if id_ in held})


def _desk_order(row: Json) -> tuple[bool, int, datetime, str]:
    return "number" not in row, row.get("number", 0), datetime.fromisoformat(row["at"]), row["id"]


def _at_desk(state: Json, event: Json) -> None:
    _put(_rows(state, "questions"), event["question"], _desk_order)


def _left_desk(state: Json, event: Json) -> None:
    _drop(_rows(state, "questions"), event["id"])


def _own(state: Json, event: Json) -> None:
    question = event["question"]
    if question["state"] == "withdrawn":
        return _drop(_rows(state, "questions"), question["id"])
    return _put(_rows(state, "questions"), question, lambda row: datetime.fromisoformat(row["at"]))


def _voted(state: Json, event: Json) -> None:
    votes = set(state.get("votes", [])) - {event["question"]}
    state["votes"] = sorted(votes | ({event["question"]} if event["on"] else set()))


def _read_to(state: Json, event: Json) -> None:
    state.setdefault("read_to", {})[str(event["room"])] = event["number"]


def _renamed(state: Json, event: Json) -> None:
    state["name"] = event["name"]


def _announced(state: Json, event: Json) -> None:
    _put(_rows(state, "announcements"), event["announcement"], lambda row: datetime.fromisoformat(row["at"]))


def _announcement_gone(state: Json, event: Json) -> None:
    _drop(_rows(state, "announcements"), event["id"])


def _count(state: Json, event: Json) -> None:
    state["count"] = event["count"]


REDUCERS: dict[str, Reduce] = {
    "stream.blanked": _nothing,
    "chat.posted": _message,
    "chat.edited": _message,
    "chat.gone": _message_gone,
    "chat.reactions": _reactions,
    "chat.removed": _nothing,
    "chat.read_to": _read_to,
    "question.shown": _question,
    "question.changed": _question,
    "question.gone": _question_gone,
    "question.scores": _scores,
    "question.held": _at_desk,
    "question.moved": _at_desk,
    "question.left": _left_desk,
    "question.yours": _own,
    "question.voted": _voted,
    "announcement.shown": _announced,
    "announcement.gone": _announcement_gone,
    "presence.count": _count,
    "person.changed": _renamed,
    "member.changed": _nothing,
}
