# board-check in a lab on the loopback: integrations/, tests/fleet/, bench/fleet/.

FLEET = $(SCRIPTS)/fleet.sh $(CURDIR)/target/release/board-check $(CURDIR)/target/debug/terminal-board

.PHONY: test-fleet check-fleet bench-fleet fleet-needs
test-fleet: fleet-needs dtb-qemu-arm image-arm image-arm64-faults ## The integrations in a lab on the loopback: labgrid, ser2net, LAVA, eight boards in QEMU
	@$(FLEET)

# Two boards: what `make test` has of it.
check-fleet: fleet-needs
	@$(FLEET) test_boards.py::test_two_boards_in_qemu_pass

bench-fleet: host dtb-qemu-aarch64 dtb-qemu-riscv64 image-arm64 image-riscv ## Measure what a lab costs: labgrid beside the same boards by hand, boards at once, the console
	@$(SCRIPTS)/packages.sh fleet
	@$(HOST_CARGO) build --quiet --release --package terminal-board --locked $(CARGO_TARGET)
	@$(CURDIR)/bench/run-fleet.sh $(PARTS)

fleet-needs: host dtb-qemu-aarch64 dtb-qemu-riscv64 image-arm64 image-riscv
	@$(SCRIPTS)/packages.sh fleet
	@$(HOST_CARGO) build --quiet --package terminal-board --locked $(CARGO_TARGET)
