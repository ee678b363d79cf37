# Two commands for a newcomer: `make run` (the main job on generated samples) and `make test` (the whole suite).
# Both install what they need on a Debian-like machine and are quick the second time.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PY := .venv/bin/python
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false

.PHONY: help run test test-fast lint format install lock clean

help:
	@echo 'make run     digitise and certify a generated sample archive with embedded defaults'
	@echo 'make test    the whole test suite (starts the servers it needs)'
	@echo 'make lint    ruff and mypy'
	@echo 'make install .venv and system packages only'

install: .venv/.ready

run: .venv/.ready samples/archive/manifest.csv
	@.venv/bin/sohoa batch run samples/archive/manifest.csv

test: .venv/.ready-dev
	@scripts/test-tools
	@$(PY) -m pytest -n 2 --dist loadgroup $(PYTEST_ARGS)

# everything that needs no outside server
test-fast: .venv/.ready-dev
	@$(PY) -m pytest -q -m 'not slow' $(PYTEST_ARGS)

lint: .venv/.ready-dev
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy

format: .venv/.ready-dev
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

lock:
	@scripts/lock

samples/archive/manifest.csv: .venv/.ready
	@echo 'Generating sample scans (once) ...' >&2
	@$(PY) samples/make_samples.py samples/archive

.venv/.ready: requirements.lock requirements-tools.lock pyproject.toml
	@scripts/install-system
	@scripts/make-venv requirements.lock
	@touch $@

.venv/.ready-dev: requirements-dev.lock requirements-tools.lock pyproject.toml
	@scripts/install-system
	@scripts/make-venv requirements-dev.lock
	@touch .venv/.ready $@

clean:
	rm -rf .venv samples/archive build dist *.egg-info
