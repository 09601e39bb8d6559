# One line a target; what each does is in Scripts/. ARGS goes to the program: make client ARGS="file speech.wav"
ARGS ?=
# How long each fuzz target runs.
SECONDS ?= 20

.PHONY: help run test build server client check bench bench-capture bench-memory bench-speech torture fuzz sanitize
help:
	@echo 'make run      build, start the server, and see the words of the microphone (or of the bundled recording)'
	@echo 'make test     the whole test suite'
	@echo 'make build    the programs, release, in .build/release'
	@echo 'make server   the server alone              ARGS="--engine speech": audio-server'\''s own flags'
	@echo 'make client   a client for a running server ARGS="file a.wav":     audio-client'\''s own arguments'
	@echo 'make check    format, build and tests: what CI runs'
	@echo 'make fuzz     every decoder given what libFuzzer makes up   SECONDS=600: so long each'
	@echo 'make sanitize the tests under ThreadSanitizer, then AddressSanitizer'
	@echo 'make bench    how fast it is on this machine, beside the design it replaces, eight minutes   ARGS="--quick", ARGS="--only closed-3200"'
	@echo 'make bench-capture  what the client takes with a microphone, and how long sound is on its way; two minutes'
	@echo 'make bench-memory  what 10,000 idle and 2,000 streaming connections cost in memory, a minute'
	@echo 'make bench-speech  what the engine speech gives, an hour; ARGS="--quick" a few minutes, ARGS="--help" all flags'
	@echo 'make torture  ten minutes of faults, and whether anything was lost  ARGS="--seed 2"'
	@echo 'Each installs first what it needs and is missing (Scripts/setup).'

run:
	@Scripts/run $(ARGS)

test:
	@Scripts/setup
	Scripts/check test

build:
	@Scripts/setup --run
	swift build -c release

server: build
	@docker/server/entrypoint.sh $(ARGS)

client: build
	@docker/client/entrypoint.sh $(ARGS)

check:
	@Scripts/setup
	@Scripts/check

bench:
	@Scripts/bench $(ARGS)

bench-capture:
	@Scripts/bench-capture $(ARGS)

bench-memory:
	@Scripts/bench-memory $(ARGS)

bench-speech:
	@Scripts/bench-speech $(ARGS)

torture:
	@Scripts/torture $(ARGS)

fuzz:
	@Scripts/setup
	@SECONDS_EACH=$(SECONDS) Scripts/fuzz

sanitize:
	@Scripts/setup
	@Scripts/sanitize thread
	@Scripts/sanitize address
