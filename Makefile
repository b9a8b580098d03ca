# The one front door. `make` alone prints this list: every public target carries a `## text`.
#
# The work is done by scripts, so that tests and people can call them alone; mk/versions
# and mk/arch/ hold what they ask for.
.DEFAULT_GOAL := help
$(if $(word 2,$(CURDIR)),$(error The checkout is in "$(CURDIR)", and the make of the kernel takes no path with a space: move it))
SCRIPTS := $(CURDIR)/mk/scripts
CARGO ?= cargo
# cross builds the program for the board; what runs on this machine is cargo's.
HOST_CARGO := $(if $(filter cross,$(notdir $(CARGO))),cargo,$(CARGO))
# Tests and qemu-BOARD must find the programs, whatever the user's cargo configuration says.
CARGO_TARGET := --target-dir $(CURDIR)/target
export CARGO HOST_CARGO KERNEL_SRC RUST_LIB_SRC
unexport CARGO_BUILD_TARGET CARGO_TARGET_DIR MAKEFLAGS

include mk/host-tools.mk
include mk/kernel.mk
include mk/image.mk
include mk/qemu.mk
include mk/card.mk
include mk/buildroot.mk
include mk/bench.mk
include mk/checks.mk
include mk/torture.mk
include mk/fleet.mk
include mk/sim.mk
include mk/fuzz.mk

.PHONY: help
help: ## Print this list
	@awk -f $(SCRIPTS)/help.awk $(MAKEFILE_LIST)
	@echo
	@echo "  BOARD is one of: $(QEMU_BOARDS)"
	@echo "    (dtb-BOARD: NAME, too)"
	@echo "  NAME is one of: $(CARD_BOARDS)"
	@echo "    (boot-NAME: $(CARD_QEMU_BOARDS))"
	@echo "  ARCH is one of: $(ARCHITECTURES); ARCH-debug has sanitizers in its kernel,"
	@echo "    ARCH-faults and ARCH-debug-faults the same kernel, with deliberate faults in the rest."
	@echo "  KERNEL_SRC=PATH      a kernel tree or tarball of your own"
	@echo "  RUST_LIB_SRC=PATH    the library/ folder of Rust's sources, of rustc's version"
	@echo "  BUILDER=buildroot    build the image with Buildroot; BUILDROOT=PATH is its tree, else one is cloned"
	@echo "  BUILDROOT_FRAGMENT=  a file with Buildroot options of your own, for instance a toolchain"
	@echo "  MACHINES=, FAULTS=   of which boards and faults, for test-faults and test-full"
	@echo "  PREFIX=, DESTDIR=    where install puts it (/usr/local), and what stands in front"
	@echo "  BOARD_CHECK_ARGS=..  arguments for board-check"
	@echo "  XDG_CACHE_HOME=PATH  where the cache is, in board-check/ (else ~/.cache)"

.PHONY: clean
clean: ## Remove what was built in this checkout; the cache stays
	rm -rf output target target-tools/target

.PHONY: clean-cache
clean-cache: ## Remove the cache: kernels, sources, tools of all checkouts
	rm -rf "$${XDG_CACHE_HOME:-$$HOME/.cache}/board-check"
