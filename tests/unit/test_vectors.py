"""Counted vectors: a word lies beside its translation, and counts are those of a loop over pairs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch

from seq2seq import counting
from seq2seq import vectors as module
from seq2seq.vectors import blend, counted_vectors


@dataclass
class Pairs:
    """As much of a corpus as is looked at."""

    pairs: list[tuple[list[int], list[int]]]

    def __post_init__(self) -> None:
        self.weights = np.ones(len(self.pairs), dtype=np.float32)

    def pair(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        src, tgt = self.pairs[row]
        return np.array(src, dtype=np.int32), np.array(tgt, dtype=np.int32)


WORDS = 12


@pytest.fixture
def corpus() -> Any:
    """Source words 0 … 11 and their translations 20 … 31, at random."""
    rng = np.random.default_rng(0)
    sentences = [rng.choice(WORDS, size=4).tolist() for _ in range(400)]
    return Pairs([(src, [word + 20 for word in reversed(src)]) for src in sentences])


def test_the_nearest_to_a_word_is_its_translation(corpus: Any) -> None:
    vectors = counted_vectors(corpus, 40, 16)
    assert vectors.shape == (40, 16)
    likeness = (vectors @ vectors.T).fill_diagonal_(-1)
    for word in range(WORDS):
        assert likeness[word].argmax() == word + 20
        assert likeness[word + 20].argmax() == word
    assert vectors[[*range(20), *range(20, 32)]].norm(dim=1)[:WORDS].tolist() == pytest.approx([1] * WORDS)
    assert vectors[WORDS:20].count_nonzero() == vectors[32:].count_nonzero() == 0, "these were never seen"


def test_two_vocabularies_stand_one_behind_the_other(corpus: Any) -> None:
    separate = Pairs([(src, [word - 20 for word in tgt]) for src, tgt in corpus.pairs])
    assert torch.equal(counted_vectors(separate, 40, 8, tgt_offset=20), counted_vectors(corpus, 40, 8))


def test_information_is_counted_as_by_hand(corpus: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "CHUNK", 77)
    documents = [np.unique(np.concatenate(corpus.pair(row))) for row in range(len(corpus.pairs))]
    kept = np.array([0, 1, 2, 20, 21])
    found = module._information(documents, kept, 40)
    for (i, a), (j, b) in combinations(enumerate(kept.tolist()), 2):
        together, first, second = (
            sum(wanted <= set(document.tolist()) for document in documents) for wanted in ({a, b}, {a}, {b})
        )
        wanted = max(0.0, math.log(together * len(documents) / (first * second)))
        assert found[i, j].item() == found[j, i].item() == pytest.approx(wanted, abs=1e-5)
    assert found.diagonal().tolist() == [max(row[:i] + row[i + 1 :]) for i, row in enumerate(found.tolist())]


def test_eigenvectors_are_those_of_a_full_decomposition() -> None:
    torch.manual_seed(0)
    basis, _ = torch.linalg.qr(torch.randn(30, 30))
    values = torch.tensor([9.0, 7.0, 5.0, -8.0] + [0.01] * 26)
    symmetric = basis @ values.diag() @ basis.T
    found = module._eigenvectors(symmetric, 3, seed=0)
    wanted = basis[:, :3] * values[:3].sqrt()
    torch.testing.assert_close(found.abs(), wanted.abs(), atol=1e-3, rtol=1e-3)


def test_held_out_pairs_and_rare_tokens_beyond_the_limit_are_not_counted(
    corpus: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = Pairs([*corpus.pairs, ([15], [35])])
    alone.weights[-1] = 0
    assert counted_vectors(alone, 40, 8)[[15, 35]].count_nonzero() == 0
    alone.weights[-1] = 1
    assert counted_vectors(alone, 40, 8)[[15, 35]].count_nonzero() > 0
    monkeypatch.setattr(counting, "MOST_TOKENS", 2 * WORDS)
    assert counted_vectors(alone, 40, 8)[[15, 35]].count_nonzero() == 0
    monkeypatch.setattr(counting, "MOST_PAIRS", 50)
    likeness = counted_vectors(corpus, 40, 8, seed=1) @ counted_vectors(corpus, 40, 8, seed=1).T
    assert likeness[0, 20] > 0.5


def test_a_blend_has_both_halves_and_leaves_the_unseen_as_it_is() -> None:
    torch.manual_seed(0)
    random = torch.randn(3, 200) / math.sqrt(200)
    counted = torch.nn.functional.normalize(torch.randn(3, 200), dim=1)
    counted[1] = 0
    mixed = blend(random, counted)
    assert torch.equal(mixed[1], random[1])
    assert (mixed[0] @ counted[0]).item() == pytest.approx(math.sqrt(module.SHARE), abs=0.1)
    assert mixed[2].norm().item() == pytest.approx(1, abs=0.15)


def test_more_columns_than_tokens_are_zeros(corpus: Any) -> None:
    vectors = counted_vectors(corpus, 40, 64)
    assert vectors.shape == (40, 64)
    assert vectors[:, 2 * WORDS :].count_nonzero() == 0
