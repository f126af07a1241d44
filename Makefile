# Everything a person needs is a target here; `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help install run test browser screenshots lint format bench bench-quality bench-pages clean

help: ## Say what there is.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --editable .
	@touch $@

$(VENV)/installed-tests: $(VENV)/installed
	$(INSTALL) --editable '.[test]'
	@touch $@

install: $(VENV)/installed ## Install the service into .venv.

run: install ## Start the service with the embedded store and the seed events.
	$(BIN)/signalfeed serve

lint: $(VENV)/installed-tests ## Check style, likely faults and types.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

browser: ## Install Chromium with apt where that may be done, for the tests of the pages.
	@command -v chromium chromium-browser google-chrome >/dev/null \
	  || { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -qq -y chromium; } \
	  || echo "No Chromium, and apt may not install one: the tests of the pages in a browser will be skipped."

screenshots: $(VENV)/installed-tests browser ## Take the pictures of the pages in docs/images.
	$(BIN)/python -m tests.browser.screenshots

test: lint browser ## Run every check and every test; the core must be covered branch by branch.
	$(BIN)/pytest --numprocesses=auto --maxprocesses=4 --cov --cov-report=term

format: $(VENV)/installed-tests ## Lay the code out.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: install ## Measure the ranking beside scikit-learn, readers' bytes, and how well the seeds hold together.
	$(BIN)/python -m benchmarks.stories
	$(BIN)/python -m benchmarks.readers
	$(BIN)/python -m benchmarks.ranking

bench-quality: install ## Measure the ranking on published data sets, and write benchmarks/results/quality.md.
	$(BIN)/python -m benchmarks.quality

bench-pages: $(VENV)/installed-tests browser ## Measure how heavy the pages are, and how soon a browser shows them.
	$(BIN)/python -m benchmarks.pages

clean: ## Remove what was installed and cached; stored data stays.
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage dist
