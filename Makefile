# `make` lists the targets. Everything runs in .venv, which is made (and renewed) when it is needed.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3)
WORKERS ?= 2
KILLS ?= 3
DEMO_DATA ?= examples/centre
DEMO_STORE ?= sqlite:///.demo/dovetail.db
DEMO_ZH ?= D01
DEMO_EN ?= D17

BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: help setup demo test test-slow lint catalogue clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup: $(STAMP) ## make .venv with Dovetail and its tools (the other targets do it when needed)

$(STAMP): pyproject.toml constraints.txt
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Dovetail needs Python 3.11 or later; name one with: make PYTHON=...")'
	test -x $(BIN)/python || "$(PYTHON)" -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: $(STAMP) ## ingest the example centre and match one Chinese and one English demand
	rm -rf .demo
	$(BIN)/dovetail ingest $(DEMO_DATA) --store $(DEMO_STORE)
	$(BIN)/dovetail match --demand $(DEMO_ZH) --store $(DEMO_STORE)
	$(BIN)/dovetail match --demand $(DEMO_EN) --store $(DEMO_STORE)
	@printf '%s\n' '' 'The store stays in .demo. Try next:' \
	  '  $(BIN)/dovetail match "recover lithium from spent batteries" --store $(DEMO_STORE)' \
	  '  $(BIN)/dovetail show $(DEMO_ZH) --store $(DEMO_STORE)' \
	  '  $(BIN)/dovetail serve --store $(DEMO_STORE)'

lint: $(STAMP) ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/mypy

test: lint ## lint, then the tests with their coverage floor
	OMP_NUM_THREADS=1 $(BIN)/pytest -n $(WORKERS) --cov --cov-report=term --durations=10

test-slow: $(STAMP) ## the tests marked slow
	DOVETAIL_TEST_KILLS=$(KILLS) $(BIN)/pytest -m slow --durations=10

catalogue: $(STAMP) ## bring the Chinese catalogue up to date with the code, and compile it
	PYTHONPATH=. $(BIN)/python tests/catalogue.py

clean: ## remove what these targets made
	rm -rf .venv .demo build dist dovetail.egg-info .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis
