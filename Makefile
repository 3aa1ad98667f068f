# `make` lists the targets. Everything lives in $(VENV); PYTHON chooses the interpreter (3.11 or newer).
VENV ?= .venv
BIN := $(VENV)/bin
PLUGINS := $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))
SOURCES := engine tests docs $(wildcard benchmarks/*.py) $(PLUGINS)

.DEFAULT_GOAL := help
.PHONY: help demo docs install test lint style types layers format clean

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

demo: $(VENV)/.package ## Run the example on real data and show the notice that it sends
	@$(BIN)/python docs/demo/demo.py

test: install ## Run every test; installs what they need, system packages included (ARGS="-k name" for some)
	@.ci/system-packages
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal $(ARGS)

lint: style types layers ## Check style, types and layers

style: install
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)

types: install
	@$(BIN)/mypy $(SOURCES)

layers: install
	@$(BIN)/lint-imports --no-logo

format: install ## Rewrite the code in the house style
	@$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

docs: install ## Rewrite the generated pages and the recorded outputs of the documentation
	@PYTHONPATH=. $(BIN)/python -m docs.generator

clean: ## Remove the environment and all caches
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

install: $(VENV)/.development ## Make the environment for work on driftline

$(VENV)/.package: pyproject.toml
	@.ci/environment $(VENV)
	@touch $@

$(VENV)/.development: pyproject.toml $(PLUGINS:=/pyproject.toml)
	@.ci/environment $(VENV) '[dev,delta,postgresql]' $(PLUGINS)
	@touch $@ $(VENV)/.package
