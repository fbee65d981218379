"""Assets: named by content, compressed, cached for ever; and nothing else is served."""

import asyncio
import base64
import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from server.assets import Assets, find_static, minified_css
from server.bundle import BundleError

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z"/></svg>'
TREE = {
    "js/room.js": 'import { say } from "./lib/say.js";\n\n// The room.\nsay("in the room");\n',
    "js/lib/say.js": "/** @param {string} text */\nexport function say(text) {\n  console.log(`said:  ${text}`);\n}\n",
    "js/early.js": "// Early.\nvar early = 1;\n",
    "css/10-tokens.css": "@layer tokens, page;\n/* Tokens. */\n:root { --ink : #222; }\n",
    "css/20-page.css": 'body { background: url("../icons/mark.svg"); }\n',
    "css/pages/desk.css": "main { color: red }\n",
    "icons/mark.svg": SVG * 20,
    "icons/mark.png": "\x89PNG",
    "icons/site.webmanifest": '{"icons": [{"src": "/static/icons/mark.png"}]}',
    "icons/.hidden": "x",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in TREE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def client(assets: Assets) -> TestClient:
    return TestClient(Starlette(routes=[Mount("/static", app=assets)]), headers={"Accept-Encoding": "identity"})


def test_the_names_are_the_entries_the_sheets_and_the_icons(tree: Path) -> None:
    names = ["desk.css", "early.js", "majlis.css", "mark.png", "mark.svg", "room.js", "site.webmanifest"]
    assert Assets(tree).names() == names


def test_an_address_holds_the_hash_of_what_is_served(tree: Path) -> None:
    assets = Assets(tree)
    body = client(assets).get(assets.url("room.js")).content
    assert assets.url("room.js") == f"/static/room.{hashlib.sha256(body).hexdigest()[:8]}.js"


def test_an_address_changes_with_an_imported_module_and_with_nothing_else(tree: Path) -> None:
    before = Assets(tree)
    (tree / "js/lib/say.js").write_text("export const say = (text) => console.error(text);\n", "utf-8")
    after = Assets(tree)
    assert after.url("room.js") != before.url("room.js")
    assert [after.url(name) for name in ("early.js", "majlis.css")] == [
        before.url(n) for n in ("early.js", "majlis.css")
    ]


def test_an_entry_is_one_minified_module_that_names_its_files(tree: Path) -> None:
    assets = Assets(tree)
    text = client(assets).get(assets.url("room.js")).text
    assert text == 'function say(e){console.log(`said:  ${e}`)}say("in the room")'
    assert assets.modules("room.js") == ("static/js/lib/say.js", "static/js/room.js")


def test_sheets_are_joined_in_the_order_of_their_names(tree: Path) -> None:
    assets = Assets(tree)
    text = client(assets).get(assets.url("majlis.css")).text
    assert text == '@layer tokens,page;:root{--ink : #222}body{background: url("' + assets.url("mark.svg") + '")}'


def test_a_manifest_names_its_icons_by_their_addresses(tree: Path) -> None:
    assets = Assets(tree)
    answer = client(assets).get(assets.url("site.webmanifest"))
    assert answer.json() == {"icons": [{"src": assets.url("mark.png")}]}
    assert answer.headers["content-type"] == "application/manifest+json"


def test_a_sheet_that_names_an_unknown_icon_stops_the_start(tree: Path) -> None:
    (tree / "css/20-page.css").write_text("body { background: url(../icons/other.svg) }", "utf-8")
    with pytest.raises(LookupError, match=r"other\.svg"):
        Assets(tree)


@pytest.mark.parametrize("name", ["icons/room.js", "icons/index.html", "css/pages/majlis.css"])
def test_two_things_of_one_name_and_unknown_kinds_stop_the_start(tree: Path, name: str) -> None:
    (tree / name).write_text("x", "utf-8")
    with pytest.raises(ValueError, match=Path(name).name):
        Assets(tree)


def test_a_module_that_cannot_be_joined_stops_the_start(tree: Path) -> None:
    (tree / "js/desk.js").write_text('import { gone } from "./lib/say.js";', "utf-8")
    with pytest.raises(BundleError):
        Assets(tree)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("room.js", "text/javascript"),
        ("majlis.css", "text/css"),
        ("mark.svg", "image/svg+xml"),
        ("mark.png", "image/png"),
    ],
)
def test_answers_have_their_type_and_are_kept_for_ever(tree: Path, name: str, kind: str) -> None:
    assets = Assets(tree)
    answer = client(assets).get(assets.url(name))
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("br, gzip", "br"),
        ("gzip, deflate, br;q=0.5", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=1", "gzip"),
        ("BR ; q=0.000, *", None),
        ("identity", None),
        ("brr", None),
    ],
)
def test_the_best_coding_that_the_reader_takes_is_sent(tree: Path, accepted: str, coding: str | None) -> None:
    assets = Assets(tree)
    scope = _scope(assets.url("mark.svg"), accepted)
    headers, body = asyncio.run(_raw(assets, scope))
    assert headers.get("content-encoding") == coding
    assert headers["vary"] == "Accept-Encoding"
    assert int(headers["content-length"]) == len(body)
    assert _DECODE[coding](body) == (SVG * 20).encode()


def test_what_is_compressed_already_is_sent_as_it_is(tree: Path) -> None:
    assets = Assets(tree)
    headers, _ = asyncio.run(_raw(assets, _scope(assets.url("mark.png"), "br, gzip")))
    assert "content-encoding" not in headers
    assert "vary" not in headers


def test_each_coding_has_its_own_tag_and_a_known_tag_is_answered_briefly(tree: Path) -> None:
    assets = Assets(tree)
    asked = client(assets)
    tags = [
        asked.get(assets.url("room.js"), headers={"Accept-Encoding": c}).headers["etag"] for c in ("br", "gzip", "")
    ]
    assert len(set(tags)) == 3
    for tag, status in ((f'"x", W/{tags[0]}', 304), (tags[1], 200)):
        headers = {"Accept-Encoding": "br", "If-None-Match": tag}
        answer = asked.get(assets.url("room.js"), headers=headers)
        assert answer.status_code == status
    assert asked.get(assets.url("room.js"), headers={"If-None-Match": tags[2]}).content == b""


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static",
        "/static/room.js",
        "/static/js/room.js",
        "/static/room.00000000.js",
        "/static/x/{good}",
        "/static/{good}/",
        "/static//{good}",
        "/static/../static/{good}",
        "/static/..%2f..%2fpyproject.toml",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "/static/{good}%00",
        "/static/.hidden",
    ],
)
def test_nothing_but_known_names_is_served(tree: Path, path: str) -> None:
    assets = Assets(tree)
    good = assets.url("room.js").rpartition("/")[2]
    asked = client(assets)
    assert asked.get(f"/static/{good}").status_code == 200
    scope = _scope(path.format(good=good), "")
    headers, body = asyncio.run(_raw(assets, scope))
    assert (headers["status"], body) == ("404", b"Not found")
    assert headers["cache-control"] == "no-store"


def test_an_app_below_a_path_of_its_own_serves_the_same(tree: Path) -> None:
    assets = Assets(tree)
    asked = TestClient(Starlette(routes=[Mount("/static", app=assets)]), root_path="/forum")
    assert asked.get("/forum" + assets.url("room.js")).status_code == 200


def test_head_has_the_headers_and_no_body_and_other_methods_are_refused(tree: Path) -> None:
    assets = Assets(tree)
    asked = client(assets)
    full, head = asked.get(assets.url("room.js")), asked.head(assets.url("room.js"))
    assert head.content == b""
    assert head.headers == full.headers
    assert (asked.post(assets.url("room.js")).status_code, asked.post("/static/x").headers["allow"]) == (
        405,
        "GET, HEAD",
    )


def test_an_inline_script_comes_with_its_source_for_the_policy(tree: Path) -> None:
    text, source = Assets(tree).inline("early.js")
    assert text == "var early=1"
    assert source == "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
    assert hasattr(text, "__html__")


def test_what_could_end_its_element_is_not_put_into_a_page(tree: Path) -> None:
    (tree / "js/early.js").write_text('var early = "</script>";', "utf-8")
    with pytest.raises(ValueError, match=r"early\.js"):
        Assets(tree, dev=True).inline("early.js")
    assert "</script>" not in Assets(tree).inline("early.js")[0]


def test_the_weight_is_what_a_browser_receives(tree: Path) -> None:
    assets = Assets(tree)
    for name in ("room.js", "mark.png"):
        _, body = asyncio.run(_raw(assets, _scope(assets.url(name), "br")))
        assert assets.weight(name) == len(body)


def test_an_unknown_name_has_no_address(tree: Path) -> None:
    for dev in (False, True):
        with pytest.raises(LookupError):
            Assets(tree, dev).url("../pyproject.toml")


def test_in_development_files_are_read_again_and_nothing_is_kept(tree: Path) -> None:
    assets = Assets(tree, dev=True)
    first = assets.url("room.js")
    (tree / "js/room.js").write_text("// Now another.\nlog();", "utf-8")
    (tree / "js/new.js").write_text("fresh();", "utf-8")
    answer = client(assets).get(first)
    assert "// Now another." in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert assets.url("room.js") != first
    assert client(assets).get(assets.url("new.js")).status_code == 200


@pytest.mark.parametrize(
    "name", ["/static/../room.00000000.js", "/static/gone.00000000.js", "/static/room.js", "/static/"]
)
def test_in_development_too_nothing_but_known_names_is_served(tree: Path, name: str) -> None:
    headers, _ = asyncio.run(_raw(Assets(tree, dev=True), _scope(name, "")))
    assert headers["status"] == "404"


@pytest.mark.parametrize(
    ("text", "minified"),
    [
        ("a  :hover ,\n b > c { color : red ; }\n", "a :hover,b > c{color : red}"),
        ("a { /* ; } */ margin: 0 /* x */ 1px ; ; }", "a{margin: 0 1px}"),
        ("a{--s: \"  ;}  /* kept */ \" ; b: '{ ; }' }", "a{--s: \"  ;}  /* kept */ \";b: '{ ; }'}"),
        ("a { x: calc(1px + 2px) } /* one */ b /* two */ { y: z }", "a{x: calc(1px + 2px)}b{y: z}"),
        (".a/* x */.b { }", ".a/**/.b{}"),
        ("a { x: url( data:a;b,c  d ) }", "a{x: url( data:a;b,c  d )}"),
        ("@media (width > 40em) and (color) { & b { c: d; } }", "@media (width > 40em) and (color){& b{c: d}}"),
        ("/*** x **/\n a{}/**/", "a{}"),
    ],
)
def test_minifying_a_sheet_leaves_its_meaning(text: str, minified: str) -> None:
    assert minified_css(text) == minified


def test_the_product_brings_its_files() -> None:
    assert (find_static() / "js/lib/i18n.js").is_file()


_DECODE: dict[str | None, Callable[[bytes], bytes]] = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}


def _scope(path: str, accepted: str) -> dict[str, object]:
    headers = [(b"accept-encoding", accepted.encode())]
    return {"type": "http", "method": "GET", "path": path, "root_path": "/static", "headers": headers}


async def _raw(assets: Assets, scope: dict[str, object]) -> tuple[dict[str, str], bytes]:
    """Ask without a client, whose own reading of paths and codings would stand between."""
    sent: list[dict[str, object]] = []

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        sent.append(message)

    async def receive() -> dict[str, object]:
        return {"type": "http.request"}

    await assets(scope, receive, send)
    pairs = sent[0]["headers"]
    assert isinstance(pairs, list)
    headers = {name.decode(): value.decode() for name, value in pairs}
    body = sent[1]["body"]
    assert isinstance(body, bytes)
    return headers | {"status": str(sent[0]["status"])}, body
