# Every task of the project; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
PORT ?= 8501
NAME ?= all
BIN := .venv/bin
RUN_STAMP := .venv/.run-installed
DEV_STAMP := .venv/.dev-installed

.PHONY: help setup run test check fix bench model lock messages clean

help: ## List the tasks
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(RUN_STAMP) ## Make the environment and install what the app needs

run: $(RUN_STAMP) ## Start worker and dashboard (PORT=8501); Ctrl-C ends both
	@exec $(BIN)/python -m core run --port $(PORT)

test: $(DEV_STAMP) ## Run every test
	@$(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist worksteal

check: $(DEV_STAMP) ## Lint, formatting, types, layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fix: $(DEV_STAMP) ## Mend what lint and formatting can mend by themselves
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(DEV_STAMP) ## Measure, as JSON (NAME=tagging for one area)
	@$(BIN)/python -m tests.bench $(NAME)

model: $(RUN_STAMP) ## Train the default model from data/training and data/chronicle
	@$(BIN)/python -m core train $(foreach f,$(sort $(wildcard data/training/*.jsonl data/chronicle/*.jsonl)),--data $(f)) --output data/models/default

lock: $(DEV_STAMP) ## Resolve the lock files anew (see docs/decisions/0001)
	@$(BIN)/uv pip compile -q --universal --no-annotate --no-header --python-version 3.11 --all-extras pyproject.toml | grep -v -E '^(nvidia-|cuda-|triton|torch==|setuptools==)' > .venv/dev.lock
	@$(BIN)/uv pip compile -q --universal --no-annotate --no-header --python-version 3.11 -c .venv/dev.lock pyproject.toml | grep -v -E '^(nvidia-|cuda-|triton|torch==|setuptools==)' > .venv/run.lock
	@for part in run dev; do echo 'torch==2.13.0' >> .venv/$$part.lock; sort -f -o .venv/$$part.lock .venv/$$part.lock; done
	@mv .venv/run.lock requirements.lock && mv .venv/dev.lock requirements-dev.lock

messages: $(DEV_STAMP) ## Bring the Chinese catalogue up to date with the code's texts
	@$(BIN)/pybabel -q extract -k t -k AppError -k InputError -k MissingError -k MachineError -k ModelError -k Reason -k option:2 -k Method -k Technique --no-location --no-wrap -o .venv/trendvane.pot app.py pages core
	@$(BIN)/pybabel -q update -i .venv/trendvane.pot -o core/locale/zh_CN/LC_MESSAGES/trendvane.po -l zh_CN --no-fuzzy-matching --ignore-obsolete --no-wrap

clean: ## Remove the environment (data directories stay)
	rm -rf .venv

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "Python is needed and '$(PYTHON)' was not found; install Python 3.11, 3.12 or 3.13, or say where it is: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else f"Python 3.11, 3.12 or 3.13 is needed and this is {v[0]}.{v[1]}; try: make $(MAKECMDGOALS) PYTHON=python3.12")'
	@$(PYTHON) -c 'import shutil, sys; free = shutil.disk_usage(".").free // 2**30; sys.exit(0 if free >= 4 else f"The environment needs 4 GB of disk and {free} GB are free here; free some space and try again.")'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "The environment could not be made; on Debian and Ubuntu install the package python3-venv and try again." >&2; exit 1; }

$(RUN_STAMP): requirements.lock pyproject.toml | .venv/bin/python
	@echo "Installing what Trendvane needs (some minutes, once) ..." >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(DEV_STAMP): requirements-dev.lock $(RUN_STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@
