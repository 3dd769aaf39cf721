# The commands of every day: `make install` once, then the others. Each uses .venv if it is there, else the Python on the path.

PYTHON = $(or $(wildcard .venv/bin/python),python3)

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

install: ## an environment in .venv with all that the tests and examples need, and a check before each commit
	python3 -m venv .venv
	.venv/bin/pip install -e ".[test]" pre-commit
	.venv/bin/pre-commit install

smoke: ## some claims of each package, in less than a minute
	$(PYTHON) -m pytest -q -m smoke

test: ## all tests and examples of docstrings, on all cores, with full coverage
	$(PYTHON) -m pytest -q --numprocesses=auto --dist=worksteal --cov --cov-fail-under=100

lint: ## style, format and types
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

docs: ## the generated part of docs/architecture.md, and the site in docs/_build/html (after pip install -e ".[docs]")
	$(PYTHON) -m tests.support.house.architecture
	$(PYTHON) -m sphinx -W --keep-going -q -b html docs docs/_build/html
	$(PYTHON) -m docs.check_links docs/_build/html

bench: ## compiled programs beside numpy by hand, JAX, PyTorch and micrograd, as far as these are installed
	$(PYTHON) -m tests.benchmarks compiled

.PHONY: help install smoke test lint docs bench
