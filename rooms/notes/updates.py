"""The binary form of changes, read before anything is done with them (Yjs, update encoding v1).

Only what typing makes is let pass: letters put into the text called "notes", and letters taken away.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field

from rooms.notes.rules import BAD_UPDATE, BEHIND, UPDATE_BYTES
from rooms.text import check_signs

NAME = "notes"
NUMBER_LIMIT = 2**53 - 1
"""The largest whole number that JavaScript counts exactly."""
CLOCK_LIMIT = 2**31 - 1
"""Documents count the letters of each author in 32 bits."""
GARBAGE, DELETED, STRING = 0, 1, 4
CONTENT_BITS, PARENT_KEY_BIT, RIGHT_BIT, LEFT_BIT = 0x1F, 0x20, 0x40, 0x80

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
Vector = dict[int, int]
"""How many letters of each author are known."""


@dataclass
class Update:
    """What a change holds: from when until when each author goes on, what it refers to, and the new words."""

    begins: Vector = field(default_factory=dict)
    ends: Vector = field(default_factory=dict)
    refers: list[tuple[int, int]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def decoded(text: str) -> bytes:
    """Read base64url without padding.

    Raises:
        Refused: notes.bad_update.
    """
    if not _BASE64URL.fullmatch(text) or len(text) > UPDATE_BYTES * 4 // 3 + 2:
        raise BAD_UPDATE()
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise BAD_UPDATE() from error


def encoded(data: bytes) -> str:
    """Write base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def read(data: bytes) -> Update:
    """Read a change whole.

    Raises:
        Refused: notes.bad_update when it is malformed or does anything but typing; text.*.
    """
    reader = _Reader(data)
    found = Update()
    for _ in range(reader.number()):
        _read_author(reader, found)
    for _ in range(reader.number()):
        _read_deletions(reader, found)
    if reader.at != len(data):
        raise BAD_UPDATE()
    for words in found.words:
        _check_words(words)
    return found


def read_vector(data: bytes) -> Vector:
    """Read how far each author is known."""
    reader = _Reader(data)
    return {reader.number(): reader.number() for _ in range(reader.number())}


def check_follows(found: Update, known: Vector) -> None:
    """Let only pass what builds on what is known.

    Raises:
        Refused: notes.behind.
    """
    if any(start > known.get(author, 0) for author, start in found.begins.items()):
        raise BEHIND()
    for author, clock in found.refers:
        if clock >= max(known.get(author, 0), found.ends.get(author, 0)):
            raise BEHIND()


def _check_words(words: str) -> None:
    check_signs(words)
    if "\r" in words:
        raise BAD_UPDATE()


def _read_author(reader: "_Reader", found: Update) -> None:
    pieces, author, clock = reader.number(), reader.number(), reader.number(CLOCK_LIMIT)
    if author in found.begins or pieces == 0:
        raise BAD_UPDATE()
    found.begins[author] = clock
    for _ in range(pieces):
        length = _read_piece(reader, found)
        clock += length
        if length == 0 or clock > CLOCK_LIMIT:
            raise BAD_UPDATE()
    found.ends[author] = clock


def _read_deletions(reader: "_Reader", found: Update) -> None:
    """Read what is taken away of one author's letters; only ranges in order are applied the same everywhere."""
    author, at = reader.number(), 0
    for _ in range(reader.number()):
        start, length = reader.number(CLOCK_LIMIT), reader.number(CLOCK_LIMIT)
        if start < at or length == 0:
            raise BAD_UPDATE()
        at = start + length
        found.refers.append((author, at - 1))


def _read_piece(reader: "_Reader", found: Update) -> int:
    """Read one piece; gives its length as documents count it, in units of UTF-16."""
    info = reader.byte()
    kind = info & CONTENT_BITS
    if kind == GARBAGE:
        return reader.number(CLOCK_LIMIT)
    _read_place(reader, info, found)
    if kind == DELETED:
        return reader.number(CLOCK_LIMIT)
    if kind != STRING:
        raise BAD_UPDATE()
    words = reader.text()
    found.words.append(words)
    return len(words) + sum(letter > "\uffff" for letter in words)


def _read_place(reader: "_Reader", info: int, found: Update) -> None:
    neighbours = bool(info & LEFT_BIT) + bool(info & RIGHT_BIT)
    for _ in range(neighbours):
        found.refers.append((reader.number(), reader.number(CLOCK_LIMIT)))
    if info & PARENT_KEY_BIT:
        raise BAD_UPDATE()
    if not neighbours and (reader.number() != 1 or reader.text() != NAME):
        raise BAD_UPDATE()


@dataclass
class _Reader:
    data: bytes
    at: int = 0

    def byte(self) -> int:
        if self.at >= len(self.data):
            raise BAD_UPDATE()
        self.at += 1
        return self.data[self.at - 1]

    def number(self, limit: int = NUMBER_LIMIT) -> int:
        found, shift = 0, 0
        while True:
            byte = self.byte()
            found |= (byte & 0x7F) << shift
            shift += 7
            if found > limit or shift > 56:
                raise BAD_UPDATE()
            if byte < 0x80:
                return found

    def text(self) -> str:
        length = self.number()
        piece = self.data[self.at : self.at + length]
        self.at += length
        try:
            if len(piece) == length:
                return piece.decode()
        except UnicodeDecodeError as error:
            raise BAD_UPDATE() from error
        raise BAD_UPDATE()
