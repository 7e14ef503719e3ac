# Every command works on a fresh clone: each one first makes sure that .venv matches requirements.lock.

# The first interpreter on the path that is new enough; override with `make PYTHON=... setup`.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.synced
UV = VIRTUAL_ENV=$(CURDIR)/$(VENV) $$(command -v uv || echo $(BIN)/uv)
SOURCES := shared services tests
# As many test processes as there are processors; each that needs servers starts its own, hence no more than four. A
# whole stack mostly waits, and two of them leave each other time enough.
SPREAD := -n logical --maxprocesses 4 --dist worksteal
SPREAD_STACKS := -n 2 --dist worksteal
NO_SERVERS := not servers and not stack and not bench
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Run the tests so marked, spread over the processors, then those of the whole stack, apart from all others.
# Where ARGS leaves none of the one kind there may be some of the other: pytest's 5 counts only if both say it.
define in_turn
@ran=5; for kind in "$(1)" stack; do \
	[ "$$kind" = stack ] && spread="$(SPREAD_STACKS)" || spread="$(SPREAD)"; \
	$(BIN)/python -m pytest $$spread -m "$$kind" $(ARGS); code=$$?; \
	case $$code in 0) [ $$ran -ne 5 ] || ran=0 ;; 1) ran=1 ;; 5) ;; *) exit $$code ;; esac; \
done; exit $$ran
endef

.DEFAULT_GOAL := help
.PHONY: help setup run test test-servers test-long demo check bench mutants lock clean

help: ## List these commands.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## Create .venv from the hashed lock; a second time it does nothing.

run: $(STAMP) ## Start everything on this machine and serve until Ctrl-C; the data stays in .moiety.
	@exec $(BIN)/moiety run

test: $(STAMP) ## Run all tests, with real PostgreSQL and NATS servers. ARGS="-k name" narrows.
	$(call in_turn,not stack and not bench)

test-servers: $(STAMP) ## Run those of them that `make check` leaves out.
	$(call in_turn,servers and not stack and not bench)

test-long: $(STAMP) ## Run whole the tests that `make test` runs with less of the same.
	MOIETY_TEST_LONG=1 $(BIN)/python -m pytest -m long $(ARGS)

demo: $(STAMP) ## Play the sample scenario against a fresh stack, then tamper and get caught.
	@$(BIN)/moiety demo

check: $(STAMP) ## Format, lint, types, import contracts and the tests that need no server.
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q $(SPREAD) -m "$(NO_SERVERS)" --durations=0 --durations-min=1

bench: $(STAMP) ## Measure; ONLY=name,name picks benchmarks.
	$(BIN)/python -m tests.bench $(if $(ONLY),--only $(ONLY))

mutants: $(STAMP) ## Change the rules and see which change no test notices; ONLY=path for one module, SAMPLE=500 for so many drawn of all, DRAW=2 for others; all take hours.
	nice $(BIN)/python -m tests.mutants $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(DRAW),--draw $(DRAW)) $(ONLY)

lock: $(STAMP) ## Resolve the dependencies anew and write both locks.
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
		--all-extras pyproject.toml --output-file requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--constraint requirements.lock pyproject.toml --output-file requirements-image.lock

clean: ## Remove the environment, caches and the local data.
	@if [ -x $(BIN)/moiety ] && [ -e .moiety ]; then $(BIN)/moiety embedded remove; fi
	rm -rf $(VENV) .moiety mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# Works offline once the wheels are cached or installed: neither the sync nor the editable install resolves anything.
$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Moiety needs Python 3.11 or newer on the path, or PYTHON=/path/to/it" >&2; exit 1; }
	@echo "Making $(VENV) from requirements.lock: about a minute where the packages have to come first, and only once"
	@# Without a stamp somebody may have stopped it half-way, wherever that was: it is made from nothing.
	@test -e $@ -a -x $(BIN)/python || $(PYTHON) -m venv --clear $(VENV)
	@command -v uv >/dev/null || $(BIN)/uv --version >/dev/null 2>&1 || { \
		$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null; \
		$(BIN)/python -m pip install --quiet --force-reinstall uv; }
	@$(UV) pip sync --quiet --require-hashes --compile-bytecode requirements.lock
	@$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
