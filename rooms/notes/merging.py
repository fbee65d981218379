"""What two people made of one text, brought together; where both changed the same place, both are kept."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate

COMPARE_LIMIT = 60_000
"""Pairs of words that may be compared (at worst about 20 ms); beyond this, whole lines are."""

_WORDS = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]|[^\W\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]+|\s|.")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class Splice:
    """Put another text in the place of what stands from start to end, in code points."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Op:
    """Something changed: tokens from start to end of the one, and from begin to finish of the other."""

    start: int
    end: int
    begin: int
    finish: int


def merged(base: str, mine: str, theirs: str, at: int = 0) -> list[Splice]:
    """Say how the text that stands now has to change so that it holds my changes too.

    The base may be a piece of the text I started from, which stood `at` there.
    """
    if base == mine:
        return []
    offset = _place(base, theirs, at)
    if offset is not None:
        return [_moved(_whole_change(base, mine), offset)]
    cut = _WORDS if _affordable(base, mine, theirs) else _LINES
    tokens = [cut.findall(text) for text in (base, mine, theirs)]
    if len(tokens[0]) * max(len(tokens[1]), len(tokens[2])) > COMPARE_LIMIT:
        return _kept_both(base, mine, theirs, at)
    return _Merge(*tokens).splices()


def joined(text: str, splices: Sequence[Splice]) -> str:
    """Give the text after its splices."""
    for splice in reversed(splices):
        text = text[: splice.start] + splice.text + text[splice.end :]
    return text


def _place(base: str, theirs: str, at: int) -> int | None:
    """Find the place of a piece in a text, the nearest to where it stood."""
    at = max(0, min(at, len(theirs)))
    if theirs.startswith(base, at) and (base or len(theirs) == 0):
        return at
    if not base:
        return at or None
    found = [place for place in (theirs.rfind(base, 0, at + len(base)), theirs.find(base, at)) if place >= 0]
    return min(found, key=lambda place: abs(place - at), default=None)


def _whole_change(base: str, mine: str) -> Splice:
    """Give the one piece in which two texts differ."""
    most = min(len(base), len(mine))
    head = next((place for place in range(most) if base[place] != mine[place]), most)
    tail = next((back for back in range(most - head) if base[-1 - back] != mine[-1 - back]), most - head)
    return Splice(head, len(base) - tail, mine[head : len(mine) - tail])


def _moved(splice: Splice, by: int) -> Splice:
    return Splice(splice.start + by, splice.end + by, splice.text)


def _affordable(base: str, *others: str) -> bool:
    words = len(_WORDS.findall(base))
    return all(words * len(_WORDS.findall(other)) <= COMPARE_LIMIT for other in others)


def _kept_both(base: str, mine: str, theirs: str, at: int) -> list[Splice]:
    new = _whole_change(base, mine)
    place = max(0, min(at + new.start, len(theirs)))
    return [Splice(place, place, _apart(theirs[:place], new.text))] if new.text else []


def _apart(before: str, text: str) -> str:
    """Keep two words from growing together."""
    touching = before[-1:].isalnum() and text[:1].isalnum()
    return f" {text}" if touching else text


def _ops(base: Sequence[str], other: Sequence[str]) -> list[_Op]:
    found = SequenceMatcher(None, base, other, autojunk=False).get_opcodes()
    return [_Op(i1, i2, j1, j2) for tag, i1, i2, j1, j2 in found if tag != "equal"]


class _Merge:
    """Three texts as tokens, and what each side changed of the base."""

    def __init__(self, base: list[str], mine: list[str], theirs: list[str]) -> None:
        self.mine, self.theirs = mine, theirs
        self.my_ops, self.their_ops = _ops(base, mine), _ops(base, theirs)
        self.offsets = [0, *accumulate(len(token) for token in theirs)]
        self.kept = _kept(len(base), self.their_ops)

    def splices(self) -> list[Splice]:
        return [splice for op in self.my_ops if not self._same(op) for splice in self._of(op)]

    def _same(self, op: _Op) -> bool:
        """Tell whether they made the very same change."""
        text = self.mine[op.begin : op.finish]
        return any(
            (op.start, op.end) == (their.start, their.end) and text == self.theirs[their.begin : their.finish]
            for their in self.their_ops
        )

    def _of(self, op: _Op) -> Iterator[Splice]:
        for place in (self.kept[token] for token in range(op.start, op.end) if token in self.kept):
            yield Splice(self.offsets[place], self.offsets[place + 1], "")
        text = "".join(self.mine[op.begin : op.finish])
        if text:
            place = self._boundary(op.end)
            before = self.theirs[place - 1] if place and self._clashes(op) else ""
            yield Splice(self.offsets[place], self.offsets[place], _apart(before, text))

    def _clashes(self, op: _Op) -> bool:
        return any(their.start <= op.end and op.start <= their.end for their in self.their_ops)

    def _boundary(self, place: int) -> int:
        """Give where my text goes: after all that they put there."""
        for their in self.their_ops:
            if their.start <= place <= their.end:
                return their.begin if their.start == place < their.end else their.finish
        return self.kept[place - 1] + 1 if place else 0


def _kept(length: int, their_ops: Sequence[_Op]) -> dict[int, int]:
    """Map the tokens of the base that are still there to their places in theirs."""
    kept: dict[int, int] = {}
    shift = token = 0
    for their in their_ops:
        kept |= {each: each + shift for each in range(token, their.start)}
        token, shift = their.end, their.finish - their.end
    return kept | {each: each + shift for each in range(token, length)}
