"""Modules joined into one: the same meaning as apart, and every form refused that could change it."""

from pathlib import Path

import minify
import pytest

from server.bundle import BundleError, bundle
from server.javascript import JavaScriptError, declarations, mask, tokens
from tests.node import evaluate

Files = dict[str, str]

ALIKE: Files = {
    "room.js": """// import { nothing } from "./nothing.js";
/* import { nothing } from "./nothing.js"; */
import { first, Second,
  third, } from "./lib/a.js";
import './parts/list.js'
import { mixed, async_sum } from "./lib/b.js";

const text = 'import { nothing } from "./nothing.js"; export default 1';
const template = `export const no = 1; ${[1, 2].map((n) => { return n * first })} import x from "y"`;
const pattern = /["'`]import \\/\\/ [/"]{2}/g;
const { p, q: renamed, ...rest } = { p: 1, q: 2, r: 3 };
let [m, n = 4] = [3], last = { export: 5 }.export
const half = rest.r / 2 / 3
say(first, new Second().get(), third(), mixed, await async_sum(2), text, template, pattern.source, p, renamed, m, n)
say(last, half, order);
""",
    "lib/a.js": """import { mixed } from "./b.js";
export const first = mixed + 1, unused = { a: [1, 2], b() { const mixed = 0; return mixed } };
export class Second {
  #hidden = first;
  static  #count = 0;
  get() { return this.#hidden /* export */ }
}
export { third };
function third() { return `third  ${first}` }
order.push("a")
""",
    "lib/b.js": """export let mixed = 1;
export async function async_sum(n) {
  await null
  return [...counted(n)].reduce((a, b) => a + b, mixed)
}
function* counted(n) { for (let i = 0; i < n; i++) yield i }
order.push("b")
""",
    "parts/list.js": """import { first } from "../lib/a.js";
(() => order.push("list", first))()
""",
}
SAY = "globalThis.order = []; const said = []; globalThis.say = (...words) => said.push(...words);"
TELL = "console.log(JSON.stringify(said));"


def lay(folder: Path, files: Files) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def test_joined_and_minified_modules_do_what_they_did_apart(tmp_path: Path) -> None:
    joined = bundle(lay(tmp_path, ALIKE), "room.js")
    lay(
        tmp_path,
        {
            "joined.mjs": joined.text,
            "minified.mjs": minify.string("application/javascript", joined.text),
            "package.json": '{"type":"module"}',
        },
    )
    said = [
        evaluate(f'{SAY} await import("{(tmp_path / name).as_uri()}"); {TELL}', tmp_path)
        for name in ("room.js", "joined.mjs", "minified.mjs")
    ]
    assert said[0][-1] == ["b", "a", "list", 2]
    assert said[1] == said[0]
    assert said[2] == said[0]


def test_what_is_needed_comes_first_and_once(tmp_path: Path) -> None:
    joined = bundle(lay(tmp_path, ALIKE), "room.js")
    assert joined.paths == ("lib/b.js", "lib/a.js", "parts/list.js", "room.js")


def test_nothing_is_imported_or_exported_any_more(tmp_path: Path) -> None:
    masked = mask(bundle(lay(tmp_path, ALIKE), "room.js").text)
    assert "import" in mask(ALIKE["room.js"])
    assert "import" not in masked
    assert [word for word in masked.split() if word == "export"] == []


def test_a_module_may_fill_a_page_with_an_address_that_the_page_gave(tmp_path: Path) -> None:
    lay(tmp_path, {"room.js": "const notes = await import(/* url */ place);"})
    assert "import(/* url */ place)" in bundle(tmp_path, "room.js").text


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        (
            {"room.js": 'import { a } from "./a.js";', "a.js": 'import { b } from "./room.js"; export const a = 1;'},
            "circle",
        ),
        ({"room.js": 'import "./room.js";'}, "room.js > room.js"),
        ({"room.js": 'import { a } from "./a.js";'}, "a.js: there is no such module"),
        ({"room.js": 'import { a } from "./a.js";', "a.js": "const a = 1;"}, "a.js does not export a"),
        ({"room.js": 'import { a } from "./a.js";', "a.js": "const b = { a: 1 }; export { b };"}, "does not export a"),
        ({"room.js": 'import a from "./a.js";', "a.js": ""}, "import a from"),
        ({"room.js": 'import * as a from "./a.js";', "a.js": ""}, r"import \* as a"),
        ({"room.js": 'import a, { b } from "./a.js";', "a.js": ""}, "import a, {"),
        ({"room.js": 'import { a as b } from "./a.js";', "a.js": "export const a = 1"}, "renames"),
        ({"room.js": "const a = 1; export { a as b };"}, "renames"),
        ({"room.js": "export default 1;"}, "export default 1"),
        ({"room.js": "export default function () {}"}, "export default function"),
        ({"room.js": 'export * from "./a.js";'}, r"export \* from"),
        ({"room.js": 'export { a } from "./a.js";'}, "export {"),
        ({"room.js": 'if (late) import("./a.js");'}, "takes an address"),
        ({"room.js": "if (late) { import(place); }"}, "takes an address"),
        ({"room.js": "say(import.meta.url);"}, "takes an address"),
        ({"room.js": 'import { a } from "a";'}, "not the relative path"),
        ({"room.js": 'import { a } from "https://example.org/a.js";'}, "not the relative path"),
        ({"room.js": 'import { a } from "./a";'}, "not the relative path"),
        ({"room.js": 'import { a } from "../../a.js";'}, "leads out"),
        ({"room.js": "const history = [];"}, "history would hide"),
        ({"room.js": "function close() {}"}, "close would hide"),
        ({"room.js": "const { a, ...name } = x;"}, "name would hide"),
        ({"room.js": "const { a: { b } } = x;"}, "nesting"),
        ({"room.js": "const a = `${`inner`}`;"}, "template inside a template"),
        ({"room.js": "const a = 'open;\n"}, "line 1: a text never ends"),
        ({"room.js": "function a() {"}, "never closed"),
        ({"room.js": "}"}, "never opened"),
    ],
)
def test_a_form_that_joining_could_change_is_refused(tmp_path: Path, files: Files, complaint: str) -> None:
    with pytest.raises(BundleError, match=complaint):
        bundle(lay(tmp_path, files), "room.js")


@pytest.mark.parametrize("twice", ["const count = 1;", "let a = 1, count;", "function count() {}", "class count {}",
                                   "var [a, count = 2] = x;", "const { a, b: count } = x;"])  # fmt: skip
def test_one_name_at_the_top_of_two_modules_is_refused_and_both_are_named(tmp_path: Path, twice: str) -> None:
    entry = 'import "./lib/a.js";\nimport "./lib/b.js";\n'
    lay(tmp_path, {"room.js": entry, "lib/a.js": "export const count = 0;", "lib/b.js": twice})
    with pytest.raises(BundleError, match=r"the name count stands at the top of both lib/a\.js and lib/b\.js"):
        bundle(tmp_path, "room.js")


def test_names_inside_functions_are_each_modules_own(tmp_path: Path) -> None:
    inner = "(() => { const count = 1; for (let i of x) { function name() {} } })();"
    lay(tmp_path, {"room.js": f'import "./a.js"; {inner}', "a.js": f"const count = 0; {inner}"})
    assert bundle(tmp_path, "room.js").paths == ("a.js", "room.js")


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("const a = 1, b = (2, c), d = [e, f];", ["a", "b", "d"]),
        ("let a\nlet b = a\nconst c = 1\ncall(d, e)", ["a", "b", "c"]),
        ("const { a, b: c, d = 1, ...e } = x, [f, , g] = y;", ["a", "c", "d", "e", "f", "g"]),
        ("async function a() { let b }\nfunction* c() {}\nclass D extends E { f = 1 }", ["a", "c", "D"]),
        ("x.const = 1; const_ = 2; y.class.z; $let = 3;", []),
        ("for (const a of b) {}\nif (c) { var d }", []),
        ("const a = (b, c) => b < c, d = /,e=\\(/;", ["a", "d"]),
    ],
)
def test_the_names_at_the_top_of_a_module_are_known(source: str, names: list[str]) -> None:
    assert [name for _, name in declarations(mask(source))] == names


@pytest.mark.parametrize(
    "source", [*ALIKE.values(), "a / b / c", "x = /[/]/.test(y) / 2", "`a ${b} c ${ {d: `e`} }"[:11] + "`"]
)
def test_pieces_and_masks_keep_every_offset(source: str) -> None:
    assert "".join(token.text for token in tokens(source)) == source
    assert len(mask(source)) == len(source)
    assert mask(source).count("\n") == source.count("\n")


@pytest.mark.parametrize(
    ("source", "regex"),
    [
        ("a = /x/g", "/x/g"),
        ("return /a b/", "/a b/"),
        ("f(/[/]\\//)", "/[/]\\//"),
        ("a / b / c", None),
        ("f() / g / h", None),
    ],
)
def test_a_slash_divides_or_opens_an_expression(source: str, regex: str | None) -> None:
    assert next((token.text for token in tokens(source) if token.kind == "regex"), None) == regex


def test_what_cannot_be_read_is_an_error_with_its_line() -> None:
    with pytest.raises(JavaScriptError, match="line 3"):
        mask("a\nb\n'c\nd'")
