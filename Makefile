# Thin calls of bin/sendform and of the go command. `make help` lists the targets.

SENDFORM := bin/sendform
REGION_FLAG := $(if $(REGION),--region $(REGION))

# As functions are compiled: what they and sendform have in common is compiled once, which
# spares a new machine most of its first rehearsal.
export CGO_ENABLED := 0
export GOFLAGS := $(GOFLAGS) -trimpath

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{ printf "  make %-14s %s\n", $$1, $$2 }'
	@echo 'ENV names an environment (dev, qa, prod), REGION one of its regions.'

.PHONY: build
build: ## Build bin/sendform
	@go build -o $(SENDFORM) ./generator

.PHONY: gen
gen: build ## Render modules/ and out/, for ENV or for all
	@$(SENDFORM) gen $(ENV)

.PHONY: rehearse
rehearse: build need-env ## Create, verify and delete ENV twice on this machine
	@$(SENDFORM) rehearse $(ENV) $(REGION_FLAG)

.PHONY: plan apply verify destroy
plan: build need-env ## Say what apply would change in AWS
	@$(SENDFORM) plan $(ENV) $(REGION_FLAG) || [ $$? -eq 2 ] # 2: there are changes

apply: build need-env ## Make ENV in AWS as its files say
	@$(SENDFORM) apply $(ENV) $(REGION_FLAG)

verify: build need-env ## Ask AWS whether ENV is as its files say
	@$(SENDFORM) verify $(ENV) $(REGION_FLAG)

destroy: build need-env ## Delete ENV from AWS
	@$(SENDFORM) destroy $(ENV) $(REGION_FLAG)

.PHONY: fmt
fmt: ## Format the Go code
	@go tool gofumpt -w generator examples tests

.PHONY: check
check: build ## Check format, vet, lint, links, workflows, and that rendered files are in sync
	@unformatted=$$(go tool gofumpt -l generator examples tests); \
	if [ -n "$$unformatted" ]; then echo "not formatted, run make fmt:"; echo "$$unformatted"; exit 1; fi
	@go vet ./...
	@go tool staticcheck ./...
	@go test ./generator/providerschema/...
	@$(SENDFORM) gen --check
	@go test -run 'Links|WhatDocumentsName|Workflows' ./generator
	@go build -C tools -o ../bin/ github.com/rhysd/actionlint/cmd/actionlint
	@bin/actionlint -shellcheck= -pyflakes= # not on every machine

# The scanners are in a module of their own: nothing else needs what they need.
.PHONY: scan
scan: ## Run tflint and tfsec over every rendered root module, gitleaks over every commit
	@go build -C tools -o ../bin/ github.com/terraform-linters/tflint github.com/aquasecurity/tfsec/cmd/tfsec github.com/zricethezav/gitleaks/v8
	@go run ./tests/scan
	@bin/gitleaks detect --redact --verbose --no-banner --no-color --log-level warn

.PHONY: test
test: ## Run all tests: unit tests and the Terratest round trips
	@go test ./...

.PHONY: test-unit
test-unit: ## Run the unit tests only
	@go test ./generator/... ./examples/...

.PHONY: test-race
test-race: ## Run all tests with the race detector; slower
	@CGO_ENABLED=1 go test -race ./...

FUZZTIME ?= 30s

.PHONY: fuzz
fuzz: ## Fuzz each parser for 30 s (FUZZTIME=10m: longer)
	@set -e; for file in $$(grep -rl '^func Fuzz' generator --include=*_test.go); do \
	for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\).*/\1/p' $$file); do \
	go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s ./$$(dirname $$file); done; done

FAULTS ?= all

.PHONY: test-faults
test-faults: ## Let every call of a rehearsal fail once in each way; more than an hour (FAULTS="all 2/8": a part)
	@SENDFORM_FAULTS="$(FAULTS)" go test -count=1 -timeout 0 -v ./tests/faults

.PHONY: test-policies
test-policies: ## Record what deployers do, and take each statement out of their policies; 4 minutes
	@go vet -tags policies ./tests
	@go test -count=1 -timeout 60m -tags policies -run 'TestPermissionsAre|TestEachStatement' ./tests

.PHONY: test-registry
test-registry: ## Hold the stand-in against hashicorp/aws, value by value; many minutes
	@go test -count=1 -timeout 90m -v ./tests/registry -download

.PHONY: test-moto
test-moto: ## Compare the local cloud with moto, where moto_server is installed
	@go vet -tags moto ./generator/standin
	@go test -count=1 -v -tags moto -run TestMoto ./generator/standin

# What they may use is named by SENDFORM_AWS, as in 111122223333/eu-west-2.
.PHONY: test-aws sweep-aws
test-aws: ## Take dev through two lives in AWS, under a name of its own
	@go test -count=1 -timeout 120m -v -run 'TestRoundTripInAWS' ./tests

sweep-aws: ## Delete what such runs have left in AWS
	@go test -count=1 -timeout 120m -v -run 'TestSweepInAWS' ./tests

.PHONY: test-browser
test-browser: ## Click through a report in chromium; needs npm
	@mkdir -p .sendform/browser
	@cp tests/browser/package.json tests/browser/package-lock.json .sendform/browser/
	@npm ci --prefix .sendform/browser --silent --no-fund --no-audit
	@go test -count=1 -v ./tests/browser

.PHONY: bench
bench: ## Measure, and write docs/benchmarks.md
	@go run ./tests/bench

.PHONY: clean
clean: ## Remove what was built here; states in AWS are not touched
	@rm -rf bin .sendform

.PHONY: need-env
need-env:
	@if [ -z "$(ENV)" ]; then echo 'Say which environment: make $(firstword $(MAKECMDGOALS)) ENV=qa'; exit 1; fi
