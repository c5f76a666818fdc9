SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL:

LISTEN ?= 127.0.0.1:8080
FUZZTIME ?= 10s
LINT := go tool -modfile=tools/lint/go.mod golangci-lint

.PHONY: help
help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: build ## Serve a sample database on http://127.0.0.1:8080. LISTEN=host:port sets another address.
	@[ -e sample.db ] || { echo "== Making sample.db"; build/decnet-graph sample --db sample.db; }
	@exec build/decnet-graph serve --db sample.db --listen $(LISTEN)

.PHONY: build
build: ## Build build/decnet-graph.
	@echo "== Building build/decnet-graph$(if $(wildcard build/decnet-graph),, (the first time compiles SQLite, which takes a minute or two))"
	@scripts/build.sh build/decnet-graph

.PHONY: generate
generate: ## Regenerate the code and web/dist after a change of schema.graphqls, gqlgen.yml or web/.
	@echo "== Generating code"
	@go generate ./...
	@echo "== Building web/dist"
	@scripts/build-web.sh dist

.PHONY: format
format: ## Format the Go code.
	@echo "== Formatting"
	@$(LINT) fmt

.PHONY: test
test: setup check test-docs test-web test-clients test-go ## Run all that CI runs: install missing packages, make check, and all tests.

.PHONY: setup
setup:
	@echo "== Packages that the tests need"
	@scripts/setup-test.sh

.PHONY: test-go
test-go: build/withservers ## Run the Go tests alone, with the race detector where goroutines meet.
	@echo "== Go tests"
	@build/withservers scripts/test-go.sh

.PHONY: test-load
test-load: build/withservers ## Run the tests that look at a clock on a busy machine, RUNS times (10); not part of test.
	@echo "== Tests that look at a clock"
	@build/withservers scripts/test-load.sh $(RUNS)

.PHONY: build/withservers
build/withservers:
	@go build -o $@ ./storage/storagetest/dbserver/withservers

.PHONY: test-docs
test-docs: ## Run the examples of README.md and docs/.
	@echo "== Documentation"
	@scripts/test-docs.sh

.PHONY: test-web
test-web: ## Run the browser test of the GraphiQL page.
	@echo "== Browser test"
	@scripts/test-web.sh

.PHONY: test-clients
test-clients: ## Run the audits of GraphQL over HTTP, and clients such as Apollo's.
	@echo "== Clients"
	@scripts/test-clients.sh

.PHONY: test-cluster
test-cluster: ## Run the contract suite and fault cases on a PostgreSQL standby and a Galera cluster; not part of test. RUN=pattern selects tests.
	@echo "== Clusters"
	@scripts/test-cluster.sh

.PHONY: release
release: ## Make a release of the commit in build/release: static binaries for amd64 and arm64, Debian packages, SBOMs, checksums.
	@echo "== Release"
	@scripts/release.sh

.PHONY: test-release
test-release: ## Make a release and test what people get, as root; not part of test. BINARIES=folder takes binaries that were built before.
	@echo "== Release"
	@scripts/test-release.sh

.PHONY: test-deploy
test-deploy: ## Follow docs/deploy.md in two network namespaces, as root; not part of test. DEB=file takes a package that was built before.
	@echo "== Deployment"
	@scripts/test-deploy.sh

.PHONY: check
check: vet check-tidy check-format lint check-generated check-web ## Run go vet and lint, and check go.mod, formatting, generated code and web/dist.

.PHONY: vet
vet:
	@echo "== go vet"
	@go vet ./...

.PHONY: check-tidy
check-tidy:
	@echo "== go.mod is tidy"
	@go mod tidy -diff

.PHONY: check-format
check-format:
	@echo "== Formatting (the first time compiles the linters)"
	@$(LINT) fmt --diff

.PHONY: lint
lint: ## Run the linters only.
	@echo "== Lint"
	@$(LINT) run --show-stats=false

.PHONY: check-generated
check-generated:
	@echo "== Generated code is fresh"
	@scripts/check-generated.sh

.PHONY: check-web
check-web:
	@echo "== web/dist is fresh"
	@scripts/check-web.sh

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME, by default 10 s.
	@echo "== Fuzzing"
	@scripts/fuzz.sh $(FUZZTIME)

.PHONY: schema-baseline
schema-baseline: ## Record the schema as released: from now on, tests fail for changes that break its clients.
	@go test ./tests/schema -run '^TestNoClientBreaks$$' -baseline
	@echo "Written: tests/schema/baseline.graphqls"

.PHONY: bench
bench: setup build ## Compare the server with others; not part of test. QUICK=1 takes a few minutes, TAGS=10000000 measures growth; see docs/performance.md.
	@echo "== Benchmark"
	@scripts/bench.sh

.PHONY: clean
clean: ## Remove build/ and sample.db.
	@rm -rf build sample.db sample.db-* sample.db.*
