"""Which tokens stand in which pairs: what `vectors` and `lexicon` begin from."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from seq2seq.corpus import Corpus

MOST_PAIRS = 500_000  # that are counted; of more, so many are drawn
MOST_TOKENS = 16_384  # that are counted, the most frequent: a table of any two of them takes 4 bytes for each
CHUNK = 50_000  # pairs counted at once


def counted_rows(corpus: Corpus, seed: int) -> np.ndarray:
    """The pairs to count, int64: not the held-out ones (weight 0), and at most MOST_PAIRS."""
    rows = np.flatnonzero(corpus.weights > 0)
    if len(rows) > MOST_PAIRS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_PAIRS, replace=False))
    return rows


def most_frequent(documents: Sequence[np.ndarray], vocab_size: int) -> tuple[np.ndarray, Tensor]:
    """The MOST_TOKENS tokens that stand in most documents, in order of id, and in how many: int64 and float32."""
    frequency = np.bincount(np.concatenate(documents), minlength=vocab_size)
    kept = np.sort(np.argsort(-frequency, kind="stable")[:MOST_TOKENS])
    kept = kept[frequency[kept] > 0]
    return kept, torch.from_numpy(frequency[kept]).float()


def incidence(documents: Sequence[np.ndarray], kept: np.ndarray, vocab_size: int) -> Iterator[Tensor]:
    """For each CHUNK of documents a sparse float32 (documents, kept), 1 where the token stands in the document.

    A document holds each of its tokens once.
    """
    place = np.full(vocab_size, -1)
    place[kept] = np.arange(len(kept))
    for start in range(0, len(documents), CHUNK):
        chunk = documents[start : start + CHUNK]
        columns = place[np.concatenate(chunk)]
        lines = np.repeat(np.arange(len(chunk)), [len(document) for document in chunk])
        at = torch.from_numpy(np.stack((lines, columns))[:, columns >= 0])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that torch may still change how it speaks of sparse ones
            yield torch.sparse_coo_tensor(at, torch.ones(at.size(1)), (len(chunk), len(kept))).coalesce()
