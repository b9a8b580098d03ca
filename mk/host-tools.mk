# What the host needs: packages, sources and tools. Each script does nothing when its thing is there.

.PHONY: setup
setup: ## Install and fetch what is missing: packages, bindgen, sources of kernel and Rust
	@$(SCRIPTS)/packages.sh
	@$(SCRIPTS)/rust-src.sh >/dev/null
	@$(SCRIPTS)/bindgen.sh >/dev/null
	@$(SCRIPTS)/kernel-source.sh >/dev/null

.PHONY: host
host: setup ## Build board-check, the program for the PC
	@$(HOST_CARGO) build --quiet --release --locked --package board-check $(CARGO_TARGET)

.PHONY: install
install: ## Install what `make host` built, with man pages and completions
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' $(SCRIPTS)/install.sh target/release/board-check
