# Any bytes at all: fuzz/. FUZZ_SECONDS for each target, and which targets.

FUZZ_SECONDS ?= 600
FUZZ_TARGETS ?= line capture console
HOST_TRIPLE = $(shell rustc -vV | sed -n 's/^host: //p')
# What libFuzzer needs to see where a run goes. There is no unsafe code to look after.
FUZZ_FLAGS = --cfg fuzzing -Cdebug-assertions -Ccodegen-units=1 -Cpasses=sancov-module \
	-Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
	-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares

.PHONY: fuzz
fuzz: ## Look for bytes that break the host: FUZZ_SECONDS=600 for each target
	@$(SCRIPTS)/packages.sh fuzz
	RUSTC_BOOTSTRAP=1 RUSTFLAGS="$(FUZZ_FLAGS)" $(HOST_CARGO) build --quiet --profile sim --locked \
		--package board-check-fuzz --features libfuzzer --target $(HOST_TRIPLE) --target-dir $(CURDIR)/target/fuzz
	@mkdir -p $(CURDIR)/output/fuzz
	set -e; cd $(CURDIR)/output/fuzz; for target in $(FUZZ_TARGETS); do mkdir -p $$target; \
		$(CURDIR)/target/fuzz/$(HOST_TRIPLE)/sim/$$target -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
			-rss_limit_mb=512 -max_len=4096 -print_final_stats=1 $$target; done
