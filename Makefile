.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 4
export PYTHONDONTWRITEBYTECODE :=  # where a shell sets it, each test process would compile everything anew

.PHONY: help setup demo test check coverage watch soak bench lock clean

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.venv/.runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Easel needs Python 3.11 or newer, this is " + sys.version.split()[0] + ". Set PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.runtime
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

setup: .venv/.dev ## Create .venv with everything for development

demo: .venv/.runtime ## Run Easel with embedded defaults and open its playground at the printed address
	@$(BIN)/easel demo

test: .venv/.dev ## Run every test
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not soak" -q

check: .venv/.dev ## Lint, types and import rules
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

coverage: .venv/.dev ## Branch coverage of core
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not soak" -q --cov=core --cov-branch --cov-report=term-missing:skip-covered

watch: .venv/.dev ## Rerun tests on change
	@$(BIN)/ptw . -m "not soak" -q

soak: .venv/.dev ## Long campaigns: 100,000 ledger steps, 100 kills, every mutant
	@$(BIN)/python -m pytest -m soak -q

bench: .venv/.dev ## Benchmarks, as ratios within one run
	@$(BIN)/python -m pytest tests/bench --benchmark -q -s

lock: ## Pin dependencies anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header -q pyproject.toml --group build -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header -q pyproject.toml --group build --group dev -o requirements-dev.lock

clean: ## Remove the virtual environments and caches
	rm -rf .venv .bench .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage htmlcov
