"""Bytes from outside: one small, shallow JSON object without tricks, or a refusal; never anything else."""

import contextlib
import json
import math
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.errors import Refused
from server.frames import DEPTH_LIMIT, EXACT, scan

LIMIT = 16 * 1024

WHOLE_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NUMBERS = st.integers(-EXACT, EXACT) | st.floats(-1e15, 1e15, allow_nan=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WHOLE_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WHOLE_TEXT, inner, max_size=4),
    max_leaves=20,
)
OBJECTS = st.dictionaries(WHOLE_TEXT, VALUES, max_size=6)
SNIPPETS = st.sampled_from(
    ['{"a":', "[", "]", "}", '"', "\\", "\\u", "\\ud83d", "\\ude00", "NaN", "1e999", "-", "0", ",", ":", "\x00", "é"]
)


def code_of(frame: str | bytes, limit: int = LIMIT) -> str:
    with pytest.raises(Refused) as refused:
        scan(frame, limit)
    return refused.value.code


@given(OBJECTS, st.booleans(), st.booleans())
def test_every_honest_object_is_read_as_it_was_meant(found: dict[str, Any], ascii_only: bool, as_bytes: bool) -> None:
    text = json.dumps(found, ensure_ascii=ascii_only)
    assert scan(text.encode() if as_bytes else text, 10**6) == found


@given(st.text() | st.binary() | st.lists(SNIPPETS, max_size=60).map("".join))
@settings(max_examples=500)
def test_whatever_comes_is_an_object_that_can_be_sent_back_or_is_refused(frame: str | bytes) -> None:
    found: Any = {}
    with contextlib.suppress(Refused):
        found = scan(frame, LIMIT)
    assert isinstance(found, dict)
    json.dumps(found, ensure_ascii=False, allow_nan=False).encode()


@given(st.integers(1, 200), st.sampled_from(["[{", "{[", "[["]))
def test_what_is_nested_deeper_than_the_limit_is_refused_and_nothing_else(depth: int, brackets: str) -> None:
    value: Any = 1
    for level in range(depth - 1):
        value = [value] if brackets[level % 2] == "[" else {"a": value}
    text = json.dumps({"a": value})
    if depth <= DEPTH_LIMIT:
        assert scan(text, LIMIT) == {"a": value}
    else:
        assert code_of(text) == "frame.too_deep"


@pytest.mark.parametrize("text", ["[" * 100, '\\"[[{{' * 50, "\\\\", '\\\\\\"' + "{" * 99])
def test_brackets_inside_texts_are_no_nesting(text: str) -> None:
    frame = '{"a":"' + text + '"}'
    assert scan(frame, LIMIT) == json.loads(frame)


@pytest.mark.parametrize(
    "frame", ['{"a":"' + '\\"' * 8000, '{"a":' + '"' * 16000, "\\" * 16000, '"' + "\\" * 15999, '"a' * 8000]
)
def test_no_frame_keeps_the_server_busy(frame: str) -> None:
    began = time.perf_counter()
    assert code_of(frame).startswith("frame.")
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("size", [LIMIT - 1, LIMIT, LIMIT + 1])
@pytest.mark.parametrize("letter", ["x", "é", "语"])
def test_a_frame_counts_in_bytes(size: int, letter: str) -> None:
    frame = '{"a":"' + letter * ((size - 8) // len(letter.encode()))
    frame += "x" * (size - 2 - len(frame.encode())) + '"}'
    assert len(frame.encode()) == size
    if size <= LIMIT:
        assert scan(frame, LIMIT) == scan(frame.encode(), LIMIT) == json.loads(frame)
    else:
        assert code_of(frame) == code_of(frame.encode()) == "frame.too_large"


@pytest.mark.parametrize(
    "frame", ["", " ", "null", "[]", "1", '"a"', "{", '{"a":1}{"a":2}', "{'a':1}", '{"a":1,}', b"\xff"]
)
def test_what_is_not_one_json_object_is_refused(frame: str | bytes) -> None:
    assert code_of(frame) in {"frame.not_json", "frame.surrogate"}


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e16", str(EXACT + 1), str(-EXACT - 1), "9" * 5000]
)
def test_numbers_that_do_not_survive_a_browser_are_refused(number: str) -> None:
    assert code_of('{"a":' + number + "}") == "frame.number"


@pytest.mark.parametrize("number", [EXACT, -EXACT, 0, -0.0, 0.1, 1e15, 5e-324])
def test_numbers_that_survive_are_kept_exactly(number: float) -> None:
    found = scan(json.dumps({"a": number}), LIMIT)["a"]
    assert found == number
    assert math.copysign(1, found) == math.copysign(1, number)


@pytest.mark.parametrize(
    "frame",
    [
        '{"a":"\\ud800"}',
        '{"a":"\\udc00\\ud800"}',
        '{"\\uD83D":1}',
        '{"a":["\\ude00x"]}',
        '{"a":"\ud800"}',
        b'{"a":"\xed\xa0\x80"}',
    ],
)
def test_half_a_character_is_refused_wherever_it_stands(frame: str | bytes) -> None:
    assert code_of(frame) == "frame.surrogate"


def test_a_whole_character_may_be_written_in_two_escapes() -> None:
    assert scan('{"a":"\\ud83d\\ude00"}', LIMIT) == {"a": "😀"}


@pytest.mark.parametrize(
    "frame", ['{"a":1,"a":1}', '{"b":{"a":1,"a":2}}', '{"a":1,"\\u0061":2}', '{"b":[{"c":{"a":1,"a":2}}]}']
)
def test_a_doubled_key_is_refused_at_any_depth_and_named(frame: str) -> None:
    with pytest.raises(Refused) as refused:
        scan(frame, LIMIT)
    assert (refused.value.code, refused.value.values) == ("frame.doubled_key", {"key": "a"})
