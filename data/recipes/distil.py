"""Translates a run's training text with the run's own model, for another model to learn from.

    python data/recipes/distil.py RUN OUT.tsv

What a model says is simpler than what people wrote, and a smaller model learns it better (sequence-level distillation,
Kim and Rush 2016, arXiv 1606.07947). Of a run with `data.reverse`, from Spanish to English, the translations become
sources of what people wrote (Nguyen et al. 2020, arXiv 1911.01986, do both).

Only what the run was told to see LEAST times or more in an epoch is translated, and nothing of `variations.py`; each
sentence once. Translations that loop, copy or change a number are left out. Lines are English, Spanish, and how often
the run saw the pair in an epoch.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import torch

from seq2seq import bundle
from seq2seq.checkpoint import write_atomically
from seq2seq.config import SearchConfig
from seq2seq.corpus import Corpus
from seq2seq.decoding import decode
from seq2seq.detection import has_other_numbers, is_copy, is_loop
from seq2seq.device import choose_device, choose_dtype
from seq2seq.preparation import reopen
from seq2seq.run import read_config

LEAST = 0.5
SEARCH = SearchConfig(beam_size=4)
ROWS = {"cpu": 64, "cuda": 4096}  # sentences of a batch, at most
TOKENS = {"cpu": 2_000, "cuda": 120_000}  # source tokens of a batch, at most
MADE = "variations.tsv"
BROKEN = re.compile("[\0\ufffd]")  # bytes that spell no character


def chosen(corpus: Corpus) -> list[int]:
    """The rows to translate, each source once, short ones first."""
    rows: dict[str, int] = {}
    for row in (corpus.weights >= LEAST).nonzero()[0].tolist():
        if not corpus.source(row).endswith(MADE):
            rows.setdefault(corpus.texts([row])[0][0], row)
    return sorted(rows.values(), key=lambda row: corpus.src_lengths[row])


def batches(corpus: Corpus, rows: list[int], device: str) -> Iterator[list[int]]:
    """Rows that are searched together."""
    batch: list[int] = []
    for row in rows:
        if batch and (len(batch) == ROWS[device] or (len(batch) + 1) * corpus.src_lengths[row] > TOKENS[device]):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def main(run: Path, out: Path) -> None:
    """Writes OUT when all is translated."""
    config, device = read_config(run), choose_device("auto")
    released = bundle.load(run)
    corpus = reopen(config, run / "data").corpus  # in which what is held out has no weight
    model = released.model.to(device, choose_dtype("auto", device))
    lines, rows = [], chosen(corpus)
    for number, batch in enumerate(batches(corpus, rows, device.type)):
        found = decode([model], [corpus.pair(row)[0].tolist() for row in batch], SEARCH)
        said = [released.tgt_tokenizer.decode(list(hypotheses[0].ids)) for hypotheses in found]
        for row, src, tgt in zip(batch, corpus.texts(batch)[0], said, strict=True):
            english, spanish = (tgt, src) if config.data.reverse else (src, tgt)
            if not (
                BROKEN.search(tgt) or is_loop(src, tgt) or is_copy(src, tgt) or has_other_numbers(english, spanish)
            ):
                lines.append(f"{english}\t{spanish}\t{corpus.weights[row]:g}")
        if number % 20 == 0:
            print(f"{len(lines):,} kept of {len(rows):,} to be translated", file=sys.stderr, flush=True)
    write_atomically(out, "".join(line + "\n" for line in lines).encode())


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    main(*map(Path, sys.argv[1:]))
