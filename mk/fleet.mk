# board-check in a lab on the loopback: integrations/, tests/fleet/.

.PHONY: test-fleet
test-fleet: host dtb-qemu-aarch64 dtb-qemu-riscv64 image-arm64 image-riscv ## The integrations in a lab on the loopback: labgrid, ser2net, boards in QEMU
	@$(SCRIPTS)/packages.sh fleet
	@$(HOST_CARGO) build --quiet --package terminal-board --locked $(CARGO_TARGET)
	@$(SCRIPTS)/fleet.sh $(CURDIR)/target/release/board-check $(CURDIR)/target/debug/terminal-board
