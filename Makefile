# Two commands set everything up on a fresh machine (Debian 12, Python 3.11, make): `make demo` and `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PEOPLE ?= 20000
export PYTHONDONTWRITEBYTECODE ?=

.PHONY: demo test lint install chaos month leaks advisories docs bench benchmark down clean

demo: install
	@$(BIN)/hub demo --people $(PEOPLE) $(if $(KEEP),--keep)

test: system-test install .venv/spark
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

lint: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/bandit -q -ll --skip B608 -r connectors console dags expectations hub mappings matching warehouse # B608: ruff's S608, line by line
	@$(BIN)/mypy connectors console expectations hub mappings matching warehouse county dags
	@$(BIN)/yamllint -s .
	@$(BIN)/lint-imports

install: .venv/installed

.venv/installed: requirements.lock requirements-uv.lock pyproject.toml
	@deploy/system.sh
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { echo "Python 3.11 to 3.13 is needed, found $$($(PYTHON) -V)"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@$(BIN)/uv pip sync -q --python $(BIN)/python --require-hashes requirements.lock requirements-uv.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

# PySpark is an optional extra of 456 MB: the demo does without. It stands apart, for Great Expectations imports it where it finds it.
.venv/spark: .venv/installed requirements-spark.lock
	@rm -rf $@
	@$(BIN)/uv pip install -q --python $(BIN)/python --target $@ --no-deps --require-hashes -r requirements-spark.lock
	@touch $@

# The engine beside Splink, which lives in a virtual environment of its own; up to twenty minutes.
benchmark: install var/peers/installed
	@$(BIN)/python -m benchmarks.matching
	@$(BIN)/python -m benchmarks.incremental
	@$(BIN)/python -m benchmarks.year

var/peers/installed: .venv/installed benchmarks/peers/requirements.lock
	@$(BIN)/uv venv -q --clear --python $(BIN)/python var/peers
	@$(BIN)/uv pip sync -q --python var/peers/bin/python --require-hashes benchmarks/peers/requirements.lock
	@touch $@

.PHONY: system-test
system-test:
	@deploy/system.sh test

chaos: install
	@$(BIN)/python -m pytest tests/chaos --kills 100

month: install
	@$(BIN)/python -m pytest tests/test_county_flow.py --days 30

leaks: install
	@$(BIN)/python -m pytest tests/test_leaks.py --demo-people 2000

# Known holes of what is installed, by pip-audit; it stands apart, for it is no part of the hub. A package nobody could ask about is a failure.
advisories: var/advisories/installed
	@var/advisories/bin/pip-audit --strict --require-hashes --disable-pip -r requirements.lock

var/advisories/installed: .venv/installed deploy/advisories/requirements.lock
	@$(BIN)/uv venv -q --clear --python $(BIN)/python var/advisories
	@$(BIN)/uv pip sync -q --python var/advisories/bin/python --require-hashes deploy/advisories/requirements.lock
	@touch $@

docs: install
	@$(BIN)/python -m benchmarks.render

bench: install
	@$(BIN)/python -m benchmarks.flow

down: install
	@$(BIN)/hub county --stop || true
	@$(BIN)/hub down

clean: down
	@rm -rf var
