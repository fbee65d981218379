"""Gettext catalogues as they are committed: read at start, nothing compiled, one form per plural."""

import gettext as gnu
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent / "locales"
PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """One language's texts: each msgid's forms, the msgids that count, the rule of counting, and where texts are."""

    forms: Mapping[str, tuple[str, ...]]
    many: Mapping[str, str]
    plural: Callable[[int], int]
    files: Mapping[str, frozenset[str]]

    def form(self, text: str, n: int) -> str | None:
        """Find the translation for n things, or None where there is none yet."""
        forms = self.forms.get(text)
        return forms[self.plural(n) if text in self.many else 0] if forms else None


def po_path(locales: Path, code: str) -> Path:
    """Say where a language's catalogue lies."""
    return locales / code / "LC_MESSAGES" / "majlis.po"


def read_catalogue(path: Path) -> Catalogue:
    """Read a .po file; texts that are not wholly translated are left out.

    Raises:
        OSError: it cannot be read.
        babel.messages.pofile.PoFileError: it is not well formed.
    """
    with path.open("rb") as lines:
        po = read_po(lines, abort_invalid=True, ignore_obsolete=True)
    read = [(as_forms(message.id), as_forms(message.string), message) for message in po if message.id]
    ready = [(ids, forms, message) for ids, forms, message in read if all(forms) and not message.fuzzy]
    return Catalogue(
        forms={ids[0]: forms for ids, forms, _ in ready},
        many={ids[0]: ids[1] for ids, _, _ in ready if len(ids) > 1},
        plural=gnu.c2py(po.plural_expr),
        files={ids[0]: frozenset(name for name, _ in message.locations) for ids, _, message in ready},
    )


def as_forms(text: object) -> tuple[str, ...]:
    """Give a catalogue's text, or its forms, as forms."""
    return tuple(map(str, text)) if isinstance(text, list | tuple) else (str(text or ""),)
