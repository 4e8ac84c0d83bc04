# `make demo` trains a small model for about a minute and translates with it.
# `make test` runs the tests. Both set up .venv first, once.

PYTHON ?= python3
DATA ?= ../shared/data
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test lint wheel-test pretrained slow clean

demo: $(READY)
	@echo "== translating with the model that comes along"
	printf '%s\n' "I have lost my keys, can you help me?" "What a beautiful day!" | $(BIN)/seq2seq translate
	@echo "== training the embedded sample, English to Spanish: about a minute on two cores"
	rm -rf runs/demo
	$(BIN)/seq2seq train --preset tiny --data sample --dev sample:dev --out runs/demo
	@echo "== translating with it"
	printf '%s\n' "What an expensive table!" "Has your daughter found the map?" "Luis found a poem and he showed it to my father." \
		| $(BIN)/seq2seq translate --model runs/demo
	@echo "== scoring the held-out test sentences"
	cut -f1 data/sample/test.tsv > runs/demo/test.en
	cut -f2 data/sample/test.tsv > runs/demo/test.es
	$(BIN)/seq2seq evaluate --model runs/demo --src runs/demo/test.en --ref runs/demo/test.es

test: $(READY) lint
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

wheel-test: $(READY)
	$(BIN)/python -m pytest tests/slow/test_wheel.py

# The model that ships, from the collected text in DATA (data/README.md): minutes on a GPU, or days on two
# cores. data/recipes/en-es.md says what each step is for. What is done is not done again, and a training that
# was stopped goes on; to begin a step anew, remove its directory or file.
P := runs/pretrained
train = if [ -e $(P)/$(1)/data/report.json ]; \
	then $(BIN)/seq2seq train --resume --out $(P)/$(1) --data-dir $(DATA); \
	else $(BIN)/seq2seq train data/recipes/$(2) --out $(P)/$(1) --data-dir $(DATA); fi && touch $(P)/$(1)/done

pretrained: $(P)/run/done
	$(BIN)/python benchmarks/pretrained.py $(P)/run $(DATA)

$(P)/variations.tsv: | $(READY)
	$(BIN)/python data/recipes/variations.py $(DATA)/train.tsv.xz $@
$(P)/teacher/done: | $(P)/variations.tsv
	$(call train,teacher,teacher.toml)
$(P)/reversed/done: | $(P)/variations.tsv
	$(call train,reversed,teacher.toml --set data.reverse=true --steps 1200)
$(P)/forward.tsv: | $(P)/teacher/done
	$(BIN)/python data/recipes/distil.py $(P)/teacher $@
$(P)/backward.tsv: | $(P)/reversed/done
	$(BIN)/python data/recipes/distil.py $(P)/reversed $@
$(P)/run/done: | $(P)/forward.tsv $(P)/backward.tsv
	$(call train,run,en-es.toml)
.DELETE_ON_ERROR:

slow: $(READY)
	$(BIN)/python -m pytest tests/slow

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
		|| { echo "seq2seq needs Python 3.10 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "== setting up .venv (once; downloads torch and a few packages)"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)

clean:
	rm -rf .venv build dist runs/demo .mypy_cache .pytest_cache .ruff_cache .hypothesis
