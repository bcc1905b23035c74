# make demo     solve embedded instances, print the gap table, write a report
# make test     the whole suite, with the floor for coverage
# make lint     ruff and mypy --strict over every file
# make bench    the speed benchmarks, or one of them: make bench ONLY=pso
# make docs     the documentation site, warnings are errors
# make clean    remove everything that is not a source

PYTHON ?= python3
ENV := .venv
BIN := $(ENV)/bin
INSTALL := $(BIN)/python -m pip --disable-pip-version-check --quiet install --no-compile --editable
DEMO_OUT ?= demo-out
TESTS ?=

# Compiled functions of a checkout, so that the suite's workers begin with what the demo has compiled.
export NUMBA_CACHE_DIR ?= $(CURDIR)/build/numba/first

recent_enough = $(shell $(PYTHON) -c 'import sys; print(sys.version_info >= (3, 11))' 2>/dev/null)

.PHONY: demo test lint bench docs clean

demo: $(ENV)/.installed
	$(BIN)/ecoopt demo -o $(DEMO_OUT)
	@echo "The report is $(DEMO_OUT)/report.html"

test: $(ENV)/.installed-dev
	$(if $(TESTS),,$(BIN)/python tools/compile_all.py)
	$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile --durations=10 $(or $(TESTS),--cov)

lint: $(ENV)/.installed-dev
	$(BIN)/python tools/lint.py

bench: $(ENV)/.installed-bench
	$(BIN)/python -m pytest benchmarks/speed$(if $(ONLY),/bench_$(ONLY).py)

docs: $(ENV)/.installed-dev
	$(BIN)/python -m sphinx -W --keep-going --quiet --jobs=2 -b html docs docs/_build/html
	@echo "The site is docs/_build/html/index.html"

clean:
	rm -rf $(ENV) $(DEMO_OUT) build dist docs/_build docs/reference/generated htmlcov .coverage .coverage.* *.egg-info \
	    .benchmarks .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(ENV)/.made:
	@$(if $(filter True,$(recent_enough)),,$(error ecoopt needs Python 3.11 or newer, $(PYTHON) is not; try make PYTHON=python3.12))
	$(PYTHON) -m venv $(ENV)
	@touch $@

$(ENV)/.installed: $(ENV)/.made pyproject.toml
	$(INSTALL) .
	@touch $@

$(ENV)/.installed-dev: $(ENV)/.made pyproject.toml
	$(INSTALL) '.[dev,docs]'
	@touch $@ $(ENV)/.installed

$(ENV)/.installed-bench: $(ENV)/.installed-dev
	$(INSTALL) '.[bench]'
	@touch $@
