# Two commands: `make run` opens a demo clinic, `make test` checks everything.
# Paths are relative, so that `make -C DIR` works and a path may hold a space.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
.PHONY: help run plan test soak lint try rulebook schemas bench bench-clinic oracles lock clean

PYTHON ?= python3.11 python3.12 python3.13 python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
READY := .venv/.ready
SPARK := .venv/.spark
DAY := 2026-11-24

help:
	@echo 'make run              a demo clinic with invented people, until Ctrl+C'
	@echo 'make plan             the plan of the example person: out/plan.html'
	@echo 'make test             lint, types, floor plan, tests on SQLite and PostgreSQL'
	@echo 'make soak             every journey on every size and both databases: long'
	@echo 'make try FILE=x.toml  a rule file: its page, and its examples run'
	@echo 'make rulebook         print the knowledge as pages: docs/rulebook'
	@echo 'make schemas          print the JSON schemas: docs/schemas'
	@echo 'make bench            what must be fast, measured'
	@echo 'make bench-clinic     the clinic beside GNU Health: half an hour'
	@echo 'make oracles          other engines, and every mutant of the rules: long'
	@echo 'make lock             resolve requirements.lock anew'
	@echo 'make clean            remove everything that was made, the environment too'

# --- the environment ---------------------------------------------------------------------------

$(BIN)/python:
	@for python in $(PYTHON); do \
	  if "$$python" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then \
	    "$$python" -m venv .venv; exit 0; \
	  fi; \
	done; \
	echo 'No Python 3.11, 3.12 or 3.13 with its venv module was found: install one, or name it with make PYTHON=...' >&2; \
	exit 1

# Made anew when the lock or the project's own table of dependencies changes.
$(READY): pyproject.toml requirements.lock | $(BIN)/python
	@echo 'Installing from requirements.lock ...'
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# Spark is large and needs Java: the tests get it once where Java is, and skip it where it is not.
$(SPARK): requirements-spark.lock | $(READY)
	@if ! command -v java >/dev/null; then echo 'No Java: the tests on Spark will skip.'; \
	elif $(PIP) install --require-hashes --requirement requirements-spark.lock; then touch $@; \
	else echo 'PySpark could not be installed: the tests on Spark will skip.'; fi

# --- what a person does ------------------------------------------------------------------------

PORT := 8600
run: $(READY)
	$(BIN)/python -m ventosa serve --demo --folder out/demo --port $(PORT)

plan: $(READY)
	@mkdir -p out
	$(BIN)/python -m ventosa plan examples/okafor/bundle.json --answers examples/okafor/answers.json --on $(DAY) --out out/plan.html

try: $(READY)
	@test -n "$(FILE)" || { echo 'Name a rule file: make try FILE=src/ventosa/knowledge/rules/c06-blood-thinner.toml' >&2; exit 2; }
	@$(BIN)/python -m ventosa try "$(FILE)"

rulebook: $(READY)
	$(BIN)/python -m ventosa rulebook --out docs/rulebook

schemas: $(READY)
	$(BIN)/python -m ventosa schemas --out docs/schemas

# --- what a change must pass -------------------------------------------------------------------

lint: $(READY)
	$(BIN)/python -m ruff check src tests bench
	$(BIN)/python -m ruff format --check src tests bench
	$(BIN)/python -m mypy
	$(BIN)/lint-imports --no-cache --no-logo

test: lint $(SPARK)
	$(BIN)/python -m pytest -n 2
	$(BIN)/python tests/clinic_on_postgres.py

# Every journey on every size, in both directions of writing, on both databases.
soak: $(READY)
	VENTOSA_SOAK=1 $(BIN)/python -m pytest -n 2 tests/journeys
	VENTOSA_SOAK=1 $(BIN)/python tests/clinic_on_postgres.py

bench: $(READY)
	@$(PIP) install --no-build-isolation --editable '.[oracles]'
	@for bench in bench/bench_*.py; do echo "== $$bench"; $(BIN)/python "$$bench"; done

# The clinic beside GNU Health 5 on one PostgreSQL server, and alone: about half an hour.
bench-clinic: $(READY)
	@test -x build/gnuhealth/bin/trytond-admin || { $(BIN)/python -m venv build/gnuhealth && \
	  build/gnuhealth/bin/python -m pip --disable-pip-version-check --quiet install gnuhealth gnuhealth-nursing psycopg2-binary granian; }
	@$(BIN)/python bench/clinic

# Every other engine that can evaluate the rules, and every mutant of them.
oracles: $(READY)
	@$(PIP) install --no-build-isolation --editable '.[oracles]'
	$(BIN)/python -m pytest -n 2 tests/oracles
	PYTHONPATH=tests:tests/spec $(BIN)/python -m mutants docs/mutants.md

# The lock names versions and hashes only: no index, no machine. Made on the oldest Python we serve.
lock: $(BIN)/python
	@test -x build/lock/bin/pip-compile || { mkdir -p build && $(BIN)/python -m venv build/lock && build/lock/bin/python -m pip --quiet install pip-tools; }
	@build/lock/bin/pip-compile --quiet --upgrade --generate-hashes --strip-extras --extra dev \
	  --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --output-file requirements.lock pyproject.toml
	@echo 'pyspark>=4.0' | build/lock/bin/pip-compile --quiet --upgrade --generate-hashes --strip-extras --no-header \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --output-file requirements-spark.lock -
	@echo 'requirements.lock: written. Run make test on 3.11, 3.12 and 3.13 before it is committed.'

clean:
	rm -rf .venv out build dist .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
