# The two commands are `make run` and `make test`; the others are halves and relatives of them.
# A PYTHON older than 3.11 is refused with a sentence: make PYTHON=python3.12 run

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL := $(PIP) install --constraint constraints.txt
HAS_RUN := .venv/.installed-run
HAS_TEST := .venv/.installed-test

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv run test bench bench-nnunet shots model python libraries test-libraries

help: ## this text
	@echo "KidView: see, segment, correct and export kidney, tumour and cyst in CT"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

venv: libraries $(HAS_RUN) ## make .venv with the pinned packages of the program

run: venv ## open the demonstration case with the model's result (without a display: into out/)
	$(BIN)/kidview --demo

test: test-libraries $(HAS_TEST) ## all checks: ruff, mypy, import-linter, pytest
	$(BIN)/python tests/check.py

bench: test-libraries $(HAS_TEST) ## measure what is promised about time and memory (SCAN=file)
	$(BIN)/python -m benchmarks $(SCAN)

bench-nnunet: test-libraries $(HAS_TEST) ## time nnU-Net's default inference beside it (SCAN=file)
	$(BIN)/python -m benchmarks.nnunet $(SCAN)

shots: test-libraries $(HAS_TEST) ## draw the pictures in docs/images again
	$(BIN)/python docs/make_screens.py
	$(BIN)/python docs/make_report.py

# Every step goes on where it was stopped; about five hours on two cores, or ten minutes with a card:
# make model DATA=.. WORK=.. COARSE=coarse-large FINE=large MINUTES="5 9 38" COUNT=2900 WORKERS=13
# A third number of minutes trains a second coarse step (configuration coarse), as 0.3 has one.
TRAIN := $(BIN)/kidview-train
SAMPLES = --pool $(WORK)/pool --val $(WORK)/held
COARSE := coarse
FINE := fine
MINUTES := 38 103
COUNT := 400
WORKERS := 1
model: test-libraries $(HAS_TEST) ## train a model like the shipped one (DATA=folder WORK=folder)
	test -d $(WORK)/bank/sides || $(TRAIN) bank $(DATA) $(WORK)/bank
	$(TRAIN) synth $(WORK)/pool --bank $(WORK)/bank --count $(COUNT) --workers $(WORKERS)
	$(TRAIN) synth $(WORK)/held --bank $(WORK)/bank --count 48 --seed 7000 --held-back --workers $(WORKERS)
	$(TRAIN) train --config $(COARSE) $(SAMPLES) --out $(WORK)/coarse --minutes $(word 1,$(MINUTES)) --resume
	$(TRAIN) train --config $(FINE) $(SAMPLES) --out $(WORK)/fine --minutes $(word 2,$(MINUTES)) --resume
	$(if $(word 3,$(MINUTES)),$(TRAIN) train --config coarse $(SAMPLES) --out $(WORK)/coarse-2 --minutes $(word 3,$(MINUTES)) --resume)
	$(TRAIN) export --coarse $(WORK)/coarse $(if $(word 3,$(MINUTES)),--coarse $(WORK)/coarse-2) --fine $(WORK)/fine --out $(WORK)/models

python:
	@command -v $(PYTHON) > /dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
			apt-get update -q > /dev/null && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -q --no-install-recommends python3 python3-venv > /dev/null; \
		else \
			echo "error: there is no $(PYTHON) - run: sudo apt-get install -y python3 python3-venv" >&2; \
			exit 1; \
		fi; }

libraries: python
	@$(PYTHON) .ci/system_libraries.py

test-libraries: python
	@$(PYTHON) .ci/system_libraries.py --test

$(BIN)/python: | libraries
	$(PYTHON) -m venv .venv
	$(INSTALL) pip

# One command with one constraints file, or a package that asks for "any torch" brings a newer one.
$(HAS_RUN): pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --build-constraint constraints.txt --editable '.[openvino,mp4]'
	@touch $@

$(HAS_TEST): pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --build-constraint constraints.txt --editable '.[trainer,dev,openvino]'
	@touch $(HAS_RUN) $@
