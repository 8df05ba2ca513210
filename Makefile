# camwall in commands. `make run` and `make test` do all set-up on a fresh Debian 12.

.PHONY: help run test bench build setup lint

help: ## Show this help
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: build ## Open the wall on nine simulated cameras
	@.ci/demo

test: build ## Run the whole test suite
	cargo test --release --workspace

bench: build ## Measure the wall against a bare FFmpeg decode
	cargo bench

# Everything is built with one profile and one set of features, so that Bevy is compiled once.
build: setup ## Build the program and the simulated cameras
	cargo build --release --workspace --bins --examples

setup: ## Install the Debian packages that are missing
	@.ci/setup

# Private items are documented too, so links to them are fine.
lint: setup ## Check format, lints and documentation
	cargo fmt --check
	cargo clippy --release --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings -A rustdoc::private-intra-doc-links' cargo doc --release --no-deps --document-private-items
