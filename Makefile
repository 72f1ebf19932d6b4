# What a newcomer and the continuous integration call. `make` alone says what there is.
#
# All of it works in a clone at any path, as root or not, without a terminal; the network is needed only until what
# pyproject.toml names is installed in .venv.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help install demo run test torture bench fuzz lint format clean moved

# Debian packages that tests need beside Python: servers to talk to. Installed by `make test`, as root on Debian.
TEST_PACKAGES := dovecot-imapd openssl postfix postgresql

# The environment may hold settings that are meant for another installation.
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV
export PIP_USER := 0
export PIP_NO_INPUT := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export DEBIAN_FRONTEND := noninteractive

BIN := .venv/bin
# twice quiet: errors are shown, and nothing else
PIP := $(BIN)/python -m pip --quiet --quiet

# A virtual environment knows its own path: a folder that was moved or copied needs a new one.
INSTALLED := .venv/installed
TESTABLE := .venv/installed-with-tests
ifneq ($(wildcard $(INSTALLED)),)
ifneq ($(file < $(INSTALLED)),$(CURDIR))
$(INSTALLED): moved
endif
endif

help: ## print this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | while IFS=$$'\t' read -r target purpose; do
		printf 'make %-8s  %s\n' "$$target" "$$purpose"
	done

install: $(INSTALLED) ## install mailgate into .venv, once and whenever pyproject.toml changes
	@echo 'mailgate is installed: $(BIN)/mailgate --help'

demo: $(INSTALLED) ## play a support contract by real mail and print it; KEEP=1 leaves the desk running
	@$(BIN)/mailgate demo $(if $(KEEP),--keep)

run: $(INSTALLED) ## run the desk with the example configuration: database and mail in var/
	@exec $(BIN)/mailgate serve --config config.example.toml

test: lint ## all checks: linters, types, import contracts, tests
	@$(BIN)/pytest -n auto

torture: $(TESTABLE) ## kill the desk with -9 while mail pours in; TORTURE=--short is a short run, --write writes docs/reliability.md
	@$(BIN)/python -m tests.programmes.torture $(TORTURE)

bench: $(TESTABLE) ## measure storing, processing and reading; BENCH=--quick is a short run, --write writes docs/speed.md
	@$(BIN)/python -m tests.bench $(BENCH)

fuzz: $(TESTABLE) ## look for inputs on which a reader of mail fails; FUZZ=--short is a short run, FUZZ="TARGET --seconds 600" one target
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(PIP) install --only-binary atheris --editable '.[fuzz]' || true
	$(BIN)/python -m tests.programmes.fuzz $(FUZZ)

lint: $(TESTABLE) ## the checks without the tests
	@$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(TESTABLE) ## put the source into its form
	@$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove caches and what was built; .venv and var/ stay
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +

# A Python that is new enough and can make a virtual environment; Debian has the latter in a package of its own.
$(INSTALLED): pyproject.toml
	@usable() { "$$1" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; }
	complete() { usable "$$1" && "$$1" -c 'import ensurepip' 2> /dev/null; }
	first() { for python in python3.13 python3.12 python3.11 python3; do if "$$1" "$$python"; then echo "$$python"; return; fi; done; }
	python=$$(first complete)
	if [ -z "$$python" ]; then
		if [ -z "$$(first usable)" ]; then
			echo 'mailgate needs Python 3.11 or newer. On Debian 12 or newer, as root: apt-get install python3 python3-venv' >&2
			exit 1
		fi
		if [ "$$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
			echo 'Python cannot make virtual environments here. On Debian, as root: apt-get install python3-venv' >&2
			exit 1
		fi
		echo 'Installing python3-venv …'
		apt-get update -qq < /dev/null
		apt-get install -qq -y --no-install-recommends python3-venv < /dev/null > /dev/null
		python=$$(first complete)
	fi
	if [[ "$$($(BIN)/pip --version 2> /dev/null)" != *' $(CURDIR)/.venv/'* ]]; then
		"$$python" -m venv --clear .venv
	fi
	echo 'Installing mailgate into .venv …'
	$(PIP) install --editable .
	printf '%s' '$(CURDIR)' > $@

$(TESTABLE): $(INSTALLED) Makefile
	@missing=()
	for package in $(TEST_PACKAGES); do
		[[ "$$(dpkg-query -W -f '$${Status}' "$$package" 2> /dev/null)" == *' installed' ]] || missing+=("$$package")
	done
	if [ $${#missing[@]} -gt 0 ]; then
		if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
			echo "Installing for the tests: $${missing[*]} …"
			apt-get update -qq < /dev/null
			apt-get install -qq -y --no-install-recommends "$${missing[@]}" < /dev/null > /dev/null
		else
			echo "Tests that need one of these are left out; on Debian, as root: apt-get install $${missing[*]}" >&2
		fi
	fi
	echo 'Installing what the tests need into .venv …'
	$(PIP) install --editable '.[dev]'
	touch $@
