# What is measured, beside the C driver that it is measured against: bench/.

.PHONY: bench-mapping check-bench
bench-mapping: module-arm64 ## Measure what mapping costs in guest instructions, beside the same in C
	@$(CURDIR)/bench/run-mapping.sh

check-bench: setup
	cd bench/mapping && $(HOST_CARGO) fmt --check
	shellcheck -x -P SCRIPTDIR -P $(CURDIR) bench/*.sh
