# `make run` and `make test` need Python 3.11+ and a C++17 compiler; everything else is installed
# into .venv, once, and again only when its sources change.

PYTHON ?= $(shell for p in python3 python3.12 python3.11 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install
NATIVE := CMakeLists.txt pyproject.toml $(shell find inference/csrc -type f)
CODE := bot xinglin knowledge workers inference training tests benchmarks wsgi.py gunicorn.conf.py

# A Clang that has what fuzzing needs: Debian and Ubuntu keep its runtime in another package.
CLANG ?= $(shell mkdir -p build; for c in clang++ clang++-20 clang++-19 clang++-18 clang++-16 clang++-14; do \
	echo 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }' \
	| $$c -fsanitize=address,undefined,fuzzer -x c++ - -o build/clang-probe 2>/dev/null && echo $$c && break; done)
FAULT_SECONDS ?= 30
FUZZ_SECONDS ?= 60
TEST_PROCESSES ?= 3
comma := ,

.DEFAULT_GOAL := help
.PHONY: help run build cuda test test-tools gpu check check-types check-lint check-format format bench bench-gpu bench-train bench-service faults fuzz lock audit docs clean

help: ## Show the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

run: $(VENV)/.run ## Install what serving needs, then start Redis, worker and web; chat in the browser
	$(BIN)/flask run

build: $(VENV)/.run ## Install what serving needs and build the kernels

cuda: $(VENV)/.run ## Build the GPU's library, too, for all its architectures (needs nvcc, no GPU)
	$(PIP) --editable '.[embedded]' --config-settings=cmake.define.XINGLIN_CUDA=on

gpu: cuda $(VENV)/.test ## Run the tests that need a GPU
	$(BIN)/python -m pytest -m gpu

test: $(VENV)/.test ## Install everything and run all tests and checks
	$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest --numprocesses $(TEST_PROCESSES) --maxprocesses 4

test-tools: $(VENV)/.python ## Bring a browser and other programs that tests are skipped without
	sh tests/tools/install.sh

check: $(VENV)/.test ## Lint, types, format
	$(MAKE) --no-print-directory --jobs check-types check-lint check-format

check-types: $(VENV)/.test
	$(BIN)/mypy

check-lint: $(VENV)/.test
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)

check-format: $(VENV)/.test
	$(BIN)/clang-format --dry-run --Werror $$(find inference/csrc tests benchmarks -name '*.cpp' -o -name '*.h' -o -name '*.cu' -o -name '*.cuh')

format: $(VENV)/.test ## Rewrite the code in the house's format
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)
	$(BIN)/clang-format -i $$(find inference/csrc tests benchmarks -name '*.cpp' -o -name '*.h' -o -name '*.cu' -o -name '*.cuh')

bench: $(VENV)/.run ## Measure the engine on this machine; BENCH=--quick for a first look
	$(BIN)/python -m benchmarks.engine $(BENCH)

bench-gpu: cuda ## Measure the GPU engine beside its peers on this machine's GPU; BENCH=--quick
	$(BIN)/python -m benchmarks.gpu $(BENCH)

bench-train: $(VENV)/.test ## Measure training in C++ beside PyTorch on this machine; BENCH="--rounds 3"
	$(BIN)/python -m benchmarks.engine.training $(BENCH)

docs: $(VENV)/.docs ## Build the documentation into build/site; a broken link fails
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir build/site

bench-service: $(VENV)/.test ## Measure the service on this machine: messages a second, times, memory
	$(BIN)/python -m benchmarks.service.load

faults: $(VENV)/.test ## Break the real service in every way we know, and count what followers got
	FAULT_SECONDS=$(FAULT_SECONDS) $(BIN)/python -m pytest tests/system/faults -q

# Clang brings libFuzzer; with another compiler the fuzzer makes its own random inputs.
fuzz: FUZZ_FOLDER = build/fuzz$(if $(CLANG),-clang)
fuzz: $(VENV)/.test ## Feed the engine, under sanitizers, and whatever reads models, texts, pushes and accounts with arbitrary ones
	PATH="$(CURDIR)/$(BIN):$$PATH" cmake -S . -B $(FUZZ_FOLDER) -DXINGLIN_BUILD_FUZZER=ON \
		-DCMAKE_BUILD_TYPE=Release $(if $(CLANG),-DCMAKE_CXX_COMPILER=$(CLANG)) \
		-DXINGLIN_SANITIZE=address,undefined$(if $(CLANG),$(comma)fuzzer-no-link)
	PATH="$(CURDIR)/$(BIN):$$PATH" cmake --build $(FUZZ_FOLDER) --target engine_fuzz
	$(FUZZ_FOLDER)/engine_fuzz -max_total_time=$(FUZZ_SECONDS) $(if $(CLANG),-max_len=20000 -len_control=0 -timeout=60)
	$(BIN)/python -m tests.tools.fuzz.checkpoint --seconds $(FUZZ_SECONDS)
	for what in texts pushes accounts; do \
		$(BIN)/python -m tests.tools.fuzz.$$what --seconds $(FUZZ_SECONDS) || exit 1; done

lock: $(VENV)/.run ## Write down the newest versions that serving may use, with checksums (needs the network)
	@$(BIN)/python -c 'import uv' 2>/dev/null || $(PIP) uv
	$(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --upgrade --output-file build/requirements.txt
	{ head -2 deploy/requirements.txt; cat build/requirements.txt; } > build/locked.txt
	mv build/locked.txt deploy/requirements.txt

audit: $(VENV)/.test ## Ask for known weaknesses of what is installed (needs the network)
	@$(BIN)/python -c 'import pip_audit' 2>/dev/null || $(PIP) pip-audit \
		|| { echo "audit: pip-audit cannot be fetched; nothing was checked" >&2; exit 0; }
	@$(BIN)/python -m pip_audit --skip-editable --progress-spinner off --timeout 10 > build/audit.txt 2>&1 \
		&& cat build/audit.txt || { cat build/audit.txt; ! grep -qE '^Name +Version +ID' build/audit.txt \
		&& echo "audit: the list of known weaknesses cannot be reached; nothing was checked" >&2; }

clean: ## Remove what was built and installed
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.python:
	@test -n "$(PYTHON)" || { echo "Xinglin needs Python 3.11 or newer; install it or set PYTHON=...; 需要 Python 3.11 以上，请安装，或用 PYTHON=… 指定" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python -m venv failed; on Debian or Ubuntu: apt-get install python3-venv; 建不了虚拟环境，Debian、Ubuntu 上请先 apt-get install python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/.run: $(VENV)/.python $(NATIVE)
	@sh inference/csrc/need_compiler.sh
	@echo "Installing what serving needs into $(VENV) and compiling the kernels: some minutes, once. 正在安装并编译，只需一次，几分钟。"
	$(PIP) --editable '.[embedded]'
	@touch $@

$(VENV)/.docs: $(VENV)/.run
	$(PIP) --editable '.[embedded,docs]'
	@touch $@

$(VENV)/.test: $(VENV)/.run
	$(PIP) --editable '.[embedded,train,torch,dev]'
	@touch $@
