.POSIX:

# What may be set on the command line: make test PYTHON=python3.12 VENV=/some/where ARGS="-k house"
PYTHON ?= python3
VENV ?= .venv
ARGS =
# Processes of the tests: make test JOBS=8; 0 for one, with a debugger or prints.
JOBS = 2

BIN = $(VENV)/bin
STAMP = $(VENV)/.installed
PIP = $(BIN)/python -m pip -qq --disable-pip-version-check
# Whole files to a process: tests of a file share what they have made.
SPREAD = -n $(JOBS) --dist loadfile
PIP_TOOLS = pip-tools==7.6.2

help:
	@echo "make compare    the main job: coordinated against national controls on the real port network"
	@echo "make test       unit, law, theory, common-random-number and baseline tests"
	@echo "make test-slow  statistical and long tests"
	@echo "make test-slurm a sweep on a real Slurm of one node (installs it: root and Debian needed)"
	@echo "make test-browser  reports in a headless Chromium (installs it where it is missing: root and Debian needed)"
	@echo "make bench      benchmarks"
	@echo "make lint       ruff and mypy"
	@echo "make docs       write the generated pages of docs/ and results/README.md again"
	@echo "make patterns   the hindcast beside the published record: writes docs/patterns.md again"
	@echo "make lock       resolve pyproject.toml into requirements.lock again"
	@echo "make clean      remove the environment and the caches; results stay"

install: $(STAMP)

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Waterbed needs Python 3.11 or newer: make PYTHON=python3.11 ..." >&2; exit 1; }
	@echo "Installing into $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv "$(VENV)"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $(STAMP)

compare: install
	@$(BIN)/waterbed compare $(ARGS)

test: install
	@$(BIN)/python -m pytest $(SPREAD) $(ARGS)

test-slow: install
	@$(BIN)/python -m pytest -m slow $(SPREAD) $(ARGS)

# Status 77 says that it cannot run here; why, was printed.
test-slurm: install
	@tests/slurm/run $(BIN)/python || [ $$? -eq 77 ]

test-browser: install
	@tests/browser/chromium && $(BIN)/python -m pytest tests/browser $(ARGS) || [ $$? -eq 77 ]

bench: install
	@$(BIN)/python -m pytest -m bench --benchmark-sort=name --benchmark-columns=min,median,ops,rounds \
		--benchmark-json=results/benchmark.json $(ARGS)

lint: install
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

docs: install
	@$(BIN)/waterbed docs

patterns: install
	@$(BIN)/waterbed patterns --write $(ARGS)

lock:
	@tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && $(PYTHON) -m venv "$$tools" && \
	"$$tools/bin/python" -m pip -qq --disable-pip-version-check install $(PIP_TOOLS) && \
	"$$tools/bin/pip-compile" --quiet --extra dev --generate-hashes --allow-unsafe --strip-extras \
		--no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options \
		--output-file "$$tools/lock" pyproject.toml && \
	{ echo "# Every package the project runs, checks and tests with, at exact versions and with hashes"; \
	  echo "# (CPython 3.11, Linux x86-64). Made from pyproject.toml by \`make lock\`; not edited by hand."; \
	  echo; cat "$$tools/lock"; } > requirements.lock
	@echo "requirements.lock written"

clean:
	rm -rf "$(VENV)" build dist *.egg-info .benchmarks .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help install compare test test-slow test-slurm test-browser bench lint docs patterns lock clean
