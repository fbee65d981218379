"""The only home of pycrdt: a document comes as bytes, is changed, and goes as bytes."""

from collections.abc import Iterable
from dataclasses import dataclass

from pycrdt import Doc, Text

from rooms.notes.merging import Splice
from rooms.notes.rules import BAD_UPDATE
from rooms.notes.updates import NAME, check_follows, read, read_vector

SERVER = 1
"""The server's own author number. Its changes are made one after the other, each upon the stored state."""

Document = Doc[Text]


@dataclass(frozen=True, slots=True)
class Changed:
    """A document after a change: the whole state, the text, and the change itself; an empty change changed nothing."""

    state: bytes
    text: str
    update: bytes


def applied(state: bytes, update: bytes) -> Changed:
    """Apply somebody's change.

    Raises:
        Refused: notes.bad_update, notes.behind, text.*.
    """
    found = read(update)
    document = _loaded(state)
    known = document.get_state()
    check_follows(found, read_vector(known))
    before = document.get_update()
    try:
        document.apply_update(update)
        changed = _changed(document, update)
    except Exception as error:
        raise BAD_UPDATE() from error
    except BaseException as error:
        # A panic of the Rust below is no Exception; the document that it broke is thrown away.
        if type(error).__name__ != "PanicException":
            raise
        raise BAD_UPDATE() from error
    return changed if changed.state != before else Changed(state, changed.text, b"")


def spliced(state: bytes, splices: Iterable[Splice]) -> Changed:
    """Replace pieces of the text, given in order and counted in code points of the text as it is."""
    document = _loaded(state)
    known, words = document.get_state(), document.get(NAME, type=Text)
    text = str(words)
    with document.transaction():
        for splice in reversed(list(splices)):
            start = len(text[: splice.start].encode())
            end = start + len(text[splice.start : splice.end].encode())
            if end > start:
                del words[start:end]
            if splice.text:
                words.insert(start, splice.text)
    changed = _changed(document, document.get_update(known))
    return changed if changed.text != text else Changed(state, text, b"")


def _loaded(state: bytes) -> Document:
    document: Document = Doc(client_id=SERVER)
    document.get(NAME, type=Text)
    if state:
        document.apply_update(state)
    return document


def _changed(document: Document, update: bytes) -> Changed:
    return Changed(document.get_update(), str(document.get(NAME, type=Text)), update)
