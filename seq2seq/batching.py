"""Pairs into batches: alike in length, within a budget of tokens, in an order that can be taken up again.

The order of an epoch is a pure function of the lengths, the seed and the
epoch's number. A run that stops therefore needs to remember two integers: the
epoch and how many of its updates are done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from seq2seq.tokenizer import BOS_ID, EOS_ID, PAD_ID

POOL = 2**17  # pairs sorted by length together, or more for large batches; larger corpora are shuffled into pools
POOL_TO_BATCH = 32  # at least so many pairs for each token of a batch, or few pairs of a pool are alike
ROWS_MULTIPLE = 8  # fewer distinct shapes: kernels are compiled and kept for each


@dataclass(frozen=True)
class Batch:
    """B padded pairs. The source ends in eos; the target is read from bos on and predicted up to eos."""

    src_ids: Tensor  # int64 (B, S)
    src_lengths: Tensor  # int64 (B,)
    tgt_ids: Tensor  # int64 (B, T): bos, then the target
    labels: Tensor  # int64 (n,): the target, then eos, of all real positions in order
    positions: Tensor  # int64 (n,): where in the flat (B·T,) those stand

    def to(self, device: torch.device) -> Batch:
        """The same on another device."""
        return Batch(*(getattr(self, name).to(device, non_blocking=True) for name in self.__dataclass_fields__))

    def pinned(self) -> Batch:
        """The same in memory that a GPU fetches from by itself, while it computes."""
        return Batch(*(getattr(self, name).pin_memory() for name in self.__dataclass_fields__))


Sentences = Sequence[Sequence[int] | np.ndarray]


def pad(sentences: Sentences) -> tuple[Tensor, Tensor]:
    """Ids of B sentences → int64 (B, longest) padded at the end, and lengths int64 (B,)."""
    padded, lengths = _padded(sentences)
    return torch.from_numpy(padded), torch.from_numpy(lengths)


def pad_sources(sentences: Sentences) -> tuple[Tensor, Tensor]:
    """Source ids of B sentences, without eos → int64 (B, S) with eos, and lengths int64 (B,), eos counted."""
    padded, lengths = _padded(sentences, room=1)
    padded[np.arange(len(lengths)), lengths] = EOS_ID
    return torch.from_numpy(padded), torch.from_numpy(lengths + 1)


def collate(src: Sentences, tgt: Sentences) -> Batch:
    """A batch of pairs of ids, given without bos and eos."""
    # In NumPy: torch, asked from a second thread, would start a second team of workers beside the first.
    src_ids, src_lengths = pad_sources(src)
    said, lengths = _padded(tgt, room=1)  # (B, T)
    ends = np.arange(len(lengths)), lengths
    tgt_ids = np.concatenate((np.full((len(said), 1), BOS_ID), said[:, :-1]), axis=1)  # (B, T)
    said[ends] = EOS_ID
    (positions,) = np.nonzero((np.arange(said.shape[1]) <= lengths[:, None]).ravel())  # (n,)
    labels = said.ravel()[positions]  # (n,)
    return Batch(src_ids, src_lengths, *(torch.from_numpy(part) for part in (tgt_ids, labels, positions)))


def _padded(sentences: Sentences, room: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """int64 (B, longest + room), padded at the end, and lengths int64 (B,): all sentences at once, not one by one."""
    lengths = np.fromiter(map(len, sentences), dtype=np.int64, count=len(sentences))  # (B,)
    padded = np.full((len(sentences), lengths.max(initial=0) + room), PAD_ID, dtype=np.int64)
    if len(sentences):
        padded[np.arange(padded.shape[1]) < lengths[:, None]] = np.concatenate(sentences)
    return padded, lengths


def epoch_batches(
    src_lengths: np.ndarray, tgt_lengths: np.ndarray, weights: np.ndarray, *, batch_tokens: int, seed: int, epoch: int
) -> list[np.ndarray]:
    """The batches of one epoch, each an array of pair indices, in the order they are trained on.

    Lengths are int (n,), without bos and eos; weights float (n,): a pair of weight 2.5 is seen twice, and a
    third time in half of the epochs. A batch has at most batch_tokens padded positions on either side (or is
    a single pair). Pairs of a batch are alike in both lengths, so that little is padding; which of the pairs
    of like length meet, and the order of batches, change with the epoch.
    """
    rng = np.random.default_rng([seed, epoch])
    times = np.floor(weights + rng.random(len(weights))).astype(np.int64)  # (n,)
    if not times.any():  # weights far below 1: an epoch has one pair at least
        times[rng.choice(len(weights), p=weights / weights.sum())] = 1
    pairs = rng.permutation(np.repeat(np.arange(len(weights)), times))
    batches: list[np.ndarray] = []
    size = max(POOL, POOL_TO_BATCH * batch_tokens)
    for start in range(0, len(pairs), size):
        pool = pairs[start : start + size]
        src, tgt = src_lengths[pool], tgt_lengths[pool]
        longest = np.maximum(src, tgt) + 1  # (pool,): eos or bos counted
        alike = np.lexsort((src - tgt, longest))
        batches.extend(pool[alike[rows]] for rows in _cut(longest[alike], batch_tokens))
    return [batches[i] for i in rng.permutation(len(batches))]


def _cut(longest: np.ndarray, batch_tokens: int) -> list[slice]:
    """Consecutive slices of sentences whose number times longest member stays within batch_tokens."""
    slices = []
    start, widest = 0, 0
    for index, length in enumerate(longest.tolist()):
        widest = max(widest, length)
        while (index + 1 - start) * widest > batch_tokens and index > start:
            rows = index - start
            rows -= rows % ROWS_MULTIPLE if rows > ROWS_MULTIPLE else 0
            slices.append(slice(start, start + rows))
            start += rows
            widest = int(longest[start : index + 1].max())
    if start < len(longest):
        slices.append(slice(start, len(longest)))
    return slices
