"""Translates a run's training text with the run's own model, for another model to learn from.

    python data/recipes/distil.py RUN OUT.tsv

What a model says is simpler than what people wrote, and a smaller model learns it better (sequence-level distillation,
Kim and Rush 2016, arXiv 1606.07947). Of a run with `data.reverse`, from Spanish to English, the translations become
sources of what people wrote (Nguyen et al. 2020, arXiv 1911.01986, do both).

Only what the run was told to see LEAST times or more in an epoch is translated, and nothing of `variations.py`; each
sentence once. Translations that loop, copy or change a number are left out. Lines are English, Spanish, and how often
the run saw the pair in an epoch. Started again after it was stopped, it goes on from OUT.tsv.part, if the model is
still the one that wrote it; on the same device OUT is the same, byte for byte.
"""

from __future__ import annotations

import hashlib
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


def taken_up(part: Path, writer: str) -> dict[int, str]:
    """The lines that this writer left, by their place among the rows; a last one that was cut short is not there."""
    first, *whole = part.read_bytes().split(b"\n")[:-1] if part.exists() else [b""]
    if first.decode() != writer:
        return {}
    return {int(place): f"{line}\n" for place, line in (row.decode().split("\t", 1) for row in whole)}


def main(run: Path, out: Path) -> None:
    """Writes OUT when all is translated."""
    config, device = read_config(run), choose_device("auto")
    released = bundle.load(run)
    corpus = reopen(config, run / "data").corpus  # in which what is held out has no weight
    model = released.model.to(device, choose_dtype("auto", device))
    rows, part = chosen(corpus), out.with_name(f"{out.name}.part")
    writer = hashlib.sha256((run / "model" / "model.safetensors").read_bytes()).hexdigest()
    lines, place = taken_up(part, writer), 0
    reached = max(lines, default=-1) + 1
    left = "".join(f"{place}\t{line}" for place, line in lines.items())
    write_atomically(part, f"{writer}\n{left}".encode())
    with part.open("a", encoding="utf-8", newline="") as file:
        for number, batch in enumerate(batches(corpus, rows, device.type)):
            if place + len(batch) <= reached:
                place += len(batch)
                continue
            # Of a batch that was begun all is searched again: in bf16 a translation may depend on its neighbours.
            found = decode([model], [corpus.pair(row)[0].tolist() for row in batch], SEARCH)
            said = [released.tgt_tokenizer.decode(list(hypotheses[0].ids)) for hypotheses in found]
            for src, tgt, row in zip(corpus.texts(batch)[0], said, batch, strict=True):
                english, spanish = (tgt, src) if config.data.reverse else (src, tgt)
                if not (
                    BROKEN.search(tgt) or is_loop(src, tgt) or is_copy(src, tgt) or has_other_numbers(english, spanish)
                ):
                    lines[place] = f"{english}\t{spanish}\t{corpus.weights[row]:g}\n"
                    file.write(f"{place}\t{lines[place]}")
                place += 1
            file.flush()
            if number % 20 == 0:
                print(f"{len(lines):,} kept of {place:,}; {len(rows):,} to be translated", file=sys.stderr, flush=True)
    write_atomically(out, "".join(lines.values()).encode())
    part.unlink()


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    main(*map(Path, sys.argv[1:]))
