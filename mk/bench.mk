# What is measured, beside what it is measured against: bench/.

BENCH_QEMU = $(HOST_CARGO) run --quiet --profile sim --package bench-qemu --locked $(CARGO_TARGET)

.PHONY: bench bench-mapping bench-check bench-host bench-speed bench-boot bench-sizes bench-build check-bench
bench: bench-sizes bench-mapping bench-host bench-speed bench-build ## All measurements that need no other project's sources: docs/performance.md

bench-mapping: module-arm64 ## Measure what mapping, faults and ioctls cost in guest instructions, beside the same in C
	@$(CURDIR)/bench/run-mapping.sh

bench-check: bench-mapping bench-sizes ## Counts and sizes, compared with those of before: bench/*.tsv
	@$(CURDIR)/bench/check-mapping.sh

bench-host: host ## Measure what judging costs on this PC, beside kunit.py, and compare with the budgets
	@$(CURDIR)/bench/run-host.sh

bench-speed: host image-arm64 dtb-qemu-aarch64 ## Measure how fast areas are copied, read and written, beside memcpy in the same boot
	@$(CURDIR)/bench/run-speed.sh

bench-sizes: host $(ARCHITECTURES:%=image-%) $(CARD_BOARDS:%=sdcard-%) ## Print how large all is that is built, beside budgets and sizes of before
	@$(CURDIR)/bench/run-sizes.sh $(CARD_BOARDS)

bench-build: qemu-aarch64 ## Time the way from an edit to the verdict
	@$(CURDIR)/bench/run-build.sh

# Boards of which Buildroot has made images, with BUILDER=buildroot here or elsewhere.
BUILDROOT_IMAGES ?= output/buildroot
BOOT_BOARDS = $(if $(MACHINES),$(MACHINES),$(patsubst $(BUILDROOT_IMAGES)/%/images,%,$(wildcard $(BUILDROOT_IMAGES)/*/images)))
bench-boot: host $(BOOT_BOARDS:%=dtb-%) $(foreach board,$(BOOT_BOARDS),image-$(call arch_of_board,$(board))) ## Measure boot to verdict beside boot to login of the images in BUILDROOT_IMAGES=PATH
	@$(BENCH_QEMU) --bin bench-boot -- $(BUILDROOT_IMAGES) $(BOOT_BOARDS)

check-bench: setup
	cd bench/mapping && $(HOST_CARGO) fmt --check
	shellcheck -x -P SCRIPTDIR -P $(CURDIR) bench/*.sh
