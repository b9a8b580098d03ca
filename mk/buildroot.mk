# BUILDER=buildroot: the same images made with Buildroot, with init, shell and login. See br2-external/README.md.

BUILDER ?= direct
ifeq ($(filter direct buildroot,$(BUILDER)),)
$(error BUILDER=$(BUILDER): there are the builders direct and buildroot)
endif
export BUILDROOT BUILDROOT_FRAGMENT
BY_BUILDROOT = $(filter buildroot,$(BUILDER))

# What makes the image of a board, and where it is then.
image_of = $(if $(BY_BUILDROOT),buildroot-$(1),image-$(call arch_of_board,$(1)))
folder_of = $(if $(BY_BUILDROOT),output/buildroot/$(1)/images,output/$(call arch_of_board,$(1)))
card_of = $(if $(BY_BUILDROOT),output/buildroot/$(1),output/$(1))

.PHONY: setup-buildroot $(BOARDS:%=buildroot-%) buildroot-files
setup-buildroot: setup
	@$(SCRIPTS)/packages.sh buildroot

$(BOARDS:%=buildroot-%): buildroot-%: setup-buildroot
	@$(SCRIPTS)/buildroot.sh $*

buildroot-files: ## Write what br2-external/ has of other files: the defconfigs
	@$(SCRIPTS)/buildroot-files.sh

BUILDROOT_TESTED := qemu-aarch64 qemu-arm qemu-riscv64
BUILDROOT_TESTS = $(HOST_CARGO) test --quiet --package buildroot-tests --locked $(CARGO_TARGET)

# What the fast checks leave out, as it needs a Buildroot tree, and what needs images, too.
.PHONY: test-buildroot-config test-buildroot
test-buildroot-config: setup-buildroot ## Configure all boards with the Buildroot tree BUILDROOT=PATH, their kernels, too
	$(BUILDROOT_TESTS) --features tree

test-buildroot: host $(BUILDROOT_TESTED:%=dtb-%) $(BUILDROOT_TESTED:%=buildroot-%) ## Build images with Buildroot, boot and judge them
	$(BUILDROOT_TESTS) --features images --test boot -- --test-threads=1
