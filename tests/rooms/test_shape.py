"""The shape of the domain: names, files and the sizes of functions."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

import rooms
from rooms.errors import REASONS, reason
from server.features import COMMANDS, EVENTS, READS

ROOT = Path(rooms.__file__).parent
FEATURES = sorted(folder for folder in ROOT.iterdir() if folder.is_dir() and folder.name != "__pycache__")
WORDS = re.compile(r"[a-z]+\.[a-z]+(_[a-z]+)*")
AVOIDED = re.compile(r"manager|helper|util|common|(?<!data)base(?!64|s\b)|service|handler|\buser", re.IGNORECASE)
SUMMARIES = [read.summary for read in READS]
BESIDE = {
    "cafe": {
        *("access.py", "clock.py", "planning.py", "proofs.py", "proving.py", "rotation.py"),
        *("rotation_proof.py", "rotation_shift.py", "rotation_swaps.py", "rotation_weights.py", "seating.py"),
    },
    "calls": {"access.py", "events.py", "moderation.py", "seating.py", "signals.py"},
    "notes": {"document.py", "merging.py", "updates.py"},
    "seats": {"dealing.py"},
    "tables": {"care.py", "listing.py"},
}
"""What stands beside the four files, where one of them would be too long."""
LONGEST_LINES, USUAL_LINES, FILE_LINES = 30, 9, 250


def functions() -> Iterator[tuple[str, int]]:
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path.relative_to(ROOT)}:{node.name}", (node.end_lineno or 0) - node.lineno + 1


@pytest.mark.parametrize("name", [*COMMANDS, *EVENTS, *REASONS])
def test_commands_are_noun_verb_events_noun_state_and_reasons_noun_reason(name: str) -> None:
    assert WORDS.fullmatch(name)


def test_commands_and_events_are_told_apart_by_more_than_their_nouns() -> None:
    assert set(COMMANDS) & set(EVENTS) <= {"chat.read_to", "call.signal"}


@pytest.mark.parametrize("folder", FEATURES, ids=lambda folder: str(folder.name))
def test_a_feature_is_the_same_four_files(folder: Path) -> None:
    found = {path.name for path in folder.glob("*")} - {"__pycache__"}
    assert found == {"__init__.py", "rules.py", "store.py", "wire.py", "actions.py", *BESIDE.get(folder.name, ())}


def test_functions_are_short() -> None:
    lines = dict(functions())
    assert median(lines.values()) <= USUAL_LINES
    assert {name: length for name, length in lines.items() if length > LONGEST_LINES} == {}


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short_documented_and_named_for_what_it_holds(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= FILE_LINES
    assert ast.get_docstring(ast.parse(text))
    names = [node.name for node in ast.walk(ast.parse(text)) if hasattr(node, "name") and isinstance(node.name, str)]
    assert [name for name in (path.stem, *names) if AVOIDED.search(name)] == []


def test_every_command_says_what_it_does_and_so_does_every_read() -> None:
    assert all(summary.endswith(".") for summary in [*(each.summary for each in COMMANDS.values()), *SUMMARIES])
    assert all(event.__doc__ for event in EVENTS.values())


def test_a_reason_is_declared_once() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        reason("text.empty", 422, "Again.")
