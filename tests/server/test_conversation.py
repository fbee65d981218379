"""The socket protocol without a socket: every frame becomes one step, and nothing raises."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.conversation import (
    BAD_FRAMES_LIMIT,
    STREAMS_LIMIT,
    Conversation,
    Do,
    Follow,
    Hang,
    Pong,
    Refuse,
    Step,
    Unfollow,
)

STEPS = Do | Follow | Unfollow | Pong | Refuse | Hang


def receive(frame: Any, **options: Any) -> Step:
    text = frame if isinstance(frame, str | bytes) else json.dumps(frame)
    return Conversation(16 * 1024, **options).receive(text)


def refusal(frame: Any, **options: Any) -> tuple[str | None, str]:
    step = receive(frame, **options)
    assert isinstance(step, Refuse)
    return step.ref, step.refused.code


GOOD: dict[str, tuple[dict[str, Any], Step]] = {
    "a command": (
        {"do": "chat.post", "ref": "b1", "with": {"room": 7, "text": "Hello"}},
        Do("chat.post", "b1", {"room": 7, "text": "Hello"}),
    ),
    "a command without a body": ({"do": "x.y", "ref": "b1"}, Do("x.y", "b1", {})),
    "a command that nobody knows yet": ({"do": "no.such", "ref": "b1", "with": {}}, Do("no.such", "b1", {})),
    "the longest ref": ({"do": "x.y", "ref": "a" * 64}, Do("x.y", "a" * 64, {})),
    "following": ({"follow": ["room/7"], "ref": "f"}, Follow(("room/7",), "f", {})),
    "following from a number on": (
        {"follow": ["room/7", "forum"], "ref": "f", "since": {"room/7": 41}},
        Follow(("room/7", "forum"), "f", {"room/7": 41}),
    ),
    "following twice at once": ({"follow": ["a", "b", "a"], "ref": "f"}, Follow(("a", "b"), "f", {})),
    "unfollowing": ({"unfollow": ["room/7"]}, Unfollow(("room/7",))),
    "unfollowing nothing": ({"unfollow": []}, Unfollow(())),
    "a heartbeat": ({"ping": 1234}, Pong(1234)),
}


@pytest.mark.parametrize("case", GOOD)
def test_every_kind_of_frame_becomes_its_step(case: str) -> None:
    frame, step = GOOD[case]
    conversation = Conversation(16 * 1024)
    assert conversation.receive(json.dumps(frame)) == step
    assert conversation.bad_frames == 0


MALFORMED: dict[str, tuple[Any, tuple[str | None, str]]] = {
    "binary": (b'{"ping":1}', (None, "frame.binary")),
    "empty": ("", (None, "frame.not_json")),
    "an array of frames": ([{"ping": 1}], (None, "frame.not_json")),
    "no kind": ({"hello": 1}, (None, "frame.unreadable")),
    "no kind, but a ref": ({"hello": 1, "ref": "r"}, ("r", "frame.unreadable")),
    "two kinds": ({"do": "x.y", "follow": ["a"], "ref": "r"}, ("r", "frame.field")),
    "a command without a ref": ({"do": "x.y"}, (None, "frame.field")),
    "a command with a number for a ref": ({"do": "x.y", "ref": 7}, (None, "frame.field")),
    "an empty ref": ({"do": "x.y", "ref": ""}, (None, "frame.ref")),
    "a ref that is too long": ({"do": "x.y", "ref": "a" * 65}, (None, "frame.ref")),
    "a ref with a line break": ({"do": "x.y", "ref": "a\n"}, (None, "frame.ref")),
    "a ref with a quote": ({"do": "x.y", "ref": 'a"b'}, (None, "frame.ref")),
    "a ref in other letters": ({"do": "x.y", "ref": "س"}, (None, "frame.ref")),
    "a ref in other digits": ({"do": "x.y", "ref": "٣"}, (None, "frame.ref")),
    "a name that is no text": ({"do": 1, "ref": "r"}, ("r", "frame.field")),
    "a body that is no object": ({"do": "x.y", "ref": "r", "with": []}, ("r", "frame.field")),
    "an unknown field beside a command": ({"do": "x.y", "ref": "r", "as": 1}, ("r", "frame.field")),
    "following nothing": ({"follow": [], "ref": "r"}, ("r", "stream.too_many")),
    "following a text": ({"follow": "room/7", "ref": "r"}, ("r", "frame.field")),
    "following numbers": ({"follow": [7], "ref": "r"}, ("r", "frame.field")),
    "following without a ref": ({"follow": ["a"]}, (None, "frame.field")),
    "following too much": ({"follow": [f"room/{n}" for n in range(51)], "ref": "r"}, ("r", "stream.too_many")),
    "a since that is no number": ({"follow": ["a"], "ref": "r", "since": {"a": "1"}}, ("r", "frame.field")),
    "a since that is no whole number": ({"follow": ["a"], "ref": "r", "since": {"a": 1.5}}, ("r", "frame.field")),
    "a since that is no object": ({"follow": ["a"], "ref": "r", "since": 41}, ("r", "frame.field")),
    "unfollowing a text": ({"unfollow": "a"}, (None, "frame.field")),
    "a heartbeat that is a text": ({"ping": "1"}, (None, "frame.field")),
    "a heartbeat with something else": ({"ping": 1, "ref": "r"}, ("r", "frame.field")),
    "a heartbeat that is null": ({"ping": None}, (None, "frame.field")),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_frame_is_refused_under_its_ref_where_that_can_be_read(case: str) -> None:
    frame, refused = MALFORMED[case]
    assert refusal(frame) == refused


def test_what_is_followed_already_counts_for_the_limit_and_not_twice() -> None:
    held = {f"room/{n}": None for n in range(STREAMS_LIMIT)}
    assert isinstance(receive({"follow": ["room/3"], "ref": "r"}, following=held), Follow)
    assert refusal({"follow": ["room/99"], "ref": "r"}, following=held) == ("r", "stream.too_many")


def test_a_connection_may_err_often_but_not_for_ever() -> None:
    conversation = Conversation(16 * 1024)
    for _ in range(BAD_FRAMES_LIMIT):
        assert isinstance(conversation.receive("rubbish"), Refuse)
    assert conversation.receive('{"ping":1}') == Pong(1)
    assert conversation.receive("rubbish") == Hang("hostile")


KEYS = st.sampled_from(["do", "ref", "with", "follow", "since", "unfollow", "ping", "on", "ok"])
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["r1", "room/7"])
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=3)
)


@given(st.text() | st.binary() | st.dictionaries(KEYS, VALUES, max_size=5).map(json.dumps))
@settings(max_examples=600)
def test_whatever_comes_becomes_a_step(frame: str | bytes) -> None:
    step = receive(frame)
    assert isinstance(step, STEPS)
    if isinstance(step, Do | Follow):
        assert step.ref.isascii()
        assert 1 <= len(step.ref) <= 64


@given(
    st.sampled_from(sorted(GOOD)),
    st.integers(0, 200),
    st.sampled_from(['"', "{", "}", "\\", "0", "\ud800", "", "\x00"]),
)
@settings(max_examples=400)
def test_a_good_frame_with_one_letter_changed_becomes_a_step(case: str, place: int, letter: str) -> None:
    text = json.dumps(GOOD[case][0])
    place = min(place, len(text) - 1)
    assert isinstance(receive(text[:place] + letter + text[place + 1 :]), STEPS)


@pytest.mark.parametrize("pair", [*itertools.permutations(["do", "follow", "unfollow", "ping"], 2)], ids="+".join)
def test_a_frame_is_of_one_kind(pair: tuple[str, str]) -> None:
    values = {"do": "x.y", "follow": ["a"], "unfollow": ["a"], "ping": 1}
    assert refusal({kind: values[kind] for kind in pair} | {"ref": "r"}) == ("r", "frame.field")
