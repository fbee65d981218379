"""Bytes from outside, scanned before anything is believed: one JSON object, small, shallow and without tricks."""

import json
import re
from typing import Any, NoReturn

from rooms.errors import reason

BINARY = reason("frame.binary", 400, "Only text frames are understood.")
TOO_LARGE = reason("frame.too_large", 413, "This is too large: at most {limit} bytes.")
NOT_JSON = reason("frame.not_json", 400, "This is not a JSON object.")
TOO_DEEP = reason("frame.too_deep", 400, "This is nested too deeply.")
DOUBLED = reason("frame.doubled_key", 400, "The key {key} occurs twice.")
NUMBER = reason("frame.number", 400, "A number is not finite, or too large to be exact.")
SURROGATE = reason("frame.surrogate", 400, "The text contains half a character.")

DEPTH_LIMIT = 16
EXACT = 2**53
"""Beyond this a number does not survive JSON in a browser (RFC 8259, section 6)."""

# A string that never ends is taken whole: where a pattern can fail, it is tried anew from each of its quotes.
_STRINGS = re.compile(r'"(?:[^"\\]|\\.?)*+"?', re.DOTALL)
_HALVES = re.compile(r"\\u[dD][89a-fA-F]")
_BRACKETS = {"{": 1, "[": 1, "}": -1, "]": -1}


def scan(frame: str | bytes, limit: int) -> dict[str, Any]:
    """Read one JSON object of at most `limit` bytes.

    Raises:
        Refused: frame.*
    """
    text = _text(frame, limit)
    _check_depth(text)
    try:
        found = json.loads(
            text, object_pairs_hook=_pairs, parse_constant=_no_number, parse_float=_float, parse_int=_int
        )
    except (ValueError, RecursionError) as error:
        raise NOT_JSON() from error
    if not isinstance(found, dict):
        raise NOT_JSON()
    _check_halves(text, found)
    return found


def _text(frame: str | bytes, limit: int) -> str:
    if len(frame) > limit:
        raise TOO_LARGE(limit=limit)
    try:
        text = frame.decode() if isinstance(frame, bytes) else frame
        if len(text.encode()) > limit:
            raise TOO_LARGE(limit=limit)
    except UnicodeError as error:
        raise SURROGATE() from error
    return text


def _check_depth(text: str) -> None:
    depth = 0
    for letter in _STRINGS.sub("", text):
        depth += _BRACKETS.get(letter, 0)
        if depth > DEPTH_LIMIT:
            raise TOO_DEEP()


def _check_halves(text: str, found: Any) -> None:
    if _HALVES.search(text):
        try:
            json.dumps(found, ensure_ascii=False).encode()
        except UnicodeError as error:
            raise SURROGATE() from error


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise DOUBLED(key=next(key for key in keys if keys.count(key) > 1)[:64])
    return found


def _no_number(constant: str) -> NoReturn:
    raise NUMBER()


def _float(digits: str) -> float:
    number = float(digits)
    if not abs(number) <= EXACT:
        raise NUMBER()
    return number


def _int(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > EXACT:
        raise NUMBER()
    return int(digits)
