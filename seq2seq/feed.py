"""What training reads: encoded pairs as batches, epoch by epoch.

With subword sampling a pair is cut differently in every epoch. How it is cut
follows from the seed, the epoch and the pair's number, so that it is known
before any batch is made: batches are of pairs alike in length as they are cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from seq2seq.batching import Batch, collate, epoch_batches
from seq2seq.config import TrainingConfig
from seq2seq.corpus import Corpus
from seq2seq.tokenizer import Tokenizer

BLOCK = 4096  # pairs cut together to learn their lengths

Ids = list[list[int]] | list[np.ndarray]

T = TypeVar("T")
U = TypeVar("U")


def prefetch(items: Iterable[T], make: Callable[[T], U]) -> Iterator[U]:
    """make(item) for each item, in order; each is made by another thread while the one before it is in use."""
    with ThreadPoolExecutor(1) as other:
        following: Future[U] | None = None
        for item in items:
            ready, following = following, other.submit(make, item)
            if ready:
                yield ready.result()
        if following:
            yield following.result()


@dataclass(frozen=True)
class Feed:
    """Encoded pairs, and how they are turned into batches."""

    corpus: Corpus
    src_tokenizer: Tokenizer
    tgt_tokenizer: Tokenizer
    sampling_alpha: float = 0.0

    def updates(self, config: TrainingConfig, epoch: int) -> list[list[np.ndarray]]:
        """The pair indices of one epoch: a list of updates, each a list of batches."""
        batches = epoch_batches(
            *self.lengths(config.seed, epoch),
            self.corpus.weights,
            batch_tokens=config.batch_tokens,
            seed=config.seed,
            epoch=epoch,
        )
        return [batches[start : start + config.accumulate] for start in range(0, len(batches), config.accumulate)]

    def batch(self, rows: np.ndarray, seed: int, epoch: int) -> Batch:
        """The batch of these pairs, as they are cut in this epoch."""
        return collate(*self._ids(rows, seed, epoch))

    def _ids(self, rows: Iterable[int], seed: int, epoch: int) -> tuple[Ids, Ids]:
        """Sources and targets, without bos and eos."""
        numbers = [int(row) for row in rows]
        if not self.sampling_alpha:
            pairs = [self.corpus.pair(row) for row in numbers]
            return [src for src, _ in pairs], [tgt for _, tgt in pairs]
        src, tgt = self.corpus.texts(numbers)
        seeds = [(seed << 64) + (epoch << 40) + row for row in numbers]  # one for each pair and epoch
        return (
            self.src_tokenizer.sample_each(src, alpha=self.sampling_alpha, seeds=[2 * seed for seed in seeds]),
            self.tgt_tokenizer.sample_each(tgt, alpha=self.sampling_alpha, seeds=[2 * seed + 1 for seed in seeds]),
        )

    def lengths(self, seed: int, epoch: int) -> tuple[np.ndarray, np.ndarray]:
        """Tokens of each source and target, int32 (n,) each, as they are cut in this epoch."""
        if not self.sampling_alpha:
            return self.corpus.src_lengths, self.corpus.tgt_lengths
        lengths = np.zeros((2, len(self.corpus)), dtype=np.int32)
        for start in range(0, len(self.corpus), BLOCK):
            rows = range(start, min(start + BLOCK, len(self.corpus)))
            for side, ids in enumerate(self._ids(rows, seed, epoch)):
                lengths[side, rows.start : rows.stop] = [len(sentence) for sentence in ids]
        return lengths[0], lengths[1]
