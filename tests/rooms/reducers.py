"""What a reader's state becomes with each event: the browser's reducers once more, in Python, as a table.

States and events are plain JSON as on the wire, where fields that hold their default are absent.
"""

from collections.abc import Callable, Iterable
from copy import deepcopy
from datetime import datetime
from typing import Any

import msgspec

from rooms.cafe.wire import HostsState
from rooms.commands import Result
from rooms.questions.rules import PUBLIC
from rooms.questions.wire import Desk
from rooms.snapshot import ForumState, PersonState, RoomState

Json = dict[str, Any]
Reduce = Callable[[Json, Json], None]

STATES: dict[str, type[Result]] = {
    "forum": ForumState,
    "room": RoomState,
    "desk": Desk,
    "person": PersonState,
    "hosts": HostsState,
}


def kind_of(stream: str) -> str:
    """Tell which kind of state a stream has."""
    return _KINDS.get(stream.rpartition("/")[2], stream.partition("/")[0])


_KINDS = {"moderators": "desk", "hosts": "hosts"}


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
    if kind == "hosts":
        seen.pop("people", None)  # a host may know more people than are concerned just now
        seen.pop("lengths", None)  # told now and then
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


def _by_place(row: Json) -> tuple[int, str]:
    return int(row["place"]), str(row["id"])


def _insight(state: Json, event: Json) -> None:
    _put(_gathered(state, "insights"), event["insight"], _by_place)


def _insight_gone(state: Json, event: Json) -> None:
    _drop(_gathered(state, "insights"), event["id"])
    state["harvest"].get("votes", {}).pop(event["id"], None)
    _let_go(state)


def _insight_placed(state: Json, event: Json) -> None:
    rows = _gathered(state, "insights")
    for row in rows:
        if row["id"] in event["places"]:
            row.update(place=event["places"][row["id"]], cluster=event.get("cluster", ""))
    rows.sort(key=_by_place)
    _let_go(state)


def _insight_votes(state: Json, event: Json) -> None:
    held = {row["id"] for row in _gathered(state, "insights")}
    votes = state["harvest"].setdefault("votes", {})
    votes.update({id_: count for id_, count in event["votes"].items() if id_ in held})
    for id_ in [id_ for id_, count in votes.items() if not count]:
        del votes[id_]
    _let_go(state)


def _insight_voted(state: Json, event: Json) -> None:
    votes = set(state.get("insight_votes", [])) - {event["insight"]}
    state["insight_votes"] = sorted(votes | ({event["insight"]} if event["on"] else set()))


def _cluster(state: Json, event: Json) -> None:
    _put(_gathered(state, "clusters"), event["cluster"], _by_place)


def _cluster_gone(state: Json, event: Json) -> None:
    _drop(_gathered(state, "clusters"), event["id"])
    _let_go(state)


def _gathered(state: Json, what: str) -> list[Json]:
    state["harvest"] = state.get("harvest") or {}
    return _rows(state["harvest"], what)


def _let_go(state: Json) -> None:
    """A harvest with neither insights nor clusters is none."""
    if not state["harvest"].get("insights") and not state["harvest"].get("clusters"):
        state["harvest"] = None


def _planned(state: Json, event: Json) -> None:
    state["cafe"] = {"phase": "draft", **(state.get("cafe") or {})}
    state["cafe"].update({name: event[name] for name in ("preset", "mode", "rounds")})
    state["features"] = [*state["features"], *(["cafe"] if "cafe" not in state["features"] else [])]


def _phase(state: Json, event: Json) -> None:
    for name in ("round", "ends_at", "left_ms", "recalled"):
        state["cafe"].pop(name, None)
    state["cafe"].update({name: value for name, value in event.items() if name != "type"})


def _answers(state: Json, event: Json) -> None:
    state["cafe"]["answers"] = event["answers"]


def _answered(state: Json, event: Json) -> None:
    answers = {**state.get("answers", {}), str(event["room"]): event.get("answer", "")}
    state["answers"] = {room: answer for room, answer in answers.items() if answer}


def _proposed(state: Json, event: Json) -> None:
    state["seats"], state["proof"] = event.get("seats", {}), event.get("proof")


def _proved(state: Json, event: Json) -> None:
    state["cafe"].pop("proof", None)
    state["cafe"].update({name: value for name, value in event.items() if name == "proof"})


def _guest(state: Json, event: Json) -> None:
    _put(_rows(state, "people"), event["person"], lambda row: row["id"])
    state.setdefault("answers", {})[str(event["person"]["id"])] = event["answer"]


def _asked(state: Json, event: Json) -> None:
    state["answers"] = {}


def _saved(state: Json, event: Json) -> None:
    state["plan"] = event["plan"]


def _listed(state: Json, event: Json) -> None:
    _put(_rows(state, "tables"), event["table"], lambda row: (row["place"], row["id"]))


def _unlisted(state: Json, event: Json) -> None:
    _drop(_rows(state, "tables"), event["table"])
    state.get("table_votes", {}).pop(str(event["table"]), None)


def _table_votes(state: Json, event: Json) -> None:
    state["table_votes"] = event["votes"]


def _table_voted(state: Json, event: Json) -> None:
    votes = set(state.get("table_votes", [])) - {event["table"]}
    state["table_votes"] = sorted(votes | ({event["table"]} if event["on"] else set()))


def _at_table(*names: str) -> Reduce:
    def put(state: Json, event: Json) -> None:
        for name in names:
            state["table"][name] = event.get(name)
            if state["table"][name] is None:
                del state["table"][name]

    return put


def _visitors(state: Json, event: Json) -> None:
    state["table"]["visitors"] = event["names"]


def _helps(state: Json, event: Json) -> None:
    state["helps"] = event["helps"]


def _dealt(state: Json, event: Json) -> None:
    state["seats"] = event["seats"]


def _taken(state: Json, event: Json) -> None:
    seats = {
        table: [each for each in all_ if each != event["person"]] for table, all_ in state.get("seats", {}).items()
    }
    if event["table"]:
        seats[str(event["table"])] = sorted([*seats.get(str(event["table"]), []), event["person"]])
    state["seats"] = {table: all_ for table, all_ in seats.items() if all_}


def _known(state: Json, event: Json) -> None:
    for person in event["people"]:
        _put(_rows(state, "people"), person, lambda row: row["id"])


def _away(state: Json, event: Json) -> None:
    state["away"] = event["people"]


def _grown(state: Json, event: Json) -> None:
    lengths = {**state.get("lengths", {}), **event["lengths"]}
    state["lengths"] = {room: length for room, length in lengths.items() if length}


def _hands(state: Json, event: Json) -> None:
    hands = {**state.get("hands", {}), **event["hands"]}
    state["hands"] = {room: count for room, count in hands.items() if count}


def _roster(state: Json, event: Json) -> None:
    state["call"] = {name: value for name, value in event.items() if name != "type"} if event.get("seats") else None


REDUCERS: dict[str, Reduce] = {
    "call.roster": _roster,
    "notes.grown": _grown,
    "call.hands": _hands,
    **dict.fromkeys(("call.speaking", "call.captioned"), _nothing),
    **dict.fromkeys(("call.signal", "call.slots", "call.watched", "call.reset", "call.muted"), _nothing),
    **dict.fromkeys(("call.moved", "call.refused", "call.reached"), _nothing),
    "notes.updated": _nothing,  # joined by Yjs; see test_notes
    "cafe.planned": _planned,
    "cafe.phase": _phase,
    "cafe.answers": _answers,
    "cafe.answered": _answered,
    "cafe.proposed": _proposed,
    "cafe.proved": _proved,
    "cafe.guest": _guest,
    "cafe.asked": _asked,
    "cafe.saved": _saved,
    "table.listed": _listed,
    "table.unlisted": _unlisted,
    "table.votes": _table_votes,
    "table.voted": _table_voted,
    "table.people": _at_table("people", "leader"),
    "table.card": _at_table("card"),
    "table.called": _at_table("help"),
    "table.visitors": _visitors,
    "table.help_wanted": _helps,
    "seat.dealt": _dealt,
    "seat.taken": _taken,
    "seat.known": _known,
    "seat.away": _away,
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
    "insight.shown": _insight,
    "insight.gone": _insight_gone,
    "insight.placed": _insight_placed,
    "insight.votes": _insight_votes,
    "insight.voted": _insight_voted,
    "cluster.shown": _cluster,
    "cluster.gone": _cluster_gone,
}
