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

POOL = 2**17  # pairs sorted by length together; larger corpora are shuffled into pools first
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


def pad(sentences: Sequence[Sequence[int] | np.ndarray]) -> tuple[Tensor, Tensor]:
    """Ids of B sentences → int64 (B, longest) padded at the end, and lengths int64 (B,)."""
    lengths = np.array([len(sentence) for sentence in sentences], dtype=np.int64)  # (B,)
    padded = np.full((len(sentences), lengths.max(initial=0)), PAD_ID, dtype=np.int64)  # (B, longest)
    for row, sentence in zip(padded, sentences, strict=True):
        row[: len(sentence)] = sentence
    return torch.from_numpy(padded), torch.from_numpy(lengths)


def pad_sources(sentences: Sequence[Sequence[int] | np.ndarray]) -> tuple[Tensor, Tensor]:
    """Source ids of B sentences, without eos → int64 (B, S) with eos, and lengths int64 (B,), eos counted."""
    return pad([np.append(np.asarray(sentence, dtype=np.int64), EOS_ID) for sentence in sentences])


def collate(src: Sequence[Sequence[int] | np.ndarray], tgt: Sequence[Sequence[int] | np.ndarray]) -> Batch:
    """A batch of pairs of ids, given without bos and eos."""
    src_ids, src_lengths = pad_sources(src)
    targets = [np.asarray(sentence, dtype=np.int64) for sentence in tgt]
    tgt_ids, tgt_lengths = pad([np.concatenate(([BOS_ID], sentence)) for sentence in targets])
    labels = np.concatenate([np.append(sentence, EOS_ID) for sentence in targets])
    real = torch.arange(tgt_ids.size(1)) < tgt_lengths[:, None]  # (B, T)
    positions = real.flatten().nonzero().squeeze(1)  # (n,)
    return Batch(src_ids, src_lengths, tgt_ids, torch.from_numpy(labels), positions)


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
    for start in range(0, len(pairs), POOL):
        pool = pairs[start : start + POOL]
        pool = pool[np.lexsort((tgt_lengths[pool], src_lengths[pool]))]
        longest = np.maximum(src_lengths[pool], tgt_lengths[pool]) + 1  # (pool,): eos or bos counted
        batches.extend(pool[rows] for rows in _cut(longest, batch_tokens))
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
