"""The lexicon: a word's translation comes first, and its strength is that of counting by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from test_vectors import WORDS, Pairs

from seq2seq import counting
from seq2seq import lexicon as module
from seq2seq.lexicon import CANDIDATES, Lexicon, combine, count_lexicon, log_likelihood_ratio


@pytest.fixture
def corpus() -> Any:
    """Source words 0 … 11 and their translations 20 … 31, with 35 in every target."""
    rng = np.random.default_rng(0)
    sentences = [rng.choice(WORDS, size=4).tolist() for _ in range(400)]
    return Pairs([(src, [35, *(word + 20 for word in reversed(src))]) for src in sentences])


def test_a_word_s_translation_comes_first_and_what_goes_with_nothing_is_common(corpus: Any) -> None:
    lexicon = count_lexicon(corpus, 14, 40)
    assert lexicon.candidates.shape == (14, module.CANDIDATES)
    assert lexicon.candidates[:WORDS, 0].tolist() == [word + 20 for word in range(WORDS)]
    assert (lexicon.candidates != 35).all()
    assert lexicon.candidates[WORDS:].unique().tolist() == [-1], "these were never seen"
    assert lexicon.common[0] == 35
    assert set(lexicon.common.tolist()) == {35, *range(20, 20 + WORDS)}


def test_two_lexicons_hold_what_either_holds_the_first_s_candidates_before_the_second_s() -> None:
    def lexicon(*rows: list[int], common: list[int]) -> Lexicon:
        full = [row + [-1] * (CANDIDATES - len(row)) for row in rows]
        return Lexicon(torch.tensor(full, dtype=torch.int32), torch.tensor(common, dtype=torch.int32))

    many = list(range(100, 100 + CANDIDATES - 1))
    one = lexicon([7, 3], [], many, common=[1, 5])
    two = lexicon([3, 9], [4, 2], [8, 6], common=[5, 2])
    both = combine(one, two)
    full = lexicon([7, 3, 9], [4, 2], [*many, 8], common=[1, 2, 5])
    assert torch.equal(both.candidates, full.candidates)
    assert torch.equal(both.common, full.common)


def test_strength_is_the_log_likelihood_ratio_of_a_table_of_four() -> None:
    met, one, other, pairs = 7, 10, 12, 50
    cells = [[met, one - met], [other - met, pairs - one - other + met]]
    wanted = 0.0
    for row in (0, 1):
        for column in (0, 1):
            expected = sum(cells[row]) * (cells[0][column] + cells[1][column]) / pairs
            wanted += 2 * cells[row][column] * math.log(cells[row][column] / expected)
    found = log_likelihood_ratio(*(torch.tensor(float(x)) for x in (met, one, other)), pairs)
    assert found.item() == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize(("met", "strength"), [(0.0, 0.0), (2.0, 0.0), (10.0, 50.04)])
def test_what_meets_no_oftener_than_by_chance_has_no_strength(met: float, strength: float) -> None:
    found = log_likelihood_ratio(torch.tensor(met), torch.tensor(10.0), torch.tensor(10.0), 50)
    assert found.item() == pytest.approx(strength, abs=0.01)


def test_held_out_pairs_are_not_counted_and_chunks_add_up(corpus: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = count_lexicon(corpus, 14, 40)
    corpus.pairs.append(([13], [39]))
    corpus.weights = np.append(corpus.weights, np.float32(0))
    monkeypatch.setattr(counting, "CHUNK", 77)
    monkeypatch.setattr(module, "ROWS", 5)
    again = count_lexicon(corpus, 14, 40)
    assert torch.equal(again.candidates, whole.candidates)
    assert torch.equal(again.common, whole.common)
