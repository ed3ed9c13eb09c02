# Build, run and check everything. `make help` lists the targets, CONTRIBUTING.md says when to use which.
#
# One make process builds one VARIANT into build/<variant>/:
#   release  what is run and measured            test  release + fault points, for unit and system tests
#   asan     AddressSanitizer + UBSan            tsan  ThreadSanitizer            fuzz  clang + libFuzzer
# Sources are found by folder: a new .c, test_*.c or fuzz_*.c needs no edit here; a new daemon needs one row in PROGRAMS.

MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VARIANT ?= release
B := build/$(VARIANT)

include mk/sources.mk
include mk/flags.mk
include mk/compile.mk

##@ Build
deps: ## install what is missing: Debian packages, node >= 22, node modules
	@scripts/deps
build: $(PROGRAM_FILES) compile_commands.json ## build every program (VARIANT=release|test|asan|tsan)
clean: ## remove build/ (var/ and node_modules/ stay)
	rm -rf build compile_commands.json

##@ Run
run: deps build ## start databases and daemons (PORT=8080 SANDBOX_PORT=8090), stay in the foreground; Ctrl-C stops
	@scripts/run
stop: ## stop what `make run` started in this clone
	@scripts/stop
token: build ## print a staff token: make token ROLE=MANAGER EXHIBITION=aaa
	@scripts/service-env gateway $(B)/token '$(ROLE)' $(if $(EXHIBITION),'$(EXHIBITION)')
audit: build ## compare stock, orders, payments, ledger, codes, entries, messages, events, figures and the log of audit of the running instance
	@scripts/audit
audit-log: build ## look for changed and missing rows in the log of who did what: make audit-log HEAD=seq:hash (as noted earlier)
	@scripts/audit admin $(HEAD)
rebuild-figures: build ## have all that the dashboard's figures come from told anew, and count it; the instance goes on meanwhile
	@scripts/figures rebuild
key-rotate: build ## publish a new key for ticket codes, which signs after its time: make key-rotate HOURS=48
	@scripts/service-env entrance $(B)/entrance-keys rotate $(HOURS)
reconcile: build ## compare a day with Toss's list of transactions: make reconcile DATE=2026-11-22
	@scripts/service-env payment $(B)/reconcile '$(DATE)'

##@ Test
test: deps ## all tests: unit tests and system tests
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory itest
check: ## unit tests
	@$(MAKE) --no-print-directory VARIANT=test unit-tests
itest: build ## system tests against real daemons (TESTS=pattern to select files)
	@$(MAKE) --no-print-directory VARIANT=test build
	@scripts/itest test $(TESTS)
soak: build ## long runs: faults, leaks, sanitizers
	@$(MAKE) --no-print-directory VARIANT=test build
	@scripts/itest soak $(TESTS)
	@$(MAKE) --no-print-directory asan
	@$(MAKE) --no-print-directory tsan
asan: ## unit tests and the rush under AddressSanitizer + UBSan
tsan: ## unit tests and the rush under ThreadSanitizer
asan tsan:
	@$(MAKE) --no-print-directory VARIANT=$@ build unit-tests
	@scripts/itest $@
fuzz: ## every fuzz_*.c for FUZZ_SECONDS (600)
	@$(MAKE) --no-print-directory VARIANT=fuzz fuzz-runs
bench: deps ## measure every figure of bench/targets.tsv beside its baseline, write docs/performance.md (FIGURES=group to select)
	@$(MAKE) --no-print-directory VARIANT=release bench-programs
	@scripts/bench $(FIGURES)

##@ Keep it clean
lint: deps ## format, clang-tidy, cppcheck, sizes, banned calls, library homes, shell and JavaScript
	@scripts/lint
fmt: ## reformat all C sources and the JavaScript of tests and bench
	@clang-format-14 -i $(C_FILES)
	@npm --prefix tests run --silent fmt
docs: build ## regenerate docs/settings.md, docs/ops.md and docs/routes.md from the tables in the code
	@scripts/docs
help: ## this list
	@awk -F ':.*## ' '/^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z][a-z -]*:.*## / { printf "  %-15s %s\n", $$1, $$2 }' Makefile

.PHONY: deps build clean run stop token audit audit-log rebuild-figures key-rotate reconcile test check itest soak asan tsan fuzz bench lint fmt docs help
