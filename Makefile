# Plain make lists the targets.

.DEFAULT_GOAL := help
FUZZTIME ?= 1m
export ENGINES ?=

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

build: ## build bin/alberti
	CGO_ENABLED=0 go build -trimpath -o bin/alberti ./cmd/alberti

test: deps ## install what is missing, lint, fuzz briefly, run every test; ENGINES=redis,mysql narrows
	@$(MAKE) --no-print-directory -j2 --output-sync=target lint fuzz-briefly
	go test -race $$(script/test-packages)
	@script/test-postgres-releases
	go test -count=1 ./internal/e2e/... ./internal/chaos

demo: ## rotate real passwords, end to end; KEEP=1 leaves it running
	@script/install-deps postgresql
	@$(MAKE) --no-print-directory --silent build
	@go build -o bin/demo ./internal/demo
	@KEEP=$(KEEP) bin/demo

bench: ## measure the server on this machine; ENGINES=redis,mysql narrows, activedirectory needs root
	@script/install-deps postgresql mariadb-server redis-server rabbitmq-server slapd samba-ad-dc python3 nodejs bubblewrap
	@$(MAKE) --no-print-directory --silent build
	@CGO_ENABLED=0 go build -ldflags="-s -w" -o bin/bench-bootstrap ./internal/bench/bootstrap
	@go build -o bin/bench ./internal/bench
	@bin/bench

chaos: ## kill the server at every moment of a rotation; CHAOS="-kills 1000 -seed 1"
	@script/install-deps postgresql
	@go build -o bin/chaos ./internal/chaos
	@bin/chaos $(CHAOS)

fuzz: ## run every fuzz target for FUZZTIME (1m)
	@script/fuzz $(FUZZTIME)

fmt: ## format the source
	gofmt -w .

lint: ## gofmt, go vet, staticcheck
	@files=$$(gofmt -l .); test -z "$$files" || { echo "make fmt would change: $$files"; exit 1; }
	go vet ./...
	go tool -modfile=tools/go.mod staticcheck ./...

deps: ## install what the tests need and this machine lacks
	@script/install-deps

clean: ## remove what was built
	rm -rf bin

fuzz-briefly:
	@script/fuzz 3s

.PHONY: help build test demo bench chaos fuzz fmt lint deps clean fuzz-briefly
