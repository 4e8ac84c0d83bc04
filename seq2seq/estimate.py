"""What a run would cost, from a few of its updates: nothing is written, and nothing is learned to keep."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from seq2seq.config import Config
from seq2seq.device import choose_device, choose_dtype
from seq2seq.distributed import World
from seq2seq.feed import Feed, prefetch
from seq2seq.preparation import prepare
from seq2seq.run import new_model
from seq2seq.training import build_objective, draw_share, initial_state, update

UNMEASURED = 10  # updates at the start, in which kernels are made for the first time
SECONDS = 15.0  # of measuring, and at least as many updates as before


@dataclass(frozen=True)
class Estimate:
    """The sizes of a run, and what its first updates took."""

    pairs: int
    parameters: int
    src_tokens: int  # of an epoch, eos counted
    tgt_tokens: int
    updates_per_epoch: int
    tokens_per_second: float  # real target tokens
    seconds_per_update: float
    memory: int  # bytes, the most so far: of the process, or of the GPU
    model_bytes: int  # of the released weights
    updates: float  # of the whole run, as its limits allow

    @property
    def seconds(self) -> float:
        """Of training alone; each validation takes as long as translating the development set."""
        return self.updates * self.seconds_per_update

    @property
    def epochs(self) -> float:
        """Passes over the data."""
        return self.updates / self.updates_per_epoch


def estimate(config: Config, data_dirs: Sequence[Path] = ()) -> Estimate:
    """Prepares the data in a temporary directory, trains for some seconds, and forgets all of it.

    The first update is the one with the largest batch, so that what does not fit into memory fails here.
    """
    device = choose_device(config.training.device)
    dtype = choose_dtype(config.training.precision, device)
    with TemporaryDirectory(prefix="seq2seq-") as directory:
        prepared = prepare(config, Path(directory) / "data", data_dirs)
        corpus = prepared.corpus
        feed = Feed(corpus, prepared.src_tokenizer, prepared.tgt_tokenizer, config.tokenizer.sampling_alpha)
        state = initial_state(new_model(config, prepared, device), config.training)
        objective = build_objective(state, dtype, config.training, World())
        updates = feed.updates(config.training, epoch=0)
        lengths = feed.lengths(config.training.seed, 0)
        largest = max(range(len(updates)), key=lambda number: _size(*lengths, updates[number]))
        chosen = [updates[largest], *updates * -(-2 * UNMEASURED // len(updates))]  # a small epoch several times
        seconds = tokens = measured = 0.0
        draw = partial(draw_share, feed=feed, seed=config.training.seed, epoch=0, world=World(), device=device)
        began = time.perf_counter()
        for number, batches in enumerate(prefetch(chosen, draw)):
            learned = update(state, objective, batches, 0.0, config.training, World())
            state.position.step += 1
            elapsed, began = time.perf_counter() - began, time.perf_counter()
            if number >= UNMEASURED or number == len(chosen) - 1:
                seconds += elapsed
                tokens += learned.tokens
                measured += 1
            if seconds > SECONDS and measured >= UNMEASURED:
                break
        weights = corpus.weights.astype(np.float64)
        parameters = sum(parameter.numel() for parameter in state.model.parameters())
        return Estimate(
            pairs=prepared.pairs,
            parameters=parameters,
            src_tokens=int((weights * (corpus.src_lengths + 1)).sum()),
            tgt_tokens=int((weights * (corpus.tgt_lengths + 1)).sum()),
            updates_per_epoch=len(updates),
            tokens_per_second=tokens / seconds,
            seconds_per_update=seconds / measured,
            memory=_peak_memory(device),
            model_bytes=sum(p.numel() * p.element_size() for p in state.model.parameters()),
            updates=_updates(config, len(updates), seconds / measured),
        )


def _size(src_lengths: np.ndarray, tgt_lengths: np.ndarray, batches: Sequence[np.ndarray]) -> int:
    """Padded positions of an update's largest batch, and the attention between its sides."""
    sizes = []
    for rows in batches:
        src, tgt = int(src_lengths[rows].max()) + 1, int(tgt_lengths[rows].max()) + 1
        sizes.append(len(rows) * (src + tgt + src * tgt))
    return max(sizes)


def _updates(config: Config, per_epoch: int, seconds_per_update: float) -> float:
    """How many the limit that comes first allows."""
    limits = config.training
    counts = [limits.max_steps, limits.max_epochs * per_epoch, 60 * limits.max_minutes / seconds_per_update]
    return min(count for count in counts if count)


def _peak_memory(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
