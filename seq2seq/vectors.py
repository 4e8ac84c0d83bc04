"""Vectors to begin training with, from counting which tokens stand in the same pairs.

A word and its translation stand in the same pairs, and so do words of one subject. From these counts alone the
embeddings learn in seconds what training would need many updates for, above all where words are rare: at the first
update `keys` lies beside `llaves`, and what is left of the random vector tells the two apart.

Counts become positive pointwise mutual information, and its largest eigenvectors become columns (Levy and Goldberg
2014; with the numbers of sentence pairs as contexts, over both languages: Levy et al. 2017, arXiv 1608.05426).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from seq2seq.corpus import Corpus
from seq2seq.counting import counted_rows, incidence, most_frequent

SHARE = 0.9  # of a vector's squared length that is counted; the rest is random
ITERATIONS, SURPLUS = 4, 40  # of the search for the largest eigenvectors (Halko et al. 2011, arXiv 0909.4061)


def counted_vectors(corpus: Corpus, vocab_size: int, width: int, *, tgt_offset: int = 0, seed: int = 0) -> Tensor:
    """float32 (vocab_size, width): a vector of length 1 for each token, zeros where it was not seen beside others.

    Source ids are taken as they are, target ids with `tgt_offset` added, so that two vocabularies can stand one
    behind the other. Held-out pairs (weight 0) are not counted.
    """
    documents = [_distinct(corpus, int(row), tgt_offset) for row in counted_rows(corpus, seed)]
    kept, _ = most_frequent(documents, vocab_size)
    vectors = torch.zeros(vocab_size, width)
    found = _eigenvectors(_information(documents, kept, vocab_size), width, seed)  # (kept, at most width)
    lengths = found.norm(dim=1, keepdim=True)
    vectors[torch.from_numpy(kept), : found.size(1)] = torch.where(lengths > 1e-6, found / lengths, torch.zeros(()))
    return vectors


def blend(random: Tensor, counted: Tensor) -> Tensor:
    """Random rows (V, D) of about length 1, with `counted` rows mixed in where they are not zero."""
    mixed = math.sqrt(SHARE) * counted + math.sqrt(1 - SHARE) * random
    return torch.where(counted.any(dim=1, keepdim=True), mixed, random)


def _distinct(corpus: Corpus, row: int, tgt_offset: int) -> np.ndarray:
    """The tokens of a pair, each once."""
    src, tgt = corpus.pair(row)
    return np.unique(np.concatenate((src, tgt + tgt_offset)))


def _information(documents: Sequence[np.ndarray], kept: np.ndarray, vocab_size: int) -> Tensor:
    """Positive pointwise mutual information (PMI) of any two kept tokens, (n, n).

    The diagonal holds each token's highest PMI with another one: with itself it is log(n / frequency), which would
    outweigh all else in the eigenvectors.
    """
    counts = torch.zeros(len(kept), len(kept))
    for stands in incidence(documents, kept, vocab_size):
        counts += torch.sparse.mm(stands.t(), stands).to_dense()
    frequency = counts.diagonal().clone()  # (n,)
    counts.mul_(len(documents)).div_(frequency[:, None]).div_(frequency)  # P(a, b) / P(a) P(b)
    information = counts.clamp_(min=1).log_().fill_diagonal_(0)
    return information.diagonal_scatter(information.amax(1))


def _eigenvectors(symmetric: Tensor, count: int, seed: int) -> Tensor:
    """The eigenvectors of the largest positive eigenvalues times their roots: (n, at most count)."""
    size = min(count + SURPLUS, len(symmetric))
    basis = torch.randn(len(symmetric), size, generator=torch.Generator().manual_seed(seed))
    for _ in range(ITERATIONS):
        basis, _ = torch.linalg.qr(symmetric @ basis)
    values, vectors = torch.linalg.eigh(basis.t() @ symmetric @ basis)
    largest = values.argsort(descending=True, stable=True)[:count]
    return basis @ vectors[:, largest] * values[largest].clamp(min=0).sqrt()
