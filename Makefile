# One line per target; Scripts/ has what each does. ARGS goes to the program: make client ARGS="file speech.wav"
ARGS ?=
# How long each fuzz target runs.
SECONDS ?= 20

.PHONY: help run run-cluster test test-long test-deb build static install uninstall deb release server client check \
	docs bench bench-capture bench-dialects bench-floods bench-languages bench-memory bench-speech torture \
	torture-cluster fuzz fuzz-long sanitize simulate
help:
	@echo 'make run            build, start the server, show the words of the microphone or the bundled recording'
	@echo 'make run-cluster    the same with brokers, two servers, workers and HAProxy   ARGS="file a.wav"'
	@echo 'make test           run the tests, the long ones in a short form; seven minutes'
	@echo 'make test-long      run all tests in full; a quarter of an hour'
	@echo 'make build          build the programs, release, in .build/release'
	@echo 'make install        build programs that stand alone and install them   PREFIX=/usr/local DESTDIR= SYSCONFDIR=/etc'
	@echo 'make uninstall      remove what make install installed, but no configuration'
	@echo 'make deb            build Debian packages, in .build/packages'
	@echo 'make release        make packages, archives, images, checksums and a bill of materials, in .build/dist'
	@echo 'make test-deb       install and run them in a bare Debian, booted   ARGS=13: its version'
	@echo 'make server         run the server   ARGS="--engine speech": flags of audio-server'
	@echo 'make client         run a client     ARGS="file a.wav": arguments of audio-client'
	@echo 'make check          what CI runs: format, build and tests'
	@echo 'make docs           write docs/flags.md from the flags'
	@echo 'make fuzz           fuzz every decoder   SECONDS=600: time for each'
	@echo 'make sanitize       run the tests under ThreadSanitizer, then AddressSanitizer'
	@echo 'make bench          compare with the design it replaces, ten minutes   ARGS="--quick", ARGS="--beside DIR"'
	@echo 'make bench-capture  measure CPU and latency of the client with a microphone; two minutes'
	@echo 'make bench-dialects measure the protocols of other services beside the native one; twelve minutes'
	@echo 'make bench-floods   measure what each kind of message costs the server; four minutes'
	@echo 'make bench-memory   measure the memory of 10,000 idle and 2,000 streaming connections; a minute'
	@echo 'make bench-speech   measure the engine speech, an hour   ARGS="--quick": minutes, ARGS="--help": all flags'
	@echo 'make bench-languages measure word errors of models and peers by language, two hours   ARGS="--most 20": minutes'
	@echo 'make torture        inject faults for ten minutes, then check every chunk   ARGS="--seed 2"'
	@echo 'make torture-cluster the same over network namespaces, of a whole cluster   ARGS="--brokers 3 --overlapping"'
	@echo 'make simulate       play failures of several machines on one clock; minutes   ARGS="--seeds 100 --seed 7"'
	@echo 'Each first installs what it needs (Scripts/setup). make turns every failed status into 2: where the status matters,'
	@echo 'call the programs in .build/release.'

run:
	@Scripts/run $(ARGS)

run-cluster:
	@Scripts/run-cluster $(ARGS)

test:
	@Scripts/setup
	Scripts/check test

test-long:
	@Scripts/setup --long
	Scripts/check test-long

build:
	@Scripts/setup --run >&2
	@Scripts/build

static:
	@Scripts/setup --run >&2
	@Scripts/build --static

# Variables of this command line go to the scripts.
install:
	@Scripts/install

uninstall:
	@Scripts/install --uninstall

deb:
	@Scripts/setup --run >&2
	@Scripts/deb

release:
	@Scripts/setup --run >&2
	@Scripts/release $(ARGS)

test-deb:
	@Scripts/test-deb $(ARGS)

server: build
	@.build/release/audio-server $(ARGS)

client: build
	@.build/release/audio-client $(ARGS)

check:
	@Scripts/setup
	@Scripts/check

bench:
	@Scripts/bench $(ARGS)

bench-capture:
	@Scripts/bench-capture $(ARGS)

bench-dialects:
	@Scripts/bench-dialects $(ARGS)

bench-floods:
	@Scripts/bench-floods $(ARGS)

bench-memory:
	@Scripts/bench-memory $(ARGS)

bench-speech:
	@Scripts/bench-speech $(ARGS)

bench-languages:
	@Scripts/bench-languages $(ARGS)

torture:
	@Scripts/torture $(ARGS)

torture-cluster:
	@Scripts/torture-cluster $(ARGS)

simulate:
	@Scripts/setup
	@Scripts/simulate $(ARGS)

fuzz:
	@Scripts/setup
	@SECONDS_EACH=$(SECONDS) Scripts/fuzz

# Each target for an hour or ten million runs, whichever comes first.
fuzz-long:
	@Scripts/setup
	@SECONDS_EACH=3600 RUNS_EACH=10000000 Scripts/fuzz

sanitize:
	@Scripts/setup
	@Scripts/sanitize thread
	@Scripts/sanitize address

docs:
	WRITE_DOCS=1 swift test --disable-xctest --filter DocumentationTests
