"""Models made from models, against enumeration and hand-written rules."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_search import WORDS, TableModel, enumerate_all, rescore, sources

from seq2seq.search import Hypothesis, beam_search, greedy
from seq2seq.steps import Ensemble, NoRepeat, Prefixed
from seq2seq.tokenizer import EOS_ID

seeds = st.integers(0, 10**6)
WIDE = 32


class Mixture(TableModel):
    """The mean of the probabilities of tables with these seeds, written out."""

    def __init__(self, *seeds: int) -> None:
        self.models = [TableModel(seed) for seed in seeds]

    def log_probs(self, table: int, prefix: tuple[int, ...]) -> torch.Tensor:
        rows = [model.log_probs(table, prefix).tolist() for model in self.models]
        return torch.tensor(
            [math.log(sum(map(math.exp, column)) / len(rows) or 1e-300) for column in zip(*rows, strict=True)]
        )


@settings(max_examples=30)
@given(seeds, st.integers(1, 3), st.lists(st.integers(0, 3), min_size=1, max_size=3))
def test_an_ensemble_is_the_mean_of_its_probabilities(seed: int, size: int, limits: list[int]) -> None:
    ensemble = Ensemble([TableModel(seed + number) for number in range(size)])
    mixture = Mixture(*range(seed, seed + size))
    tables = list(range(len(limits)))
    found = beam_search(ensemble, *sources(tables), limits, beam_size=WIDE, n_best=3)
    for table, limit, hypotheses in zip(tables, limits, found, strict=True):
        wanted = enumerate_all(mixture, table, limit, 1.0)[:3]
        assert [h.ids for h in hypotheses] == [h.ids for h in wanted]
        assert [h.score for h in hypotheses] == pytest.approx([h.score for h in wanted], abs=1e-4)


def repeats(ids: tuple[int, ...], size: int) -> bool:
    grams = [ids[start : start + size] for start in range(len(ids) - size + 1)]
    return len(set(grams)) < len(grams)


@settings(max_examples=40)
@given(seeds, st.integers(1, 3), st.lists(st.integers(0, 4), min_size=1, max_size=3))
def test_a_wide_beam_without_repetition_finds_the_best_of_those_that_repeat_nothing(
    seed: int, size: int, limits: list[int]
) -> None:
    model = TableModel(seed)
    tables = list(range(len(limits)))
    found = beam_search(NoRepeat(model, size), *sources(tables), limits, beam_size=WIDE, n_best=4)
    for table, limit, hypotheses in zip(tables, limits, found, strict=True):
        wanted = [h for h in enumerate_all(model, table, limit, 1.0) if not repeats(h.ids, size)][:4]
        assert [h.ids for h in hypotheses] == [h.ids for h in wanted]
        assert [h.log_prob for h in hypotheses] == pytest.approx([h.log_prob for h in wanted], abs=1e-4)


@settings(max_examples=40)
@given(seeds, st.lists(st.lists(st.sampled_from(WORDS), max_size=3), min_size=1, max_size=3))
def test_a_wide_beam_with_a_prefix_finds_the_best_of_those_that_begin_so(seed: int, prefixes: list[list[int]]) -> None:
    model = TableModel(seed)
    tables, limits = list(range(len(prefixes))), [4] * len(prefixes)
    found = beam_search(Prefixed(model, prefixes), *sources(tables), limits, beam_size=WIDE, n_best=2)
    for table, prefix, hypotheses in zip(tables, prefixes, found, strict=True):
        wanted = [h for h in enumerate_all(model, table, 4, 1.0) if list(h.ids[: len(prefix)]) == prefix][:2]
        assert [h.ids for h in hypotheses] == [h.ids for h in wanted]
        assert [h.score for h in hypotheses] == pytest.approx([h.score for h in wanted], abs=1e-4)


@settings(max_examples=30)
@given(seeds, st.integers(1, 4), st.permutations(range(4)))
def test_wrapped_models_too_search_a_sentence_the_same_in_any_company(
    seed: int, beam_size: int, order: list[int]
) -> None:
    limits, prefixes = [2, 5, 4, 3], [[4], [], [5, 4], [4, 4]]

    def search(tables: list[int]) -> list[list[Hypothesis]]:
        ensemble = Ensemble([TableModel(seed, 0.7), TableModel(seed + 1, 0.7)])
        wrapped = Prefixed(NoRepeat(ensemble, 3), [prefixes[table] for table in tables])
        return beam_search(
            wrapped, *sources(tables), [limits[t] for t in tables], beam_size=beam_size, n_best=beam_size
        )

    alone = [search([table])[0] for table in range(4)]
    assert search(order) == [alone[table] for table in order]


def test_greedy_search_takes_the_prefix_and_then_the_likeliest() -> None:
    model = TableModel(3)
    [found] = greedy(Prefixed(model, [[5, 5]]), *sources([0]), [6])
    assert found.ids[:2] == (5, 5)
    prefix: tuple[int, ...] = (2, 5, 5)
    while len(prefix) < 7 and (token := int(model.log_probs(0, prefix).argmax())) != EOS_ID:
        prefix = (*prefix, token)
    assert found.ids == prefix[1:]
    assert found.log_prob == pytest.approx(rescore(model, 0, found.ids), abs=1e-4)
