"""What people wrote, made safe to store and to show: one normal form, no invisible tricks."""

import re
import unicodedata

from rooms.errors import CONTROL, EMPTY, MARKS, TOO_LONG

MARKS_IN_A_ROW = 8
"""More combining marks on one letter than any living script needs (Hebrew with cantillation: 4)."""

_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls except tab, line feed and carriage return
    "\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)
_BREAKS = re.compile(r"\r\n?")
_SPACE = re.compile(r"[ \t\u00a0]+")
_LINES = re.compile(r" ?\n ?")
_GAPS = re.compile(r"\n{3,}")
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # the Hangul fillers and the empty Braille pattern: letters without ink


def clean(text: str, limit: int) -> str:
    """Bring a text of several lines into its stored form (NFC, plain breaks, no outer space).

    The length counts code points; bidirectional embeddings, overrides and isolates are refused since the pages isolate
    every text themselves (Unicode Standard Annex 9; CVE-2021-42574).

    Raises:
        Refused: text.empty, text.too_long, text.control, text.marks.
    """
    if len(text) > limit * 4:
        raise TOO_LONG(length=len(text), limit=limit)
    check_signs(text)
    tidy = _GAPS.sub("\n\n", _LINES.sub("\n", _SPACE.sub(" ", _BREAKS.sub("\n", text)))).strip()
    return _measured(unicodedata.normalize("NFC", tidy), limit)


def check_signs(text: str) -> None:
    """Refuse invisible tricks in a text that is otherwise kept as it is.

    Raises:
        Refused: text.control, text.marks.
    """
    if _FORBIDDEN.search(text):
        raise CONTROL()
    _check_marks(text)


def clean_line(text: str, limit: int) -> str:
    """Bring a text of one line into its stored form.

    Raises:
        Refused: as clean().
    """
    return clean(" ".join(text.split()), limit)


def _measured(text: str, limit: int) -> str:
    if not any(_visible(letter) for letter in text):
        raise EMPTY()
    if len(text) > limit:
        raise TOO_LONG(length=len(text), limit=limit)
    return text


def _visible(letter: str) -> bool:
    return unicodedata.category(letter)[0] not in "CZM" and letter not in _BLANK


def _check_marks(text: str) -> None:
    run = 0
    for letter in text:
        kind = unicodedata.category(letter)
        if kind != "Cf":  # joiners between marks do not end the pile
            run = run + 1 if unicodedata.combining(letter) or kind in ("Mn", "Me") else 0
        if run > MARKS_IN_A_ROW:
            raise MARKS()
