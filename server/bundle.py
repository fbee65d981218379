"""An entry module and all that it imports, joined into one module; what could change its meaning is refused."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from server.javascript import Declaration, JavaScriptError, declarations, listed, mask, top_level

_IMPORT = re.compile(r"""(?<![\w$.#])import\s*(?:(\{\s*\})\s*from\s*)?(["']\s*["'])[ \t]*;?""")
_EXPORT = re.compile(r"(?<![\w$.#])export\s+(?=(?:const|let|var|function|async|class)\b)")
_EXPORT_LIST = re.compile(r"(?<![\w$.#])export\s*(\{\s*\})(?!\s*from\b)[ \t]*;?")
_LEFT_OVER = re.compile(r"(?<![\w$.#])(?:import\b(?!\s*[(.])|export\b)[^;\n]*")
_DYNAMIC = re.compile(r"(?<![\w$.#])import\s*[(.]")
_BY_ADDRESS = re.compile(r"import\s*\(\s*/\* url \*/")
_WINDOW = frozenset(
    """alert atob blur btoa caches chrome close closed confirm console crypto customElements document event external
    fetch find focus frames getSelection history indexedDB innerHeight innerWidth isSecureContext length localStorage
    location matchMedia menubar moveTo name navigation navigator open opener origin outerHeight outerWidth parent
    performance postMessage print prompt queueMicrotask reportError requestAnimationFrame scheduler screen screenX
    scroll scrollBy scrollTo scrollX scrollY self sessionStorage setInterval setTimeout clearInterval clearTimeout
    status stop structuredClone toolbar top visualViewport window undefined globalThis Array Boolean Date Element Error
    Event Headers Image Intl JSON Map Math Node Number Object Option Promise Proxy Range Reflect RegExp Request Response
    Selection Set String Symbol Text URL WeakMap WeakSet WebSocket Worker""".split()  # noqa: SIM905  # shorter to read
)


class BundleError(ValueError):
    """Say which module cannot be joined, and why."""


@dataclass(frozen=True, slots=True)
class Module:
    """One file: its path below the root, its text without import and export, and what it gives and takes."""

    path: str
    text: str
    names: tuple[str, ...]
    exports: frozenset[str]
    imports: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Bundle:
    """One self-contained module and the paths of the files in it, in the order of their evaluation."""

    text: str
    paths: tuple[str, ...]


def bundle(root: Path, entry: str, known: dict[str, Module] | None = None) -> Bundle:
    """Join an entry module, `room.js`, and what it imports from below the root; `known` keeps what was read before.

    Own modules use static imports of plain names only. A dynamic import takes an address that the page gave:
    `import(/* url */ address)`.

    Raises:
        BundleError: a cycle, a missing file or name, one top-level name in two files, or a form not allowed.
    """
    modules: dict[str, Module] = {}
    _gather(Reader(root.resolve(), {} if known is None else known), entry, (), modules)
    _refuse_doubles(modules.values())
    return Bundle("".join(map(_piece, modules.values())), tuple(modules))


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads modules below a root, each once."""

    root: Path
    known: dict[str, Module]

    def read(self, path: str) -> Module:
        """Read one module.

        Raises:
            BundleError: the file is missing or holds a form that is not allowed.
        """
        if path not in self.known:
            self.known[path] = self._fresh(path)
        return self.known[path]

    def _fresh(self, path: str) -> Module:
        try:
            return _parsed(self.root, path, (self.root / path).read_text("utf-8"))
        except FileNotFoundError:
            raise BundleError(f"{path}: there is no such module") from None
        except JavaScriptError as error:
            raise BundleError(f"{path}: {error}") from None


def _gather(reader: Reader, path: str, above: tuple[str, ...], done: dict[str, Module]) -> None:
    if path in above:
        raise BundleError("modules import each other in a circle: " + " > ".join((*above, path)))
    if path in done:
        return
    module = reader.read(path)
    for needed, names in module.imports.items():
        _gather(reader, needed, (*above, path), done)
        if missing := sorted(set(names) - done[needed].exports):
            raise BundleError(f"{path}: {needed} does not export {missing[0]}")
    done[path] = module


def _parsed(root: Path, path: str, source: str) -> Module:
    masked = mask(source)
    flat = top_level(masked)
    found = declarations(masked)
    _refuse_forms(path, source, masked, flat)
    _refuse_shadows(path, [name for _, name in found])
    return Module(
        path,
        _without(source, flat),
        tuple(name for _, name in found),
        _exports(masked, flat, found),
        _imports(root, path, source, masked, flat),
    )


def _imports(root: Path, path: str, source: str, masked: str, flat: str) -> dict[str, tuple[str, ...]]:
    imports: dict[str, tuple[str, ...]] = {}
    for found in _IMPORT.finditer(flat):
        needed = _resolved(root, path, source[found.start(2) + 1 : found.end(2) - 1])
        imports[needed] = (*imports.get(needed, ()), *_inside(masked, found))
    return imports


def _exports(masked: str, flat: str, found: list[Declaration]) -> frozenset[str]:
    starts = {export.end() for export in _EXPORT.finditer(flat)}
    names = [name for start, name in found if start in starts]
    for export in _EXPORT_LIST.finditer(flat):
        names += _inside(masked, export)
    return frozenset(names)


def _inside(masked: str, found: re.Match[str]) -> list[str]:
    inside = masked[found.start(1) + 1 : found.end(1) - 1] if found[1] else ""
    if re.search(r"\sas\s|:", inside):
        raise JavaScriptError(f"{{{inside.strip()}}} renames; give a thing one name everywhere")
    return listed(inside)


def _without(text: str, flat: str) -> str:
    """Take import and export out of a text that has the offsets of `flat`."""
    for pattern in (_IMPORT, _EXPORT_LIST, _EXPORT):
        for found in pattern.finditer(flat):
            text = text[: found.start()] + " " * len(found[0]) + text[found.end() :]
    return text


def _resolved(root: Path, path: str, specifier: str) -> str:
    if not specifier.startswith(("./", "../")) or not specifier.endswith(".js"):
        raise JavaScriptError(f"{specifier!r} is not the relative path of an own module")
    target = (root / path).parent.joinpath(specifier).resolve()
    if not target.is_relative_to(root):
        raise JavaScriptError(f"{specifier!r} leads out of the modules' folder")
    return target.relative_to(root).as_posix()


def _refuse_forms(path: str, source: str, masked: str, flat: str) -> None:
    if left := _LEFT_OVER.search(_without(flat, flat)):
        raise BundleError(f"{path}: `{source[left.start() : left.end()].strip()}` is not allowed in own modules")
    for found in _DYNAMIC.finditer(masked):
        if not _BY_ADDRESS.match(source, found.start()):
            raise BundleError(f"{path}: `import(…)` takes an address from the page, marked `import(/* url */ address)`")


def _refuse_shadows(path: str, names: list[str]) -> None:
    if hidden := sorted(_WINDOW.intersection(names)):
        raise BundleError(f"{path}: the name {hidden[0]} would hide the browser's own from the other modules")


def _refuse_doubles(modules: Iterable[Module]) -> None:
    owners: dict[str, str] = {}
    for module in modules:
        for name in module.names:
            owner = owners.setdefault(name, module.path)
            if owner != module.path:
                raise BundleError(f"the name {name} stands at the top of both {owner} and {module.path}")


def _piece(module: Module) -> str:
    return f"// {module.path}\n{module.text.strip()}\n;\n"
