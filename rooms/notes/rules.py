"""What shared notes may hold, and what of them is handed on to the next group."""

import re

from rooms.errors import reason

BAD_UPDATE = reason("notes.bad_update", 422, "These changes of the notes cannot be read.")
BEHIND = reason("notes.behind", 409, "These changes build on others that never arrived. Please send them together.")
TOO_LONG = reason("notes.too_long", 422, "The notes would be too long: {length} of at most {limit} characters.")
TOO_LARGE = reason("notes.too_large", 422, "The notes have been changed too often. Please go on in a new room.")

TEXT_LIMIT = 20_000
STATE_BYTES = 512 * 1024
UPDATE_BYTES = 24 * 1024
"""In base64 and with its frame this is less than what a connection reads at once."""
GROWN_STEP = 50
"""Hosts are told of notes that grow by so many characters, not of every letter."""
CARD_LIMIT = 600
BULLETS = 8

_BULLET = re.compile(r"\s*(?:[-*+•‣–—]|\d{1,3}[.)])\s+\S")


def check_length(length: int) -> None:
    """Let the text grow to its limit; the length counts code points.

    Raises:
        Refused: notes.too_long.
    """
    if length > TEXT_LIMIT:
        raise TOO_LONG(length=length, limit=TEXT_LIMIT)


def check_size(size: int) -> None:
    """Let the document with all its history grow to its limit.

    Raises:
        Refused: notes.too_large.
    """
    if size > STATE_BYTES:
        raise TOO_LARGE()


def has_grown(before: int, after: int) -> bool:
    """Tell whether hosts should hear that the text has another length."""
    return before // GROWN_STEP != after // GROWN_STEP or (before == 0) != (after == 0)


def opening(text: str, template: str, last_template: str) -> str:
    """Give what is added to the text so that a round begins with its question; empty when it stands there already."""
    if not template or (text and template == last_template):
        return ""
    return f"{text and _gap(text)}{template}\n"


def _gap(text: str) -> str:
    return "\n" if text.endswith("\n") else "\n\n"


def card(text: str, template: str) -> str:
    """Choose what the next group is handed: the first points of a list, else the last words."""
    given = {line.strip() for line in template.splitlines()}
    lines = [line for line in text.splitlines() if line.strip() not in given]
    points = [line.strip() for line in lines if _BULLET.match(line)][:BULLETS]
    while len("\n".join(points)) > CARD_LIMIT:
        points.pop()
    return "\n".join(points) or _last_words("\n".join(lines).strip())


def _last_words(text: str) -> str:
    if len(text) <= CARD_LIMIT:
        return text
    end = text[1 - CARD_LIMIT :]
    return "…" + re.sub(r"\A\S{0,40}\s+", "", end)
