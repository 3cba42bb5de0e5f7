# Fragua: describe a business, get a running multi-tenant app that you own.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.8
READY := $(VENV)/.ready
MVS ?= examples/clinica-dental.yaml

.DEFAULT_GOAL := help
.PHONY: help setup demo up down status check test bench fmt lock package

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

setup: $(READY) ## Make the virtual environment with the pinned requirements

$(READY): requirements-dev.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements-dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## Run the main job: an MVS file becomes a running app
	@$(BIN)/python -m infra.local up >&2
	@$(BIN)/python -m cli demo $(MVS)

up: $(READY) ## Start the local stack (keeps its data in .fragua/)
	@$(BIN)/python -m infra.local up

down: ## Stop everything `make up` started, and nothing else
	@test -x $(BIN)/python && $(BIN)/python -m infra.local down || true

status: $(READY) ## Say what runs
	@$(BIN)/python -m infra.local status

check: $(READY) ## Format, lint, types, the merged template
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m infra.package --local > /dev/null
	@$(BIN)/cfn-lint build/template.json

test: $(READY) ## Run every test, two at a time
	@$(BIN)/python -m pytest -n 2 --dist loadfile

bench: $(READY) ## Measure the targets, as ratios against named peers
	@$(BIN)/python -m bench

fmt: $(READY) ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(READY) ## Pin the requirements anew
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 requirements-dev.in -o requirements-dev.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 -c requirements-dev.txt requirements.in -o requirements.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 -c requirements-dev.txt scaffolds/django/runtime/requirements.in -o scaffolds/django/runtime/requirements.txt

package: $(READY) ## Build the Lambda bundle and the merged template into build/
	@$(BIN)/python -m infra.package
