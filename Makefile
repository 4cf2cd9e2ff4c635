# The two commands of the README: `make quickstart` and `make test`.
SHELL := /bin/bash
export PATH := $(CURDIR)/.venv-cmake/bin:$(PATH)

.PHONY: quickstart test build bench clean

# Installs the HDF5 library where it is missing and notes the features to build with.
target/setup.features: scripts/setup.sh
	@mkdir -p target
	@scripts/setup.sh > $@.new && mv $@.new $@

build: target/setup.features
	cargo build --release --locked $$(cat target/setup.features)

quickstart: build
	target/release/neurofilament run experiments/quickstart.json --report

test: target/setup.features
	cargo test --workspace --locked $$(cat target/setup.features)

bench: target/setup.features
	cargo bench --locked $$(cat target/setup.features)

clean:
	cargo clean
	rm -rf results .venv-cmake
