# Checks and tests. CI calls the same targets, so a red job has a local command of the same name.

QEMU_TESTS = $(HOST_CARGO) run --quiet --release --package qemu-tests --locked $(CARGO_TARGET)
TARGET_CARGO = $(SCRIPTS)/target-cargo.sh
FAST := check-format check-lint check-scripts check-shim check-device-trees check-bench check-dependencies check-unit check-sim

.PHONY: check test test-faults test-full attributes boards-doc format $(FAST) check-cards check-qemu check-faults check-boots check-card-boots check-sanitize test-sanitize audit
check: setup ## Format, lints, unit and golden tests
	@$(SCRIPTS)/tally.sh $(FAST)

test: setup ## The checks, the tests of cards and in QEMU, and two boards in a lab
	@$(SCRIPTS)/tally.sh $(FAST) check-cards check-qemu check-fleet

test-faults: setup ## All deliberate faults on all machines, and a matrix of what found them
	@$(SCRIPTS)/tally.sh check-faults

test-full: setup ## All of this: the tests, all faults, sanitizers, failing allocations, random calls, a soak, the benchmarks, all cards, the lab
	@$(SCRIPTS)/tally.sh $(FAST) sim check-cards check-qemu check-faults bench-check bench-host bench-speed bench-build \
		check-card-boots test-fleet fuzz check-kselftest check-sanitize check-fail-nth check-fuzz-target check-cycles check-boots

attributes: qemu ## Boot all machines and write docs/attributes.md
	@$(QEMU_TESTS) --bin attributes -- $(REPORTS)

boards-doc: setup $(BOARDS:%=dtb-%) $(CARD_BOARDS:%=sdcard-%) ## Write docs/boards.md
	@$(HOST_CARGO) run --quiet --package card-tests --bin boards-doc --locked $(CARGO_TARGET)

format: ## Format all Rust sources
	$(HOST_CARGO) fmt --all
	cd target-tools && $(HOST_CARGO) fmt --all
	rustfmt --edition 2021 $(wildcard module/*.rs)

check-format:
	$(HOST_CARGO) fmt --all --check
	cd target-tools && $(HOST_CARGO) fmt --all --check
	rustfmt --check --edition 2021 $(wildcard module/*.rs)

check-lint: setup
	$(HOST_CARGO) clippy --quiet --workspace --all-targets --features card-tests/built,buildroot-tests/tree,buildroot-tests/images --locked $(CARGO_TARGET) -- -D warnings
	$(TARGET_CARGO) clippy --quiet --lib --tests -- -D warnings
	for name in $(ARCHITECTURES) $(ARCHITECTURES:%=%-debug-faults); do for program in board-verify board-torture; do \
		$(SCRIPTS)/program.sh $$name $$program --lint || exit; done; done

check-scripts: setup
	shellcheck -x -P SCRIPTDIR -P $(CURDIR) $(SCRIPTS)/*.sh target-tools/*.sh br2-external/linux/*.sh \
		br2-external/package/board-verify/S99board-verify integrations/labgrid/examples/mixed/qemu-power .ci/run

check-shim: setup
	$(SCRIPTS)/check-shim.sh

check-device-trees: setup $(BOARDS:%=dtb-%)
	$(SCRIPTS)/check-device-trees.sh $(BOARDS)

check-dependencies: setup
	@$(SCRIPTS)/cargo-deny.sh licenses bans sources
	@$(SCRIPTS)/cargo-deny.sh advisories || [ $$? -eq 69 ]

audit: setup ## Compare all crates with the advisories of RustSec, or fail where they cannot be fetched
	@$(SCRIPTS)/cargo-deny.sh advisories

check-unit: setup
	$(HOST_CARGO) test --quiet --workspace --exclude qemu-tests --locked $(CARGO_TARGET)
	$(TARGET_CARGO) test --quiet

check-cards: setup $(BOARDS:%=dtb-%) $(ARCHITECTURES:%=kernel-%) $(CARD_BOARDS:%=sdcard-%)
	$(HOST_CARGO) test --quiet --package card-tests --features built --locked $(CARGO_TARGET)

# The long ones. MACHINES, FAULTS, RELOAD, UPDATE and BOOTS: see docs/testing.md.
check-faults: host $(QEMU_BOARDS:%=dtb-%) $(ARCHITECTURES:%=image-%-faults)
	@$(QEMU_TESTS) --bin sweep

test-sanitize: setup ## All checks on kernels with sanitizers, and the faults that only those notice
	@$(SCRIPTS)/tally.sh check-sanitize

check-sanitize: host $(QEMU_BOARDS:%=dtb-%) $(ARCHITECTURES:%=image-%-debug) $(ARCHITECTURES:%=image-%-debug-faults)
	@$(QEMU_TESTS) --bin sanitize

check-boots: host $(QEMU_BOARDS:%=dtb-%) $(ARCHITECTURES:%=image-%)
	@$(QEMU_TESTS) --bin boots

check-card-boots: host $(CARD_QEMU_BOARDS:%=sdcard-%) $(CARD_QEMU_BOARDS:%=card-qemu-%)
	@$(QEMU_TESTS) --bin cards

check-qemu: host $(QEMU_BOARDS:%=dtb-%) $(ARCHITECTURES:%=image-%) $(ARCHITECTURES:%=image-%-faults) $(CARD_QEMU_BOARDS:%=sdcard-%) $(CARD_QEMU_BOARDS:%=card-qemu-%)
	@$(SCRIPTS)/board-package.sh arm64 busybox-static >/dev/null
	$(HOST_CARGO) test --quiet --package qemu-tests --locked $(CARGO_TARGET)
