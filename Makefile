# Everything a person or CI runs. `make` alone lists the targets.
#   PYTHON=…  the interpreter to make the virtual environment from (3.11, 3.12 or 3.13)
#   VENV=…    where to make it (default .venv)
#   WORKERS=… how many processes run the fast tests (default: one more than there are cores,
#             as the tests that start brokers and workers wait for them)

SHELL := /bin/bash
.DEFAULT_GOAL := help
# Containers often set it; then each of the many processes of a test run compiles all modules anew.
export PYTHONDONTWRITEBYTECODE :=

VENV ?= .venv
BIN := $(VENV)/bin
SUPPORTED := 3.11 3.12 3.13
CODE := schemas detectors streams tests benchmarks examples
IS_SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c '$(IS_SUPPORTED)' 2>/dev/null && echo $$python && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PYTEST := $(BIN)/python -m pytest
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(UPGRADE)

.PHONY: help install install-dev install-bench demo test lint types contracts generated kafka \
	test-faults check soak test-pythons format generate lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | \
		while IFS=$$'\t' read -r target text; do printf '  %-14s %s\n' "$$target" "$$text"; done

# --- installation: a stamp a lock file, so that a second call does nothing ---------------------

$(BIN)/python:
	@if [ -z "$(PYTHON)" ] || ! "$(PYTHON)" -c '$(IS_SUPPORTED)'; then \
		echo "churnstream needs Python 3.11, 3.12 or 3.13; name one: make PYTHON=/path/to/python" >&2; \
		exit 1; fi
	@echo "Making $(VENV) with $$("$(PYTHON)" --version) ..."
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python could not make a virtual environment; on Debian: apt-get install python3-venv" >&2; \
		exit 1; }

$(VENV)/.installed: requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo "Installing churnstream into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements/runtime.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements/dev.txt $(VENV)/.installed
	@echo "Installing the development tools into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.installed-bench: requirements/bench.txt $(VENV)/.installed-dev
	@$(PIP) install --require-hashes -r requirements/bench.txt
	@touch $@

install: $(VENV)/.installed ## Make .venv with churnstream alone (the command: .venv/bin/churnstream)
	@echo "Ready: $(BIN)/churnstream"

install-dev: $(VENV)/.installed-dev ## Add what tests and checks need

install-bench: $(VENV)/.installed-bench ## Add what the benchmarks compare with

# --- the two commands --------------------------------------------------------------------------

demo: $(VENV)/.installed ## See it work: embedded broker, worker, real data, alerts, summary
	@$(BIN)/churnstream demo $(DEMO)

test: install-dev ## All fast tests (no Kafka needed)
	$(PYTEST) -n $(WORKERS) --dist worksteal -m "not kafka" --ignore=tests/kafka \
		--ignore=tests/faults $(TESTS)

# --- checks ------------------------------------------------------------------------------------

lint: install-dev ## Style (ruff)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install-dev ## Types (mypy --strict)
	$(BIN)/mypy

contracts: install-dev ## Who may import whom (import-linter)
	$(BIN)/lint-imports

generated: install-dev ## Generated schemas are fresh
	$(BIN)/churnstream schemas --check

kafka: install-dev ## Tests on a real Apache Kafka (Java 17; fetched with Maven when absent)
	$(PYTEST) tests/kafka -rs $(TESTS)

test-faults: install-dev ## Faults under load on a real Apache Kafka: nothing lost, nothing twice
	$(PYTEST) tests/faults -n 2 --dist worksteal -rs $(TESTS)

check: lint types contracts generated test kafka test-faults ## Everything above: the one command before a change goes in

soak: install-dev ## Random faults for MINUTES=10 on a real Apache Kafka (SEED=… repeats a run)
	$(BIN)/python -m tests.faults.soak --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED))

test-pythons: ## The fast tests on each supported Python that is installed
	@found=0; for version in $(SUPPORTED); do \
		for python in python$$version ~/.pyenv/versions/$$version.*/bin/python; do \
			$$python -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$$version')" \
				2>/dev/null || continue; \
			echo "== Python $$version"; found=1; \
			$(MAKE) --no-print-directory test VENV=.venv-$$version PYTHON=$$python || exit 1; \
			break; \
		done; \
	done; [ $$found = 1 ] || { echo "none of $(SUPPORTED) is installed" >&2; exit 1; }

# --- upkeep ------------------------------------------------------------------------------------

format: install-dev ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

generate: install-dev ## Write the generated schemas and the tables in docs/ anew
	$(BIN)/churnstream schemas --write
	$(BIN)/python -m streams.reference

lock: install-dev ## Pin the dependencies of pyproject.toml (UPGRADE=--upgrade for newer ones)
	$(COMPILE) pyproject.toml --extra demo --extra rocksdb --group build -o requirements/runtime.txt
	$(COMPILE) pyproject.toml --all-extras --group build --group dev --group bench \
		-c requirements/runtime.txt -o requirements/bench.txt
	$(COMPILE) pyproject.toml --all-extras --group build --group dev \
		-c requirements/bench.txt -o requirements/dev.txt

clean: ## Remove environments, caches and what runs leave behind
	rm -rf .venv .venv-3.* .churnstream build dist .mypy_cache .ruff_cache .pytest_cache \
		.hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
