"""How likely given translations are under a model: to rank a noisy corpus, or to compare models by perplexity."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import torch

from seq2seq.bundle import Bundle
from seq2seq.decoding import token_log_probs

BLOCK = 4096  # pairs sorted by length together
BATCH_TOKENS = 4096  # tokens of the longer side in a batch, padding counted


@dataclass(frozen=True)
class Likelihood:
    """A pair's log_prob in nats, and its target tokens; both count eos."""

    log_prob: float
    tokens: int

    @property
    def per_token(self) -> float:
        """log_prob of a token in the mean: comparable over lengths."""
        return self.log_prob / self.tokens


def score_pairs(
    bundle: Bundle, pairs: Iterable[tuple[str, str]], *, dtype: torch.dtype = torch.float32
) -> Iterator[Likelihood]:
    """The likelihood of each target given its source, in the pairs' order; holds BLOCK pairs.

    The model's weights and their products are of `dtype`, the softmax float32. Sentences are taken as they are, so
    that a pair is one source and one target, however long.
    """
    model = bundle.model.to(dtype).eval()
    pairs = iter(pairs)
    while block := [(_clean(src), _clean(tgt)) for src, tgt in islice(pairs, BLOCK)]:
        src_ids = bundle.src_tokenizer.encode_batch([src for src, _ in block])
        tgt_ids = bundle.tgt_tokenizer.encode_batch([tgt for _, tgt in block])
        found: list[float] = [0.0] * len(block)
        for rows in _batches([max(len(src), len(tgt)) + 1 for src, tgt in zip(src_ids, tgt_ids, strict=True)]):
            parts = token_log_probs([model], [src_ids[row] for row in rows], [tgt_ids[row] for row in rows])
            for row, part in zip(rows, parts, strict=True):
                found[row] = math.fsum(part)
        yield from (Likelihood(log_prob, len(ids) + 1) for log_prob, ids in zip(found, tgt_ids, strict=True))


def perplexity(log_prob: float, tokens: int) -> float:
    """Of a token, from the log_prob of so many; inf where it is too large for a float."""
    return math.exp(-log_prob / tokens) if -log_prob / tokens < 700 else math.inf


def _clean(sentence: str) -> str:
    return unicodedata.normalize("NFC", sentence)


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Rows alike in length, longest first, of BATCH_TOKENS at most."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
