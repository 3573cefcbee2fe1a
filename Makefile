# Every target sets up what it needs by itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH := .venv-bench
MUTANTS := .venv-mutants
export PATH := $(abspath $(BIN)):$(PATH)
export PYTHONDONTWRITEBYTECODE := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all test-browser picture lint types check bench mutants lab release grade lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: $(READY) ## make .venv with everything pinned in requirements.txt

$(READY): requirements.txt pyproject.toml
	@echo "Installing requirements.txt into $(VENV): minutes the first time"
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --allow-existing --python $(PYTHON) $(VENV) && \
	  uv pip install --quiet --python $(BIN)/python -r requirements.txt; \
	else \
	  $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "Python's venv is missing: install Debian's python3-venv, or uv, and run make again."; exit 1; }; \
	  $(PYTHON) -m venv $(VENV) && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt; \
	fi
	@touch $@

demo: $(READY) ## build the sample class, grade it, and show scores and feedback
	@$(BIN)/python tests/sample_class/demo.py

test: $(READY) ## run every test but the slow ones, and every solution notebook
	$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder -m "not slow" tests

test-all: $(READY) ## the same with the slow tests
	$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder tests

test-browser: $(READY) ## notebooks, circuits and Formgrader in Debian's Chromium; BRIEF=1 leaves some out
	$(BIN)/python -m pytest -rs -n 2 --dist loadscope --no-loadscope-reorder tests/browser

picture: $(READY) ## take the README's picture anew (needs Debian's chromium)
	cd tests && $(abspath $(BIN))/python -m browser.picture

lint: $(READY) ## ruff: style and formatting
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(READY) ## mypy --strict on gradelib
	$(BIN)/mypy

check: lint types test ## lint, types and tests

bench: $(BENCH)/.ready $(READY) ## compare with torch, jax, nbgrader and others; writes README's tables
	$(BENCH)/bin/python tests/benchmarks/run.py
	$(BIN)/python tests/benchmarks/grading.py

mutants: $(MUTANTS)/.ready ## change gradelib/checks in every small way: does a test notice? an hour
	$(MUTANTS)/bin/python tests/mutants/run.py

$(BENCH)/.ready: tests/benchmarks/requirements.txt
$(MUTANTS)/.ready: tests/mutants/requirements.txt
$(BENCH)/.ready $(MUTANTS)/.ready:
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv is missing: install Debian's python3-venv and run make again."; exit 1; }
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

lab: $(READY) ## open JupyterLab on notebooks/
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks

release: $(READY) ## write notebooks/ from solutions/
	$(BIN)/gradelib release

grade: $(READY) ## grade the hand-ins in submitted/: make grade ASSIGNMENT=03_jacobians_and_shapes
	$(BIN)/gradelib grade $(ASSIGNMENT)

lock: ## renew requirements.txt from pyproject.toml (needs uv)
	{ uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --no-header --no-annotate \
	  --extra grading --extra cluster --extra postgres --extra widgets --extra dev pyproject.toml && printf '%s\n' '-e .'; } > requirements.new
	mv requirements.new requirements.txt

clean: ## remove what the tools made (.venv, caches); a course's data stays
	rm -rf $(VENV) $(BENCH) $(MUTANTS) mutants .mypy_cache .ruff_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
