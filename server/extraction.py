"""The texts that the product says, found in its Python, its templates and its browser modules."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.jslexer import unquote_string
from jinja2 import Environment, nodes

from server.javascript import mask

PYTHON = {"_": (0,), "N_": (0,), "gettext": (0,), "markup": (0,), "ngettext": (0, 1), "reason": (2,)}
TEMPLATE = {"_": (0,), "_html": (0,), "ngettext": (0, 1)}
BROWSER = {"t": 1, "tn": 2}
FOLDERS = (
    ("rooms", "*.py"),
    ("hackathon", "*.py"),
    ("server", "*.py"),
    ("server/templates", "*"),
    ("static/js", "*.js"),
)
_CALL = re.compile(r"(?<![\w$.#])(?<!function )(t|tn)\(")
_LITERAL = re.compile(r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""")
_NEXT = re.compile(r"\s*([,)])\s*")
_ELSEWHERE = ("_static", "locales", "templates")


class ExtractionError(ValueError):
    """Say where a text stands that cannot be translated, and why."""


@dataclass(frozen=True, slots=True)
class Said:
    """One text, its counted form if it has one, and the file that says it."""

    text: str
    many: str | None
    path: str


def said(root: Path) -> Iterator[Said]:
    """Find every text below the root of the source tree.

    Raises:
        ExtractionError: a text is put together from pieces.
    """
    for folder, pattern in FOLDERS:
        for path in sorted((root / folder).rglob(pattern)):
            if path.is_file() and not _elsewhere(path.relative_to(root / folder)):
                yield from _in_file(path, path.relative_to(root).as_posix(), folder)


def in_python(source: str, path: str) -> Iterator[Said]:
    """Find the texts of a Python module: the literal arguments of PYTHON's functions.

    Raises:
        ExtractionError: a text is put together from pieces.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (places := PYTHON.get(_called(node.func))):
            given = [node.args[place] for place in places if place < len(node.args)]
            if any(isinstance(argument, ast.JoinedStr | ast.BinOp) for argument in given):
                raise ExtractionError(f"{path}:{node.lineno}: a text must be one literal; use {{placeholders}}")
            texts = [a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if texts and len(texts) == len(places):
                yield _said(texts, path)


def in_template(source: str, path: str) -> Iterator[Said]:
    """Find the texts of a template: the literal arguments of TEMPLATE's functions.

    Raises:
        ExtractionError: a text is put together from pieces.
    """
    parsed = Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"], autoescape=True).parse(source)
    for call in parsed.find_all(nodes.Call):
        places = TEMPLATE.get(getattr(call.node, "name", ""), ())
        given = [call.args[place] for place in places if place < len(call.args)]
        if any(isinstance(argument, nodes.Concat | nodes.BinExpr) for argument in given):
            raise ExtractionError(f"{path}:{call.lineno}: a text must be one literal; use {{placeholders}}")
        texts = [a.value for a in given if isinstance(a, nodes.Const) and isinstance(a.value, str)]
        if texts and len(texts) == len(places):
            yield _said(texts, path)


def in_browser(source: str, path: str) -> Iterator[Said]:
    """Find the texts of a browser module: the literal arguments of BROWSER's functions.

    Raises:
        ExtractionError: a text is put together from pieces, or is a template.
    """
    for call in _CALL.finditer(mask(source)):
        if texts := _literals(source, call.end(), BROWSER[call[1]]):
            yield _said(texts, path)
        elif re.match(r"\s*[`\"']", source[call.end() :]):
            raise ExtractionError(f"{path}:{source.count(chr(10), 0, call.start()) + 1}: a text must be one literal")


def _literals(source: str, at: int, count: int) -> list[str]:
    texts: list[str] = []
    at += len(source[at:]) - len(source[at:].lstrip())
    while len(texts) < count and (found := _LITERAL.match(source, at)) and (after := _NEXT.match(source, found.end())):
        texts.append(unquote_string(found[0]))
        at = after.end()
    return texts if len(texts) == count else []


def _said(texts: list[str], path: str) -> Said:
    return Said(texts[0], texts[1] if len(texts) > 1 else None, path)


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _elsewhere(path: Path) -> bool:
    return path.parts[0] in _ELSEWHERE


def _in_file(path: Path, name: str, folder: str) -> Iterator[Said]:
    reader = _READERS.get(folder, in_python)
    return reader(path.read_text("utf-8"), name)


_READERS: dict[str, Callable[[str, str], Iterator[Said]]] = {"server/templates": in_template, "static/js": in_browser}
