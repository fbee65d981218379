"""Bad input: numbers and ids that no database takes are refused before they reach one."""

from typing import Any

import msgspec
import pytest

from rooms.chat.actions import messages
from rooms.chat.wire import Messages, Older
from rooms.commands import Read
from rooms.errors import Refused
from server.features import COMMANDS, READS
from tests.rooms.cast import CAFE
from tests.rooms.play import Json, Play

BODIES: dict[str, Json] = {
    "person.rename": {"name": "Bao"},
    "member.grant": {"person": 1, "role": "host", "scope": "forum"},
    "member.revoke": {"person": 1, "role": "host", "scope": "forum"},
    "member.restrict": {"person": 1, "room": CAFE, "kind": "banned", "why": "Noise"},
    "member.release": {"person": 1, "room": CAFE, "kind": "banned"},
    "chat.post": {"room": CAFE, "text": "Hello", "reply_to": "A"},
    "chat.edit": {"message": "A", "text": "Hello"},
    **{f"chat.{name}": {"message": "A"} for name in ("delete", "hide", "restore", "read_to")},
    "chat.react": {"message": "A", "reaction": "👍", "on": True},
    "question.ask": {"room": CAFE, "text": "Why?"},
    "question.vote": {"question": "A", "on": True},
    "question.dismiss": {"question": "A", "why": "unclear"},
    **{
        f"question.{name}": {"question": "A"}
        for name in ("withdraw", "approve", "hide", "stage", "unstage", "answer", "reopen")
    },
    "announcement.make": {"texts": {"en": "Coffee"}, "room": CAFE, "minutes": 5},
    "announcement.end": {"announcement": "A"},
    "insight.add": {"room": CAFE, "text": "Hello"},
    "insight.edit": {"insight": "A", "text": "Hello"},
    "insight.vote": {"insight": "A", "on": True},
    **{f"insight.{name}": {"insight": "A"} for name in ("tag", "remove", "restore", "place")},
    "cluster.add": {"room": CAFE, "title": "Hello"},
    "cluster.rename": {"cluster": "A", "title": "Hello"},
    **{f"cluster.{name}": {"cluster": "A"} for name in ("place", "remove", "restore")},
    **{f"cafe.{name}": {"room": CAFE} for name in ("start", "next", "shuffle", "pause", "resume", "recall", "reset")},
    "cafe.plan": {"room": CAFE, "plan": {}},
    "cafe.copy": {"room": CAFE, "source": 1},
    "cafe.answer": {"room": CAFE, "answer": "in"},
    "cafe.stretch": {"room": CAFE, "seconds": 60},
    "table.add": {"room": CAFE, "name": "Blue"},
    **{f"table.{name}": {"table": 1} for name in ("edit", "close", "reopen", "remove", "help", "claim", "helped")},
    "table.merge": {"table": 1, "into": 2},
    "table.split": {"table": 1, "name": "Blue"},
    "table.propose": {"room": CAFE, "name": "Blue"},
    "table.vote": {"table": 1, "on": True},
    "table.visit": {"table": 1, "here": True},
    "seat.take": {"table": 1},
    "seat.find": {"room": CAFE},
    "seat.leave": {"room": CAFE},
    "seat.move": {"room": CAFE, "person": 1, "table": 1},
    "seat.swap": {"room": CAFE, "person": 1, "other": 2},
    "call.join": {"room": CAFE, "device": "a"},
    "call.engine": {"room": CAFE, "engine": "mesh"},
    "call.mute": {"room": CAFE, "seat": "A"},
    "call.allow": {"room": CAFE, "seat": "A"},
    "call.caption": {"seat": "A", "text": "Hello"},
    "call.signal": {"seat": "A", "gen": 1},
    **{f"call.{name}": {"seat": "A"} for name in ("state", "again", "watch", "leave")},
    "notes.update": {"room": CAFE, "update": "AAA"},
    "notes.write": {"room": CAFE, "before": "", "text": "Hello"},
}
"""One proper body for every command."""

NAMES = (
    *("person", "room", "message", "question", "announcement", "insight", "cluster", "reply_to", "scope"),
    *("table", "into", "other", "source", "seat"),
)
NAMED = [(command, field) for command, body in BODIES.items() for field in body if field in NAMES]
NUMBERS = [(command, field) for command, field in NAMED if isinstance(BODIES[command][field], int)]
WORDS = [(command, field) for command, field in NAMED if isinstance(BODIES[command][field], str)]


def test_every_command_has_a_body_here() -> None:
    assert set(BODIES) == set(COMMANDS)
    assert all(msgspec.convert(body, COMMANDS[name].sent) for name, body in BODIES.items())


@pytest.mark.parametrize(("command", "field"), NUMBERS)
@pytest.mark.parametrize("number", [2**31, 2**63, 10**30, -(2**31) - 1, 1.5, "7", True, None])
def test_what_is_no_small_number_is_refused(command: str, field: str, number: object) -> None:
    if number is None and command == "announcement.make":
        return
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(BODIES[command] | {field: number}, COMMANDS[command].sent)


@pytest.mark.parametrize(("command", "field"), WORDS)
@pytest.mark.parametrize("word", ["\x00", "a\x00", "\ud800", "x" * 65, "a b", "é", 7, None])
def test_what_was_never_an_id_is_refused(command: str, field: str, word: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(BODIES[command] | {field: word}, COMMANDS[command].sent)


@pytest.mark.parametrize("command", BODIES)
def test_unknown_fields_are_refused(command: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(BODIES[command] | {"force": True}, COMMANDS[command].sent)


@pytest.mark.parametrize("number", [2**31 - 1, 0, -1, -(2**31)])
async def test_a_number_that_names_nothing_is_refused_by_name(play: Play, number: int) -> None:
    for command, field in NUMBERS:
        code, _ = await play.refusal("ingrid", command, **(BODIES[command] | {field: number}))
        assert code in ("room.unknown", "person.unknown", "cafe.unknown", "table.unknown", "table.same")


@pytest.mark.parametrize("number", [2**31 - 1, 0, -1, -(2**31)])
async def test_every_read_takes_every_number(play: Play, number: int) -> None:
    for read in READS:
        for field in {"room", "before", "after", "number"} & set(read.sent.__struct_fields__):
            sent: dict[str, Any] = {"room": CAFE} if "room" in read.sent.__struct_fields__ else {}
            assert await code_of(play, read, **(sent | {field: number})) in ("", "room.unknown", "session.unknown")


async def code_of(play: Play, read: Read, **sent: Any) -> str:
    try:
        await play.look("ingrid", read.action, read.sent(**sent))
    except Refused as refused:
        return refused.code
    return ""


async def test_a_page_before_the_beginning_is_empty(play: Play) -> None:
    assert await play.look("bao", messages, Older(room=CAFE, before=-5)) == Messages()
