"""Keep the translations in step with the product: `python -m server.catalogues update` and `check`."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from gettext import c2py
from io import StringIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import generate_po, read_po

from server.extraction import ExtractionError, Said, said
from server.i18n import DEFAULT, LANGUAGES
from server.messages import PLACEHOLDER, as_forms, po_path

SOURCE = Path(__file__).parent.parent
PLURALS = {
    "ar": (6, "n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5"),
    "zh": (1, "0"),
    "en": (2, "n != 1"),
    "fr": (2, "n > 1"),
    "ru": (3, "n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2"),
    "es": (2, "n != 1"),
}
"""Number of forms and their rule: gettext's usual ones for whole numbers (gettext manual, 11.2.6)."""
_HEADER = """msgid ""
msgstr ""
"Language: {code}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals={count}; plural=({rule});\\n"

"""
_SEEN = range(1001)


def template(texts: Iterable[Said]) -> dict[str, Message]:
    """Gather the texts into messages by msgid, each with the files that say it.

    Raises:
        ExtractionError: one singular has two plurals, or a placeholder is no plain name.
    """
    files: dict[str, set[str]] = {}
    many: dict[str, str] = {}
    for item in texts:
        if any(map(_strays, (item.text, item.many or ""))):
            raise ExtractionError(f"{item.path}: a placeholder is a {{plain_name}}, in {item.text!r}")
        if item.many and many.setdefault(item.text, item.many) != item.many:
            raise ExtractionError(f"{item.path}: {item.text!r} has two plurals: {item.many!r}, {many[item.text]!r}")
        files.setdefault(item.text, set()).add(item.path)
    return {text: _message(text, many.get(text), files[text]) for text in files}


def render(code: str, wanted: Mapping[str, Message], locales: Path) -> str:
    """Write a language's catalogue anew: the wanted texts, sorted, with the translations that there are."""
    old, new = _opened(code, locales), _empty(code)
    for message in wanted.values():
        kept = old.get(as_forms(message.id)[0])
        forms = _kept(message, kept, new.num_plurals) if code != DEFAULT else as_forms(message.id)
        text = forms if message.pluralizable else forms[0]
        comments = kept.user_comments if kept else ()
        new.add(message.id, text, message.locations, kept.flags if kept else (), user_comments=comments)
    lines = generate_po(new, width=0, omit_header=True, sort_by="message", include_lineno=False)
    return (_header(code) + "".join(lines)).rstrip("\n") + "\n"


def update(source: Path, locales: Path) -> None:
    """Bring all catalogues up to date; a text not yet translated gets an empty translation.

    Raises:
        ExtractionError: a text cannot be translated.
    """
    wanted = template(said(source))
    for code in LANGUAGES:
        path = po_path(locales, code)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render(code, wanted, locales), "utf-8")


def problems(code: str, source: Path, locales: Path) -> list[str]:
    """Say what is wrong with a language's catalogue; nothing when it is complete.

    Raises:
        ExtractionError: a text cannot be translated.
    """
    wanted = template(said(source))
    path = po_path(locales, code)
    if not path.exists():
        return [f"{path} is missing"]
    old = _opened(code, locales)
    have = {as_forms(message.id)[0]: message for message in old if message.id}
    found = [f"not in the catalogue: {text!r}" for text in wanted if text not in have]
    found += [f"no longer used: {text!r}" for text in have if text not in wanted]
    for message in have.values():
        found += _wrong(code, old, message)
    if not found and path.read_text("utf-8") != render(code, wanted, locales):
        found.append("out of date: run `python -m server.catalogues update`")
    return [f"{code}: {problem}" for problem in found]


def main(arguments: Sequence[str]) -> int:
    """Update or check the catalogues of this source tree; 1 when something is wrong, 2 when not understood."""
    command = _COMMANDS.get(arguments[0]) if len(arguments) == 1 else None
    if command is None:
        sys.stderr.write("python -m server.catalogues update|check\n")
        return 2
    try:
        return command(SOURCE, SOURCE / "server/locales")
    except ExtractionError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _update(source: Path, locales: Path) -> int:
    update(source, locales)
    return 0


def _check(source: Path, locales: Path) -> int:
    found = [problem for code in LANGUAGES for problem in problems(code, source, locales)]
    sys.stdout.write("".join(f"{problem}\n" for problem in found))
    return 1 if found else 0


_COMMANDS: dict[str, Callable[[Path, Path], int]] = {"update": _update, "check": _check}


def _message(text: str, many: str | None, files: Iterable[str]) -> Message:
    return Message((text, many) if many else text, locations=[(name, 0) for name in sorted(files)])


def _header(code: str) -> str:
    count, rule = PLURALS[code]
    return _HEADER.format(code=code, count=count, rule=rule)


def _empty(code: str) -> Catalog:
    return read_po(StringIO(_header(code)), locale=code)


def _opened(code: str, locales: Path) -> Catalog:
    path = po_path(locales, code)
    return (
        read_po(StringIO(path.read_text("utf-8")), locale=code, abort_invalid=True) if path.exists() else _empty(code)
    )


def _kept(message: Message, kept: Message | None, count: int) -> tuple[str, ...]:
    """Keep a translation whose text still counts, or still does not."""
    wanted = count if message.pluralizable else 1
    if kept is None or kept.id != message.id:
        return ("",) * wanted
    return as_forms(kept.string)


def _wrong(code: str, catalog: Catalog, message: Message) -> Iterable[str]:
    ids, forms = as_forms(message.id), as_forms(message.string)
    if code == DEFAULT and forms != ids:
        yield f"English must be the text itself: {ids[0]!r}"
    if message.fuzzy:
        yield f"fuzzy: {ids[0]!r}"
    if not all(form.strip() for form in forms) or len(forms) != (catalog.num_plurals if len(ids) > 1 else 1):
        yield f"not translated: {ids[0]!r}"
    elif bad := [form for index, form in enumerate(forms) if not _placeholders_match(code, ids, form, index)]:
        yield f"placeholders differ from {ids[-1]!r}: {bad[0]!r}"


def _placeholders_match(code: str, ids: Sequence[str], form: str, index: int) -> bool:
    """Compare placeholders; a form that only one number takes may say {n} in a word."""
    wanted, given = set(PLACEHOLDER.findall(ids[-1])), set(PLACEHOLDER.findall(form))
    if _strays(form):
        return False
    return given == wanted or (len(ids) > 1 and index in _single_forms(code) and given == wanted - {"n"})


@cache
def _single_forms(code: str) -> set[int]:
    seen = Counter(map(c2py(PLURALS[code][1]), _SEEN))
    return {index for index, times in seen.items() if times == 1}


def _strays(text: str) -> bool:
    return not {"{", "}"}.isdisjoint(PLACEHOLDER.sub("", text))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
