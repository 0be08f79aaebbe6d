# Everything runs in .venv, which `make setup` makes; `make` alone lists the targets.
PYTHON ?= python3
BIN := .venv/bin
# Commands that dbt or pytest run are found without activating .venv.
export PATH := $(CURDIR)/$(BIN):$(PATH)
# What dbt writes (the embedded database, its artifacts) names people: its owner alone may read it, as with n2f-sync.
PRIVATE := umask 077;
# dbt called directly reads the environment alone; through make it reads .env too, the environment being stronger.
DBT := $(PRIVATE) $(if $(wildcard .env),$(BIN)/dotenv -f .env run --no-override --) $(BIN)/dbt

.DEFAULT_GOAL := help

.PHONY: help setup sync demo build impact test test-sqlserver lint docs reference transcripts check soak kills bench clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.built ## Make .venv with the pinned packages, profiles.yml, and the tables of the embedded database

.venv/.installed: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "n2f-sync needs Python 3.11 or newer; set PYTHON=python3.11 or so")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

profiles.yml: profiles.yml.example
	@test -f $@ && echo "profiles.yml.example is newer than profiles.yml: compare them" || cp profiles.yml.example $@
	@touch $@

# Every table exists from here on, empty, so that dbt's commands work in any order.
.venv/.built: .venv/.installed profiles.yml
	$(DBT) --quiet build --exclude-resource-type test --exclude-resource-type unit_test
	@touch $@

sync: setup ## The nightly job: n2f-sync run, with what the environment or .env says
	@$(BIN)/n2f-sync run; code=$$?; echo "n2f-sync run: exit code $$code"; exit $$code

demo: setup ## The whole job on sample data, against an N2F that runs on this machine
	@$(BIN)/n2f-sync demo

build: setup ## dbt build: models, data tests and unit tests
	@$(DBT) build

impact: setup ## What the models as they stand change in the sample's plan, AGAINST=main or another revision
	@$(BIN)/n2f-sync impact --sample --against '$(or $(AGAINST),main)' $(FORMAT)

test: setup ## All tests, a file at a time on each processor
	$(BIN)/pytest --numprocesses=auto --dist=loadfile

test-sqlserver: setup ## The same tests on the SQL Server that the environment names (N2F_SYNC_SQLSERVER_HOST ...)
	$(BIN)/pytest -m sqlserver

lint: setup ## ruff, mypy and sqlfluff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint dbt_project/models dbt_project/tests dbt_project/analyses

docs: setup ## dbt's documentation of models and columns, in target/static_index.html
	@$(DBT) docs generate --static
	@echo "open target/static_index.html"

reference: setup ## The generated pages of docs/reference, which a test compares with the code
	$(BIN)/python -m tools.reference

transcripts: setup ## docs/transcripts.md: every command as a new user types it, on sample data
	$(BIN)/python -m tools.transcripts

check: lint test ## What CI runs

soak: setup ## Simulated nights with faults and kills, from SEED=1 on, NIGHTS=1000 of them, by JOBS=2 processes
	$(BIN)/python -m tests.soak --nights $(or $(NIGHTS),1000) --seed $(or $(SEED),1) --jobs $(or $(JOBS),2)

kills: setup ## A real run killed at 200 moments, each healed by the next; `make test` takes 20 of them
	N2F_TEST_KILL_POINTS=200 $(BIN)/pytest tests/kills

bench: setup ## Times and memory of a sync and its parts, against references in the same run
	$(BIN)/python -m bench

clean: ## Remove what dbt and the tests leave behind; no data
	rm -rf target logs .pytest_cache .mypy_cache .ruff_cache .hypothesis
