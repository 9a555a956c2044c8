# Everything a stranger needs:  make demo · make test · make lint · make types · make bench · make clean
# Each does its own set-up first: a .venv with pinned packages and, as root on Debian, the programs that the rig plays with.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup system demo test unit lint types bench clean

help:
	@sed -n '1,2s/^# //p' Makefile

setup: $(READY)

system:
	@sh .ci/system-packages $(PYTHON)

$(READY): pyproject.toml constraints.txt | system
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Antiphon needs Python 3.11 or later: make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(READY)
	$(BIN)/antiphon demo

test: $(READY)
	@# First side by side, on all cores; then, alone on the machine, those who play in real time.
	$(BIN)/python -m pytest -n logical --dist worksteal --ignore=tests/rig; apart=$$?; \
	$(BIN)/python -m pytest tests/rig && exit $$apart

unit: $(READY)
	$(BIN)/python -m pytest -n logical --dist worksteal --ignore=tests/rig

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/bandit --quiet --recursive --severity-level medium agent models

types: $(READY)
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/antiphon bench

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find agent models tests -name __pycache__ -type d -prune -exec rm -rf {} +
