# Every target says what it does: `make help`.

.DEFAULT_GOAL := help
.PHONY: help run test crash sim fuzz attack bench bench-peer package deploy destroy test-infra check

CARGO ?= cargo

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## the whole bridge on this machine (ONCE=1, CONFIG=shop.toml, DRY_RUN=1, SECRETS=, PORT=, PAGE_PORT=, POLL_SECONDS=)
	@$(foreach name,ONCE CONFIG SECRETS DRY_RUN PORT PAGE_PORT POLL_SECONDS NO_COLOR,$(if $($(name)),$(name)='$($(name))')) \
	$(CARGO) run --bin local

test: ## all tests
	@command -v chromedriver >/dev/null || echo 'SKIPPED: the page in a browser; chromedriver is not on this machine'
	@if $(CARGO) nextest --version >/dev/null 2>&1; \
	then $(CARGO) nextest run --workspace; \
	else $(CARGO) test --workspace --quiet; fi

crash: ## every fault at every call of every story (a quarter of an hour); `make test` plays a sixth of it
	CRASH_POINTS=all $(CARGO) test --workspace --test crash

bench: ## what the release programs cost and how long they take (ONLY="size cold idle paths backlog shops text", STARTS=30, REPEATS=3, BACKLOG=1000, SHOPS=1000)
	@$(CARGO) build --release --quiet -p poller -p callback -p bench
	@$(foreach name,STARTS REPEATS BACKLOG SHOPS,$(if $($(name)),$(name)='$($(name))')) target/release/bench $(ONLY)

bench-peer: ## the same ticks by the bridge and by an implementation in Python (tests/bench/peer; needs boto3 and requests)
	@$(CARGO) build --release --quiet -p poller -p callback -p bench
	@$(foreach name,STARTS REPEATS,$(if $($(name)),$(name)='$($(name))')) target/release/bench peer

package: ## both functions as zips for Lambda (ARCH=arm64 or x86_64); needs cargo-lambda
	@python3 infra/package.py $(or $(ARCH),arm64)

deploy: ## to AWS, with a plan, the costs and a question first (ENVIRONMENT=live, ARCH=arm64, YES=1)
	@infra/manage.sh deploy

destroy: ## a deployment, unless its tables hold conversations (ENVIRONMENT=live, YES=1)
	@infra/manage.sh destroy

attack: ## attack the running stack on this machine, and print what each attempt achieved
	@$(CARGO) test --quiet --workspace --test security -- --nocapture --test-threads=1 attack

sim: ## random storms on virtual time (EVENTS=1000000 SEED=1; EPISODE= tells why one broke, TRACE=1 all of it)
	@$(foreach name,EVENTS SEED EPISODE TRACE,$(if $($(name)),$(name)='$($(name))')) \
	$(CARGO) run --quiet --bin simulation

fuzz: ## new inputs for one way in (TARGET=html SECONDS=1800; README, "How they are shown"); needs cargo-fuzz
	@mkdir -p target/fuzz/$(or $(TARGET),html)
	cd tests/fuzz && RUSTC_BOOTSTRAP=1 $(CARGO) fuzz run --fuzz-dir libfuzzer --sanitizer none $(or $(TARGET),html) \
	  ../../target/fuzz/$(or $(TARGET),html) inputs/$(or $(TARGET),html) \
	  -- -max_total_time=$(or $(SECONDS),1800) -timeout=25 -max_len=16384

test-infra: ## the infrastructure: packages, names, rights, joints with the code, a deployment to emulated AWS
	@infra/test.sh

check: ## formatting, lints and documentation, warnings denied
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --workspace --no-deps --quiet
