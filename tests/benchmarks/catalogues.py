"""How long the six catalogues take to open, which every start of a server waits for.

Run: python -m tests.benchmarks.catalogues
"""

import sys
from time import process_time

from server.i18n import LANGUAGES
from server.messages import LOCALES, po_path, read_catalogue


def main() -> None:
    """Print the milliseconds for each language and for all."""
    whole = 0.0
    for code in LANGUAGES:
        began = process_time()
        texts = len(read_catalogue(po_path(LOCALES, code)).forms)
        took = (process_time() - began) * 1000
        whole += took
        sys.stdout.write(f"{code}: {texts} texts in {took:.0f} ms\n")
    sys.stdout.write(f"all: {whole:.0f} ms (goal: 150)\n")


if __name__ == "__main__":
    main()
