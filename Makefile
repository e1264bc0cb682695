# Two commands do all: `make run` and `make test`. The rest is for those who change the code.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes

.PHONY: run install test bench faults soak house check format lock clean

run: $(VENV)/.run  ## the sandbox and the bot, on this machine, at one address
	@$(BIN)/python -m bot sandbox

install: $(VENV)/.run  ## what the bot needs, into .venv

# What was compiled is kept, whatever the surroundings say: each of a hundred processes would compile it anew.
test: $(VENV)/.dev  ## every test; four at a time even on two cores, since many of them wait
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 4 --maxschedchunk 8

bench: $(VENV)/.dev  ## how quick it is, as ratios; minutes. ONLY="idle lists" measures only those
	@$(BIN)/python -m tests.bench $(ONLY)

faults: $(VENV)/.dev  ## the bot under fire, for some twenty minutes: killed, cut off, out of space (SEED=… repeats a run)
	@$(BIN)/python -m tests.faults $(if $(SEED),--seed $(SEED))

soak: faults $(VENV)/.dev  ## what runs long, in full, and every test on both databases: the same, and years, and attacks
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --soak

house: $(VENV)/.dev  ## the picture in docs/architecture.md, drawn from the imports
	@$(BIN)/python -m tests.house

check: $(VENV)/.dev  ## format, lint, types, layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(VENV)/.dev  ## newest versions that pyproject.toml allows, with hashes and no addresses
	@$(BIN)/uv pip compile pyproject.toml --upgrade --universal --generate-hashes --no-annotate --no-header \
	  --no-emit-index-url --no-emit-find-links --quiet -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --group dev --upgrade --universal --generate-hashes --no-annotate --no-header \
	  --no-emit-index-url --no-emit-find-links --quiet -o requirements-dev.lock

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Collab needs Python 3.11 or newer; set PYTHON=… to name one."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python could not make a virtual environment (on Debian: apt install python3-venv)."; exit 1; }

# The stamps let a second run start without asking the network for anything.
$(VENV)/.run: requirements.lock | $(VENV)/bin/python
	@echo "Installing what the bot needs (once)…"
	@$(PIP) -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(VENV)/bin/python
	@echo "Installing what the bot and its tests need (once)…"
	@$(PIP) -r requirements-dev.lock
	@touch $@ $(VENV)/.run

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build
