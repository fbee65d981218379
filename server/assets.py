"""Scripts, styles and icons: joined, minified and compressed in memory, served under names that hold their hash."""

import base64
import gzip
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

import brotli
import minify
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from server.bundle import Module, bundle

PREFIX = "/static"
STYLES = "majlis.css"
FOREVER = "public, max-age=31536000, immutable"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
}
_PACKED = frozenset((".ico", ".png", ".webp"))  # compressed already, or hardly ever asked for
_CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, mode=brotli.MODE_TEXT, quality=11),
    "gzip": partial(gzip.compress, compresslevel=9, mtime=0),
}
_HASHED = re.compile(r"/([A-Za-z0-9_-]+)\.[0-9a-f]{8}(\.[a-z]+)")
_ICON = re.compile(r"""(?<=["'(])(?:\.{1,2}/|/static/)*icons/([A-Za-z0-9_-]+\.[a-z]+)""")
_COMMENT = r"/\*[^*]*\*+(?:[^/*][^*]*\*+)*/"
_GAP = rf"(?:\s+|{_COMMENT})"
_CSS_TOKEN = re.compile(
    rf"""(?P<kept>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|url\(\s*[^"'\s)][^)]*\))
      | {_GAP}*+(?P<mark>;(?:;|{_GAP})*+}}|[{{}};,]){_GAP}*+
      | (?P<gap>{_GAP}++)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Asset:
    """One thing to serve: its bytes, and its compressed forms once they were asked for."""

    name: str
    body: bytes
    paths: tuple[str, ...] = ()
    made: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Eight hexadecimal digits of its SHA-256."""
        return hashlib.sha256(self.body).hexdigest()[:8]

    @property
    def file_name(self) -> str:
        """Its name with the hash, `room.3f9ac2d1.js`."""
        stem, _, suffix = self.name.rpartition(".")
        return f"{stem}.{self.digest}.{suffix}"

    @property
    def suffix(self) -> str:
        """Its kind, `.js`."""
        return Path(self.name).suffix

    def encoded(self, coding: str) -> bytes:
        """Compress it, once; "" leaves it as it is."""
        if not coding:
            return self.body
        return self.made.get(coding) or self.made.setdefault(coding, _CODINGS[coding](self.body))


class Assets:
    """All that browsers load beside pages; an ASGI application for PREFIX.

    Entries are static/js/*.js (each with what it imports), `majlis.css` (static/css/*.css in the order of their file
    names), static/css/pages/*.css (each by itself), static/icons/* and static/vendor/*.js (others' modules, joined when
    the package was installed; see hatch_build.py). Out of dev everything is built here, so that a
    module that cannot be joined stops the start; in dev files are read again for each request.

    Raises:
        BundleError: see server.bundle.
        ValueError: two things of one name, or a file whose kind is not served.
    """

    def __init__(self, static_dir: Path, dev: bool = False) -> None:
        self._root = static_dir
        self._dev = dev
        self._built: dict[str, Asset] = {}
        self._modules: dict[str, Module] = {}
        self._served = {} if dev else {asset.file_name: asset for asset in map(self.find, self.names())}

    def names(self) -> list[str]:
        """Name everything that is served, without hashes."""
        return sorted(self._makers())

    def find(self, name: str) -> Asset:
        """Look an asset up by its plain name, `room.js`.

        Raises:
            LookupError: there is none.
        """
        if self._dev or name not in self._built:
            self._built[name] = self._build(name)
        return self._built[name]

    def has(self, name: str) -> bool:
        """Tell whether there is an asset of a plain name."""
        return name in (self._makers() if self._dev else self._built)

    def url(self, name: str) -> str:
        """Give its path on the server, `/static/room.3f9ac2d1.js`.

        Raises:
            LookupError: there is none.
        """
        return f"{PREFIX}/{self.find(name).file_name}"

    def inline(self, name: str) -> tuple[Markup, str]:
        """Give a script or style to stand inside the page, and its source for the page's CSP, `'sha256-…'`.

        Raises:
            LookupError: there is none.
            ValueError: it holds what would end its element.
        """
        body = self.find(name).body
        if b"</" in body or b"<!--" in body:
            raise ValueError(f"{name} cannot stand in a page: it holds </ or <!--")
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        return Markup(body.decode()), f"'sha256-{digest}'"  # noqa: S704  # our own file, looked at above

    def weight(self, name: str) -> int:
        """Count its bytes on the wire, with brotli.

        Raises:
            LookupError: there is none.
        """
        asset = self.find(name)
        return len(asset.encoded(_best(asset, "br")))

    def modules(self, name: str) -> tuple[str, ...]:
        """List the source files that an entry was joined from, as `static/js/lib/i18n.js`.

        Raises:
            LookupError: there is none.
        """
        return self.find(name).paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what is asked for, and nothing that is not named here."""
        response = await self._respond(scope)
        await response(scope, receive, send)

    async def _respond(self, scope: Scope) -> Response:
        if scope.get("method") not in ("GET", "HEAD"):
            return _plain(405, {"Allow": "GET, HEAD"})
        asset = self._asked(scope["path"].removeprefix(scope.get("root_path", "")))
        if asset is None:
            return _plain(404, {})
        asked = Headers(scope=scope)
        coding = _best(asset, asked.get("accept-encoding", ""))
        headers = _headers(asset, coding, "no-store" if self._dev else FOREVER)
        if headers["ETag"] in re.split(r"\s*,\s*", asked.get("if-none-match", "").replace("W/", "")):
            return Response(status_code=304, headers=headers)
        body = await run_in_threadpool(asset.encoded, coding) if coding not in asset.made else asset.encoded(coding)
        headers |= {"Content-Type": TYPES[asset.suffix], "Content-Length": str(len(body))}
        return Response(body if scope["method"] == "GET" else b"", headers=headers)

    def _asked(self, path: str) -> Asset | None:
        if not self._dev:
            return self._served.get(path.removeprefix("/"))
        found = _HASHED.fullmatch(path)
        name = found[1] + found[2] if found else ""
        return self.find(name) if name in self._makers() else None

    def _build(self, name: str) -> Asset:
        if name not in (makers := self._makers()):
            raise LookupError(f"there is no asset {name}")
        return makers[name]()

    def _makers(self) -> dict[str, Callable[[], Asset]]:
        makers: dict[str, Callable[[], Asset]] = {}
        for name, maker in self._listed():
            if name in makers or Path(name).suffix not in TYPES:
                raise ValueError(f"{name} is there twice, or of a kind that is not served")
            makers[name] = maker
        return makers

    def _listed(self) -> list[tuple[str, Callable[[], Asset]]]:
        sheets = _files(self._root / "css", "*.css")
        return [
            *((path.name, partial(self._script, path.name)) for path in _files(self._root / "js", "*.js")),
            *([(STYLES, partial(self._sheet, STYLES, sheets))] if sheets else []),
            *(
                (path.name, partial(self._sheet, path.name, [path]))
                for path in _files(self._root / "css/pages", "*.css")
            ),
            *((path.name, partial(self._icon, path)) for path in _files(self._root / "icons", "*")),
            *((path.name, partial(self._ready, path)) for path in _files(self._root / "vendor", "*.js")),
        ]

    def _script(self, name: str) -> Asset:
        joined = bundle(self._root / "js", name, None if self._dev else self._modules)
        text = joined.text if self._dev else str(minify.string("application/javascript", joined.text))
        return Asset(name, text.encode(), tuple(f"static/js/{path}" for path in joined.paths))

    def _sheet(self, name: str, paths: list[Path]) -> Asset:
        text = self._linked("\n".join(path.read_text("utf-8") for path in paths))
        return Asset(name, (text if self._dev else minified_css(text)).encode())

    def _icon(self, path: Path) -> Asset:
        if path.suffix == ".webmanifest":
            return Asset(path.name, self._linked(path.read_text("utf-8")).encode())
        return Asset(path.name, path.read_bytes())

    def _ready(self, path: Path) -> Asset:
        return Asset(path.name, path.read_bytes())

    def _linked(self, text: str) -> str:
        """Give the icons that a text names the addresses that they are served under."""
        return _ICON.sub(lambda found: self.url(found[1]), text)


def find_static() -> Path:
    """Say where the files lie: in the installed package, else beside it in the source tree."""
    package = Path(__file__).parent
    installed = package / "_static"
    return installed if installed.is_dir() else package.parent / "static"


def minified_css(text: str) -> str:
    """Take comments and needless space out of a style sheet; strings and addresses stay as they are."""
    return _CSS_TOKEN.sub(_css_token, text).strip()


def _css_token(found: re.Match[str]) -> str:
    if found["mark"]:
        return found["mark"][-1]
    return found["kept"] or (" " if re.sub(_COMMENT, "", found["gap"]) else "/**/")


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.glob(pattern) if path.is_file() and not path.name.startswith("."))


def _best(asset: Asset, accepted: str) -> str:
    """Choose a coding that the reader takes; a `q=0` refuses one (RFC 9110, 12.5.3)."""
    if asset.suffix in _PACKED:
        return ""
    wishes = [wish.replace(" ", "").lower().partition(";") for wish in accepted.split(",")]
    taken = {name for name, _, quality in wishes if not re.fullmatch(r"q=0(\.0*)?", quality)}
    return next((coding for coding in _CODINGS if coding in taken), "")


def _headers(asset: Asset, coding: str, caching: str) -> dict[str, str]:
    headers = {
        "Cache-Control": caching,
        "ETag": f'"{asset.digest}{"-" if coding else ""}{coding}"',
        "X-Content-Type-Options": "nosniff",
    }
    vary = {} if asset.suffix in _PACKED else {"Vary": "Accept-Encoding"}
    return headers | vary | ({"Content-Encoding": coding} if coding else {})


def _plain(status: int, headers: dict[str, str]) -> Response:
    text = {404: "Not found", 405: "Method not allowed"}[status]
    always = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return PlainTextResponse(text, status, headers=headers | always)
