# The verdict on bad lines: tests/line-simulator. SIM_RUNS, SIM_SEED: see docs/testing.md.

SIM_RUNS ?= 1000000
SIM_SEED ?= 1
SIM = $(HOST_CARGO) run --quiet --profile sim --package line-simulator --locked $(CARGO_TARGET)

.PHONY: sim check-sim
sim: ## Look for wrong verdicts in a million runs over bad lines, in made-up time
	$(SIM) -- --runs $(SIM_RUNS) --seed $(SIM_SEED)
	@echo "With 8 of the 32 bits of each CRC: corrupt records get through, and the digest stops them."
	$(SIM) --features crc8 -- --runs $$(($(SIM_RUNS) / 10 + 2000)) --seed $(SIM_SEED) --line forged --expect corrupt
	@echo "And with a judge that does not look at the digest: wrong PASSes."
	$(SIM) --features no-digest -- --runs $$(($(SIM_RUNS) / 10 + 2000)) --seed $(SIM_SEED) --line forged --expect wrong

# The same with fewer runs.
check-sim: SIM_RUNS = 10000
check-sim: setup sim
