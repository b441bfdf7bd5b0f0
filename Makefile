# Two words set everything up: `make run` starts a gateway, `make test` checks all of it. Nothing is installed outside
# .venv, and nothing that is not in a lock file with its hash.

PYTHON ?= python3
BIN := .venv/bin
# Only wheels: building from source would fetch build tools that no lock file knows.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all:
INSTALL_OURSELVES := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation
# Its --universal answer holds for every Python and platform that we support.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-config \
	--custom-compile-command "make lock" pyproject.toml

.PHONY: run setup test check lint types imports tests docs bench interop faults soak sim lock clean

run: setup  ## start a gateway on 127.0.0.1:18789 with its state in .state
	@OPENCLAW_STATE_DIR="$(CURDIR)/.state" OPENCLAW_CONFIG_PATH="$(CURDIR)/.state/openclaw.json" \
		$(BIN)/openclaw quickstart

setup: .venv/.installed  ## leave the command at .venv/bin/openclaw

test: check tests  ## everything: lint, format, types, import rules, tests

check: lint types imports

lint: .venv/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: .venv/.installed-dev
	$(BIN)/mypy

imports: .venv/.installed-dev
	$(BIN)/lint-imports

tests: .venv/.installed-dev
	$(BIN)/pytest -q -n 2

docs: .venv/.installed  ## write the pages that are made from the code
	@$(BIN)/openclaw agents tools --table > docs/reference/policy.md

bench: .venv/.installed-dev  ## CPU per turn and chunk, latency, start, memory; with the direct-to-upstream baseline
	$(BIN)/python -m bench

interop: .venv/.installed-dev  ## real model servers and real clients; installs them in a folder of its own
	$(BIN)/python -m tests.interop

faults: .venv/.installed-dev  ## kill -9, full disk, dying upstreams, slow readers, and the sandbox (needs bubblewrap)
	$(BIN)/pytest -q tests/faults

soak: .venv/.installed-dev  ## minutes of mixed traffic; memory, files and threads must stay flat
	$(BIN)/python -m bench.soak

sim: .venv/.installed-dev  ## random clients against one gateway: what was acknowledged is stored once
	$(BIN)/python -m bench.sim

lock:  ## write the lock files anew (needs uv)
	$(COMPILE) --group build -o requirements.lock
	$(COMPILE) --group build --group dev -c requirements.lock -o requirements-dev.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-config \
		--custom-compile-command "make lock" requirements-interop.in -o requirements-interop.lock

clean:  ## remove what make made; .state, the state of `make run`, stays
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; if you have one beside $(PYTHON): make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments: its ensurepip is missing." >&2; \
		echo "On Debian and Ubuntu it is a package of its own: apt-get install python3-venv" >&2; exit 1; }
	@echo "Setting up .venv ..." >&2
	@$(PYTHON) -m venv .venv

.venv/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@$(INSTALL) -r requirements.lock
	@$(INSTALL_OURSELVES) -e .
	@$(BIN)/python -m compileall -q src/openclaw_gateway
	@touch $@

.venv/.installed-dev: requirements-dev.lock .venv/.installed
	@$(INSTALL) -r requirements-dev.lock
	@touch $@
