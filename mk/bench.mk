# What is measured, beside what it is measured against: bench/.

.PHONY: bench-mapping bench-host check-bench
bench-mapping: module-arm64 ## Measure what mapping costs in guest instructions, beside the same in C
	@$(CURDIR)/bench/run-mapping.sh

bench-host: host ## Measure what judging costs on this PC, beside kunit.py, and compare with the budgets
	@$(CURDIR)/bench/run-host.sh

check-bench: setup
	cd bench/mapping && $(HOST_CARGO) fmt --check
	shellcheck -x -P SCRIPTDIR -P $(CURDIR) bench/*.sh
