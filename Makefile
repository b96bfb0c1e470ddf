# make run      the app on http://localhost:8501
# make test     every check and every test
# Both install what is missing first. `make help` lists the rest.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --retries 10 --timeout 60 --require-hashes
PORT ?= 8501
ADDRESS ?= localhost
# Hundreds of starts of the app read what the first one compiled.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run link test check hooks audit update-engine drill drill-kills drill-soak drill-clock drill-disk \
	drill-slow-disk drill-flood drill-small-plan drill-nightly bench screenshots locale lock format browser programs clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

run: $(VENV)/run.stamp ## start the app on http://localhost:8501 (another port: make run PORT=8600)
	exec env OPEN_BROWSER="$${OPEN_BROWSER:-yes}" $(BIN)/python -m streamlit run app.py --server.port $(PORT) --server.address $(ADDRESS)

link: ## print a fresh sign-in link for the app that runs on AUTH_DIR (while it has no password)
	@$(BIN)/python -m core.web.make_link

test: check browser programs ## every check, then every test, as many at once as there are cores and one more; pytest's summary comes last
	$(BIN)/python -m pytest -n logical --dist worksteal

check: $(VENV)/test.stamp audit ## lint, format, types, imports, dead code, known weaknesses
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/vulture

hooks: $(VENV)/test.stamp ## let git run the checks on what each commit changes
	$(BIN)/pre-commit install

audit: $(VENV)/test.stamp ## known weaknesses of the packages; says so when the database cannot be reached
	$(BIN)/python -m tests.support.known_weaknesses

update-engine: $(VENV)/test.stamp browser ## newest WhatsApp core, if the engine's tests pass with it (a certain one: ENGINE=0.5.2)
	@$(BIN)/python -m tests.support.update_engine $(ENGINE)

drill: $(VENV)/test.stamp ## 200 sends hit by crashes: none twice, none forgotten; instances that share a worker; disks filled and freed, backups made and restored 100 times: nothing lost; the container
	DRILL_RUNS=200 $(BIN)/python -m pytest tests/integration/registry/test_crash_drill.py -s
	DRILL_RUNS=200 $(BIN)/python -m pytest tests/integration/registry/test_packed.py -s
	BACKUP_ROUNDS=100 $(BIN)/python -m pytest tests/integration/registry/test_backup.py -k round --timeout 900 -s
	DRILL_RUNS=100 $(BIN)/python -m pytest tests/integration/store/test_full_disk.py tests/integration/registry/test_full_disk_drill.py -s
	DRILL_CONTAINER=1 $(BIN)/python -m pytest tests/integration/hosting/test_container.py

# How long and how large: make drill-kills ROUNDS=1000, make drill-soak HOURS=2 INSTANCES=50, SEED=… for other moments.
DRILL = $(BIN)/python -m tests.drills $(1) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(HOURS),--hours $(HOURS)) \
	$(if $(INSTANCES),--instances $(INSTANCES)) $(if $(SEED),--seed $(SEED))

drill-kills: $(VENV)/test.stamp ## web process, worker, preloader or all of them killed under traffic (ROUNDS=12); what was lost, doubled, left
	$(call DRILL,kills)

drill-soak: $(VENV)/test.stamp ## a network that flaps, texts both ways, a visitor every few seconds (HOURS=0.012); slopes of memory, descriptors
	$(call DRILL,soak)

drill-clock: $(VENV)/test.stamp ## the app's clock jumps by minutes to weeks, both ways (ROUNDS=4); the machine's stays
	$(call DRILL,clock)

drill-disk: $(VENV)/test.stamp ## a disk that fills up and is freed under traffic (ROUNDS=4); root only
	$(call DRILL,disk)

drill-slow-disk: $(VENV)/test.stamp ## a disk that takes a few writes a second, or one (ROUNDS=2); root only
	$(call DRILL,slow-disk)

drill-flood: $(VENV)/test.stamp ## hundreds of messages at once to one instance, online and away (ROUNDS=2)
	$(call DRILL,flood)

drill-small-plan: $(VENV)/test.stamp browser ## a hundred instances, two tabs and a picture of 16 MB within 512 MB; needs control groups
	$(call DRILL,small-plan)

drill-nightly: $(VENV)/test.stamp browser ## all of these one after the other, in about three hours
	$(call DRILL,nightly)

bench: $(VENV)/test.stamp browser ## measure what the README promises; prints a table
	$(BIN)/python -m tests.bench

screenshots: $(VENV)/test.stamp browser ## pictures of every page into build/screenshots
	$(BIN)/python -m tests.screenshots

locale: $(VENV)/test.stamp ## after a sentence changed: collect, merge and compile the catalogues
	mkdir -p build
	$(BIN)/pybabel -q extract --no-location --sort-output -w 110 -F core/locale/babel.cfg -k _ -k N_ -k ngettext:1,2 -o build/messages.pot .
	$(BIN)/pybabel -q update -i build/messages.pot -d core/locale --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date -w 110
	$(BIN)/pybabel -q compile -d core/locale

format: $(VENV)/test.stamp ## write the code the way `make check` wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/test.stamp ## pin requirements*.in anew, with hashes
	$(BIN)/uv pip compile --quiet --no-header --generate-hashes --no-emit-index-url --python-version 3.11 requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --no-header --generate-hashes --no-emit-index-url --python-version 3.11 requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --no-header --generate-hashes --no-emit-index-url --python-version 3.11 requirements-ffmpeg.in -o requirements-ffmpeg.txt

browser: $(VENV)/test.stamp
	@$(BIN)/python -m tests.support.browser

programs: $(VENV)/test.stamp
	@$(BIN)/python -m tests.support.age_program

clean: ## remove what the commands above made (never data/)
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)

# Registries can be slow or refuse once: three tries, each installs only what is still missing.
$(VENV)/run.stamp: requirements.txt | $(BIN)/python
	$(PIP) -r requirements.txt || $(PIP) -r requirements.txt || $(PIP) -r requirements.txt
	touch $@

$(VENV)/test.stamp: requirements-dev.txt $(VENV)/run.stamp
	$(PIP) -r requirements-dev.txt || $(PIP) -r requirements-dev.txt || $(PIP) -r requirements-dev.txt
	touch $@
