"""How the house is built: small functions, plain names, layers that point one way."""

import ast
import re
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("server", "rooms", "hackathon")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
PLAIN = [path for path in MODULES if "versions" not in path.parts]
"""Migrations are lists of tables by nature."""

FORBIDDEN = ("manager", "helper", "util", "common", "base", "service", "handler", "misc", "stuff")
LONGEST = 30
MEDIAN = 9
FILE_LINES = 400


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Give every function of a module with its lines, docstring, decorators and signature left out."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", (node.end_lineno or 0) - first.lineno + 2


def words_of(name: str) -> set[str]:
    """Take a name apart: some_words and SomeWords."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+", name)}


def test_there_is_something_to_measure() -> None:
    assert len(PLAIN) > 60
    assert sum(1 for path in PLAIN for _ in functions(path)) > 400


def test_no_function_is_longer_than_a_page() -> None:
    sizes = [(name, lines) for path in PLAIN for name, lines in functions(path)]
    assert [(name, lines) for name, lines in sizes if lines > LONGEST] == []


@pytest.mark.parametrize("package", ["server", "rooms"])
def test_the_usual_function_has_a_few_lines(package: str) -> None:
    sizes = [lines for path in PLAIN if path.is_relative_to(ROOT / package) for _, lines in functions(path)]
    assert statistics.median(sizes) <= MEDIAN


@pytest.mark.parametrize("path", MODULES, ids=names(MODULES))
def test_a_module_opens_with_a_sentence_and_stays_readable(path: Path) -> None:
    text = path.read_text()
    said = ast.get_docstring(ast.parse(text))
    assert said
    assert said.splitlines()[0].endswith((".", "?"))
    assert path not in PLAIN or len(text.splitlines()) <= FILE_LINES


def test_a_package_holds_its_docstring_and_nothing_else() -> None:
    found = [path for path in MODULES if path.name == "__init__.py"]
    assert len(found) > 8
    assert [path for path in found if len(ast.parse(path.read_text()).body) != 1] == []


def test_no_name_says_nothing() -> None:
    modules = [path for path in MODULES if words_of(path.stem) & set(FORBIDDEN)]
    classes = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and words_of(node.name) & set(FORBIDDEN)
    ]
    assert (modules, classes) == ([], [])


def test_imports_are_absolute() -> None:
    relative = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


NAIVE = {"utcnow", "utcfromtimestamp", "today"}


def _is_naive(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return node.func.attr in NAIVE or (node.func.attr in {"now", "fromtimestamp"} and _asks_no_zone(node))


def _asks_no_zone(call: ast.Call) -> bool:
    of = call.func.value if isinstance(call.func, ast.Attribute) else None
    wanted = 2 if isinstance(call.func, ast.Attribute) and call.func.attr == "fromtimestamp" else 1
    return isinstance(of, ast.Name) and of.id == "datetime" and len(call.args) + len(call.keywords) < wanted


@pytest.mark.parametrize(
    ("code", "naive"),
    [("datetime.now()", True), ("datetime.utcnow()", True), ("datetime.now(UTC)", False), ("self.clock.now()", False)],
)
def test_a_naive_time_would_be_found(code: str, naive: bool) -> None:
    assert any(_is_naive(node) for node in ast.walk(ast.parse(code))) is naive


def test_nothing_asks_for_a_time_without_a_zone() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if _is_naive(node)
    ]
    assert found == []


def test_only_the_domain_is_told_the_time() -> None:
    """Actions and rules take the time from their work, so that tests can hold the clock."""
    asks = [path for path in (ROOT / "rooms").rglob("*.py") if "datetime.now" in path.read_text()]
    assert asks == []


PACKAGES_DOWNWARDS = ("server", "hackathon", "rooms")
ONE_CONTRACT = """[tool.importlinter]
root_packages = {layers}
[[tool.importlinter.contracts]]
name = "layers"
type = "layers"
layers = {layers}
"""


def lint(*arguments: str, root: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    program = [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports_command as go; go()"]
    return subprocess.run([*program, "--no-cache", *arguments], cwd=root, capture_output=True, text=True, check=False)


def test_the_layers_point_one_way() -> None:
    done = lint()
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


def test_an_import_the_wrong_way_would_be_found(tmp_path: Path) -> None:
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("")
    (tmp_path / "rooms" / "wrong.py").write_text("import server\n")
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [layers] = [each["layers"] for each in contracts if each.get("layers") == list(PACKAGES_DOWNWARDS)]
    (tmp_path / "pyproject.toml").write_text(ONE_CONTRACT.format(layers=layers))
    done = lint(root=tmp_path)
    assert done.returncode == 1
    assert "rooms.wrong -> server" in done.stdout
