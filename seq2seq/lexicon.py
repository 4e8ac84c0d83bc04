"""Which target tokens a source token is translated with, from counting which stand in the same pairs.

Search needs to look only at tokens that may come up for a sentence: those that go with one of its own, and those
that come up anywhere. That is a few hundred of many thousand.

How strongly two tokens go together is the log-likelihood ratio of their counts (Dunning 1993; to find translations:
Moore 2004): how unlikely it is that two independent tokens meet so often. Unlike mutual information, it does not
take the chance meeting of two rare tokens for a translation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from seq2seq.corpus import Corpus
from seq2seq.counting import counted_rows, incidence, most_frequent

CANDIDATES = 64  # target tokens for each source token
COMMON = 1000  # target tokens for any sentence, the most frequent
ROWS = 1024  # source tokens at a time


@dataclass(frozen=True)
class Lexicon:
    """candidates int32 (V_src, CANDIDATES), the strongest first, -1 where there are no more; common int32 (·,)."""

    candidates: Tensor
    common: Tensor

    def to(self, device: torch.device) -> Lexicon:
        """The same on a device."""
        return Lexicon(self.candidates.to(device), self.common.to(device))


def combine(first: Lexicon, second: Lexicon) -> Lexicon:
    """What either holds possible; of candidates there are no more than CANDIDATES, those of the first before others."""
    both = torch.cat((first.candidates, second.candidates), dim=1)  # (V_src, 2·CANDIDATES)
    ordered, places = both.sort(dim=1, stable=True)  # equal tokens stand together, the first lexicon's before
    again = torch.zeros_like(both, dtype=torch.bool)
    again.scatter_(1, places[:, 1:], ordered[:, 1:] == ordered[:, :-1])
    both = both.masked_fill(again, -1)
    kept = (both < 0).to(torch.uint8).sort(dim=1, stable=True).indices[:, :CANDIDATES]  # what there is, in order
    return Lexicon(both.gather(1, kept), torch.cat((first.common, second.common)).unique())


def count_lexicon(corpus: Corpus, src_size: int, tgt_size: int, *, seed: int = 0) -> Lexicon:
    """The lexicon of the pairs that `counted_rows` draws from a corpus, for vocabularies of these sizes."""
    pairs = [corpus.pair(int(row)) for row in counted_rows(corpus, seed)]
    src, tgt = ([np.unique(pair[side]) for pair in pairs] for side in (0, 1))
    (src_kept, src_count), (tgt_kept, tgt_count) = most_frequent(src, src_size), most_frequent(tgt, tgt_size)
    met = torch.zeros(len(src_kept), len(tgt_kept))
    for src_stands, tgt_stands in zip(
        incidence(src, src_kept, src_size), incidence(tgt, tgt_kept, tgt_size), strict=True
    ):
        met += torch.sparse.mm(src_stands.t(), tgt_stands).to_dense()
    candidates = torch.full((src_size, CANDIDATES), -1, dtype=torch.int32)
    tgt_ids, size = torch.from_numpy(tgt_kept).int(), min(CANDIDATES, len(tgt_kept))
    for start in range(0, len(src_kept), ROWS):
        rows = slice(start, start + ROWS)
        strength = log_likelihood_ratio(met[rows], src_count[rows, None], tgt_count, len(pairs))
        best, places = strength.topk(size, dim=1)  # (n, size) each
        candidates[torch.from_numpy(src_kept[rows]), :size] = tgt_ids[places].masked_fill(best <= 0, -1)
    frequent = tgt_count.argsort(descending=True, stable=True)[:COMMON]
    return Lexicon(candidates, tgt_ids[frequent])


def log_likelihood_ratio(met: Tensor, one: Tensor, other: Tensor, pairs: int) -> Tensor:
    """How strongly events attract each other that met in `met` of all `pairs`, where they came up `one` and `other`
    times. Broadcasts; 0 where they met no oftener than chance has it.
    """
    table = (  # of the pairs: seen in a cell, in its row, in its column
        (met, one, other),
        (one - met, one, pairs - other),
        (other - met, pairs - one, other),
        (pairs - one - other + met, pairs - one, pairs - other),
    )
    strength = sum(torch.special.xlogy(seen, seen * pairs / (row * column)) for seen, row, column in table)
    return torch.where(met * pairs > one * other, 2 * strength, 0.0)
