"""Just enough of JavaScript's grammar to see what a module declares, takes from others, and says to people."""

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<template>`(?:[^`\\]|\\.)*`)
      | (?P<word>[\w$\#]+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_BEFORE_REGEX = frozenset(("return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do",
                           "await", "yield", "instanceof"))  # fmt: skip
_DECLARES = re.compile(r"(?<![\w$.#])(const|let|var|(?:async\s+)?function(?:\s*\*)?|class)(?=[\s\[{])\s*")
_ENDS = re.compile(
    r";|\n(?=\s*(?:export|import|const|let|var|function|async|class|if|for|while|switch|try|throw|new|await)\b)|\Z"
)
_NAME = re.compile(r"\s*([\w$]+)")
_MEMBER = re.compile(r"\s*(?:\.\.\.\s*)?(?:[\w$]+\s*:\s*)?([\w$]+)\s*(?:=.*)?\Z", re.DOTALL)


class JavaScriptError(ValueError):
    """Say what in a module is not understood or not allowed."""


class Token(NamedTuple):
    """A piece of source: its kind (space, comment, string, template, regex, word, other) and its text."""

    kind: str
    text: str


def tokens(source: str) -> Iterator[Token]:
    """Cut a module into pieces that together give the source again.

    Raises:
        JavaScriptError: a string or template does not end, or a template stands inside a template.
    """
    at, before = 0, ""
    while at < len(source):
        token = _token(source, at, before)
        yield token
        at += len(token.text)
        if token.kind not in ("space", "comment"):
            before = token.text


def mask(source: str) -> str:
    """Blank out comments and the insides of strings, templates and regular expressions; every offset stays."""
    return "".join(_MASKS.get(token.kind, str)(token.text) for token in tokens(source))


def top_level(masked: str) -> str:
    """Blank out what stands inside brackets of any kind in a masked module; every offset stays.

    Raises:
        JavaScriptError: the brackets do not match.
    """
    depth, kept = 0, []
    for letter in masked:
        depth -= letter in ")]}"
        if depth < 0:
            raise JavaScriptError("a bracket closes that was never opened")
        kept.append(letter if depth == 0 else " ")
        depth += letter in "([{"
    if depth:
        raise JavaScriptError("a bracket is never closed")
    return "".join(kept)


class Declaration(NamedTuple):
    """A name declared at the top level, and the offset of its declaring word."""

    start: int
    name: str


def declarations(masked: str) -> list[Declaration]:
    """Find what a masked module declares at its top level, in order.

    Raises:
        JavaScriptError: a pattern inside a pattern.
    """
    flat = top_level(masked)
    return [
        Declaration(found.start(), name)
        for found in _DECLARES.finditer(flat)
        for name in _declared(flat, masked, found)
    ]


def listed(inside: str) -> list[str]:
    """Name what stands in the braces of an import, an export or a pattern, `a, b: c, ...d` giving a, c, d.

    Raises:
        JavaScriptError: a renaming or a pattern inside a pattern.
    """
    pieces = [piece for piece in _commas(inside) if piece.strip()]
    found = [_MEMBER.match(piece) for piece in pieces]
    if None in found:
        raise JavaScriptError(f"cannot read the names in {{{inside.strip()}}}: renaming and nesting are not allowed")
    return [member[1] for member in found if member]


def _token(source: str, at: int, before: str) -> Token:
    found = _TOKEN.match(source, at)
    kind, text = (str(found.lastgroup), found[0]) if found else ("other", "")
    if text in ("", '"', "'", "`"):
        raise JavaScriptError(f"line {source.count(chr(10), 0, at) + 1}: a text never ends")
    if text == "/" and _regex_may_follow(before) and (regex := _REGEX.match(source, at)):
        return Token("regex", regex[0])
    return Token(kind, text)


def _regex_may_follow(before: str) -> bool:
    if before in _BEFORE_REGEX or not before:
        return True
    return before not in (")", "]", "}") and not re.match(r"""[\w$#"'`/]""", before)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _mask_string(text: str) -> str:
    return text[0] + _blank(text[1:-1]) + text[-1]


def _mask_template(text: str) -> str:
    kept, at = [], 0
    while (start := text.find("${", at)) >= 0:
        end = _closing(text, start + 1)
        kept += [_blank(text[at : start + 2]), mask(text[start + 2 : end])]
        at = end
    return "`" + ("".join(kept) + _blank(text[at:]))[1:-1] + "`"


def _closing(text: str, start: int) -> int:
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return at
    raise JavaScriptError(f"a template inside a template, or an unmatched brace, in {text!r}")


_MASKS = {"comment": _blank, "regex": _blank, "string": _mask_string, "template": _mask_template}


def _declared(flat: str, masked: str, found: re.Match[str]) -> list[str]:
    if found[1] in ("const", "let", "var"):
        end = _ENDS.search(flat, found.end())
        return _declarators(flat, masked, found.end(), end.start() if end else len(flat))
    name = _NAME.match(flat, found.end())
    return [name[1]] if name else []


def _declarators(flat: str, masked: str, start: int, end: int) -> list[str]:
    names: list[str] = []
    for piece in re.finditer(r"[^,]+", flat[start:end]):
        at = start + piece.start() + len(piece[0]) - len(piece[0].lstrip())
        if flat[at : at + 1] in ("{", "["):
            close = re.compile(r"[}\]]").search(flat, at + 1)
            names += listed(masked[at + 1 : close.start() if close else end])
        elif name := _NAME.match(flat, at):
            names.append(name[1])
    return names


def _commas(inside: str) -> list[str]:
    flat = top_level(inside)
    cuts = [-1, *(at for at, letter in enumerate(flat) if letter == ","), len(inside)]
    return [inside[start + 1 : end] for start, end in itertools.pairwise(cuts)]
