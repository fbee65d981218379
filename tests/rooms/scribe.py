"""People who write shared notes in tests, each with a document of their own as their browser has one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pycrdt import Doc, Map, Text

from rooms.notes.updates import NAME, decoded, encoded


@dataclass
class Scribe:
    """One writer: what is typed becomes an update; places and lengths count letters."""

    author: int
    document: Doc[Text] = field(init=False)

    def __post_init__(self) -> None:
        self.document = Doc(client_id=self.author)
        self.document.get(NAME, type=Text)

    @property
    def text(self) -> str:
        return str(self.document.get(NAME, type=Text))

    def type(self, at: int, letters: str, gone: int = 0) -> bytes:
        """Replace so many letters by others; gives the update."""
        text, known = self.text, self.document.get_state()
        at = min(at, len(text))
        start, end = (len(text[:place].encode()) for place in (at, at + gone))
        words = self.document.get(NAME, type=Text)
        with self.document.transaction():
            if end > start:
                del words[start:end]
            if letters:
                words.insert(start, letters)
        return self.document.get_update(known)

    def said(self, at: int, letters: str, gone: int = 0) -> str:
        """Type, and give the update as the wire carries it."""
        return encoded(self.type(at, letters, gone))

    def hears(self, update: str | bytes) -> None:
        """Take another's update in."""
        self.document.apply_update(decoded(update) if isinstance(update, str) else update)


def foreign() -> dict[str, bytes]:
    """Make updates that do something else than typing."""
    made: dict[str, bytes] = {}
    other: Doc[Any] = Doc()
    other.get("secrets", type=Map)["a"] = 1
    made["a map"] = other.get_update()
    elsewhere: Doc[Text] = Doc()
    elsewhere.get("other", type=Text).insert(0, "hidden")
    made["another text"] = elsewhere.get_update()
    for name, act in FORMS.items():
        document: Doc[Text] = Doc()
        words = document.get(NAME, type=Text)
        words.insert(0, "word")
        act(words)
        made[name] = document.get_update()
    return made


FORMS: dict[str, Callable[[Text], None]] = {
    "a format": lambda words: words.format(0, 2, {"bold": True}),
    "an embedded object": lambda words: words.insert_embed(1, {"image": "x"}),
}
