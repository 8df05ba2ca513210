# camwall in commands. `make run` and `make test` do all set-up on a fresh Debian 12.

.PHONY: help run test fast bench soak fuzz build install setup lint audit sbom

help: ## Show this help
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: build ## Open the wall on nine simulated cameras
	@.ci/demo

test: build ## Run the whole test suite
	cargo test --release --workspace

# They need no cameras and no window. Builds no dependency anew, see crates/workspace-hack.
fast: setup ## Run the unit tests of the crates without Bevy
	cargo test --release --lib -p camwall-config -p camwall-media -p camwall-recorder -p camwall-setup

bench: build ## Measure what the wall costs and whether it keeps its limits
	cargo bench

FOR = 10min
soak: build ## Run the wall on cameras that fail at random, and judge what it leaves: FOR=1h
	cargo bench -- soak=$(FOR)

fuzz: FOR = 60
fuzz: setup ## Feed the parsers what no camera means, each target for FOR seconds: FOR=600
	@.ci/fuzz $(FOR)

# Everything is built with one profile and one set of features, so that Bevy is compiled once;
# .ci/fresh proves that the tests build no dependency after this.
build: setup ## Build the program and the simulated cameras
	cargo build --release --workspace --lib --bins --examples

# The manual page and the completions come from the program itself.
PREFIX = /usr/local
INTO = $(DESTDIR)$(PREFIX)
install: build ## Install the program, its manual and completions below PREFIX=/usr/local
	mkdir -p target/install
	for what in man bash zsh fish; do target/release/camwall generate $$what >target/install/$$what || exit 1; done
	install -D -m 755 target/release/camwall $(INTO)/bin/camwall
	install -D -m 644 target/install/man $(INTO)/share/man/man1/camwall.1
	install -D -m 644 target/install/bash $(INTO)/share/bash-completion/completions/camwall
	install -D -m 644 target/install/zsh $(INTO)/share/zsh/site-functions/_camwall
	install -D -m 644 target/install/fish $(INTO)/share/fish/vendor_completions.d/camwall.fish

setup: ## Install the Debian packages that are missing
	@.ci/setup

# Private items are documented too, so links to them are fine. The tools are built once.
lint: setup ## Check format, lints, documentation, architecture and dependencies
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings -A rustdoc::private-intra-doc-links' cargo doc --release --workspace --no-deps --document-private-items
	cargo test --release -p tidy
	cargo metadata --quiet --locked --format-version 1 --manifest-path fuzz/Cargo.toml >/dev/null
	@.ci/setup-tools
	target/tools/bin/cargo-machete .
	target/tools/bin/cargo-deny --workspace check --hide-inclusion-graph licenses bans sources

audit: ## Ask the RustSec database for known faults of the dependencies (needs github.com)
	@.ci/setup-tools
	target/tools/bin/cargo-deny --workspace check advisories

# The tool writes beside each package's manifest; the program's is the one that counts.
sbom: ## Write what the program is built of to target/sbom
	@.ci/setup-tools sbom
	target/tools/bin/cargo-cyclonedx cyclonedx --format json --spec-version 1.5
	@mkdir -p target/sbom
	@mv camwall.cdx.json target/sbom/
	@rm -f crates/*/*.cdx.json
