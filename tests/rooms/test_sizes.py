"""Event sizes: what a frame costs beyond the words it carries."""

from datetime import timedelta

import msgspec

from rooms.chat.wire import MessagePosted
from rooms.questions.wire import Scores
from rooms.work import new_id
from tests.rooms.cast import NOON, id_of

AT = NOON + timedelta(milliseconds=123)


def frame(event: object, **more: object) -> int:
    """Give a frame's size on the wire, in bytes."""
    return len(msgspec.json.encode({"on": "room/7", **more, "event": event}))


def test_a_message_costs_at_most_150_bytes_beside_its_text_and_name() -> None:
    said = MessagePosted(id=new_id(), number=42, by=3, name="", at=AT, text="")
    assert frame(said, seq=42) <= 150


def test_a_message_late_in_a_large_forum_costs_little_more() -> None:
    said = MessagePosted(id=new_id(), number=10_042, by=id_of("bao"), name="", at=AT, text="")
    assert frame(said, seq=12_042) <= 165


def test_a_score_costs_at_most_120_bytes() -> None:
    assert frame(Scores(scores={new_id(): 1042})) <= 120


def test_fields_that_hold_their_default_are_left_out() -> None:
    said = msgspec.json.encode(MessagePosted(id="a", number=1, by=3, name="", at=AT, text=""))
    assert b"reply_to" not in said
    assert b"edited" not in said
