# What is measured, beside what it is measured against: bench/.

.PHONY: bench bench-mapping bench-check bench-host check-bench
bench: bench-mapping bench-host ## Both of these measurements

bench-mapping: module-arm64 ## Measure what mapping, faults and ioctls cost in guest instructions, beside the same in C
	@$(CURDIR)/bench/run-mapping.sh

bench-check: bench-mapping ## The same, and compare with the figures of before: bench/mapping.tsv
	@$(CURDIR)/bench/check-mapping.sh

bench-host: host ## Measure what judging costs on this PC, beside kunit.py, and compare with the budgets
	@$(CURDIR)/bench/run-host.sh

check-bench: setup
	cd bench/mapping && $(HOST_CARGO) fmt --check
	shellcheck -x -P SCRIPTDIR -P $(CURDIR) bench/*.sh
