# The module treated badly: failing allocations, random calls, cycles. See docs/testing.md. The long ones are for
# kernels with sanitizers; MACHINES, OPS, SEED, THREADS, COUNT and FAULTS choose.

TORTURES := $(NAMES:%=torture-%)
KSELFTESTS := $(ARCHITECTURES:%=kselftest-%) $(ARCHITECTURES:%=kselftest-%-faults)

.PHONY: $(TORTURES) $(KSELFTESTS) test-fail-nth test-fuzz-target soak check-fail-nth check-fuzz-target check-cycles check-kselftest
$(TORTURES): torture-%: module-% ## Build the image with board-torture: output/ARCH/torture/
	@$(SCRIPTS)/program.sh $* board-torture
	@$(SCRIPTS)/image.sh $* torture

$(KSELFTESTS): kselftest-%: torture-%
	@$(SCRIPTS)/kselftest.sh $*
	@$(SCRIPTS)/image.sh $* kselftest

test-fail-nth: setup ## Fail each allocation of the module in turn, on kernels with sanitizers
	@$(SCRIPTS)/tally.sh check-fail-nth

test-fuzz-target: setup ## Make a million random calls per architecture, each with its due answer: OPS=, SEED=, THREADS=
	@$(SCRIPTS)/tally.sh check-fuzz-target

soak: setup ## Load, unload, bind and unbind COUNT=1000 times, also without memory and a CPU; boot each machine BOOTS=100 times
	@$(SCRIPTS)/tally.sh check-cycles check-boots

check-fail-nth: $(QEMU_BOARDS:%=dtb-%) $(ARCHITECTURES:%=torture-%-debug) $(ARCHITECTURES:%=torture-%-debug-faults)
	@$(QEMU_TESTS) --bin torture -- fail-nth

check-fuzz-target: $(QEMU_BOARDS:%=dtb-%) $(ARCHITECTURES:%=torture-%) $(ARCHITECTURES:%=torture-%-faults) $(ARCHITECTURES:%=torture-%-debug)
	@$(QEMU_TESTS) --bin torture -- fuzz

check-cycles: $(QEMU_BOARDS:%=dtb-%) $(ARCHITECTURES:%=torture-%) $(ARCHITECTURES:%=torture-%-debug)
	@$(QEMU_TESTS) --bin torture -- cycles

check-kselftest: $(QEMU_BOARDS:%=dtb-%) $(KSELFTESTS)
	@$(QEMU_TESTS) --bin torture -- kselftest
