"""Search proved on scripted tables: a model is a table of log-probabilities for every prefix."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import dataclass

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from seq2seq.search import Hypothesis, beam_search, greedy, length_penalty, sample
from seq2seq.tokenizer import EOS_ID

VOCAB = 6  # pad, unk, bos, eos and two words
WORDS = (4, 5)


@dataclass(frozen=True)
class TableState:
    tables: tuple[int, ...]  # one table for each row
    prefixes: tuple[tuple[int, ...], ...]


class TableModel:
    """Random log-probabilities that depend on the sentence and on the whole prefix, reproducibly."""

    def __init__(self, seed: int, sharpness: float = 2.0) -> None:
        self.seed = seed
        self.sharpness = sharpness

    def log_probs(self, table: int, prefix: tuple[int, ...]) -> Tensor:
        generator = torch.Generator().manual_seed(hash((self.seed, table, prefix)) % 2**31)
        logits = torch.randn(VOCAB, generator=generator) * self.sharpness
        logits[:3] = -torch.inf
        return torch.log_softmax(logits, dim=-1)

    def init(self, src_ids: Tensor, src_lengths: Tensor) -> TableState:
        return TableState(tuple(src_ids[:, 0].tolist()), tuple(() for _ in src_ids))

    def step(self, prev_ids: Tensor, state: TableState) -> tuple[Tensor, TableState]:
        prefixes = tuple((*p, i) for p, i in zip(state.prefixes, prev_ids.tolist(), strict=True))
        rows = [self.log_probs(table, prefix) for table, prefix in zip(state.tables, prefixes, strict=True)]
        return torch.stack(rows), TableState(state.tables, prefixes)

    def select(self, state: TableState, index: Tensor) -> TableState:
        rows = index.flatten().tolist()
        for line in index.tolist():
            assert len({state.tables[row] for row in line}) == 1, "rows of one line must be of one sentence"
        return TableState(tuple(state.tables[r] for r in rows), tuple(state.prefixes[r] for r in rows))


def rescore(model: TableModel, table: int, ids: tuple[int, ...]) -> float:
    """The log_prob of a finished hypothesis, by hand."""
    prefix: tuple[int, ...] = (2,)
    total = 0.0
    for token in (*ids, EOS_ID):
        total += model.log_probs(table, prefix)[token].item()
        prefix = (*prefix, token)
    return total


def enumerate_all(model: TableModel, table: int, max_length: int, alpha: float) -> list[Hypothesis]:
    """Every hypothesis there is, best first."""
    found = []
    for length in range(max_length + 1):
        for ids in itertools.product(WORDS, repeat=length):
            log_prob = rescore(model, table, ids)
            found.append(Hypothesis(ids, log_prob, log_prob / ((5 + length + 1) / 6) ** alpha))
    return sorted(found, key=lambda h: -h.score)


def sources(tables: list[int]) -> tuple[Tensor, Tensor]:
    return torch.tensor(tables)[:, None], torch.ones(len(tables), dtype=torch.long)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    max_lengths=st.lists(st.integers(0, 3), min_size=1, max_size=3),
    alpha=st.sampled_from([0.0, 0.6, 1.0, 2.0]),
    n_best=st.integers(1, 5),
)
def test_a_wide_beam_finds_exactly_what_enumeration_finds(
    seed: int, max_lengths: list[int], alpha: float, n_best: int
) -> None:
    model = TableModel(seed)
    tables = list(range(len(max_lengths)))
    found = beam_search(model, *sources(tables), max_lengths, beam_size=32, n_best=n_best, alpha=alpha)
    for table, max_length, hypotheses in zip(tables, max_lengths, found, strict=True):
        wanted = enumerate_all(model, table, max_length, alpha)[:n_best]
        assert [h.ids for h in hypotheses] == [h.ids for h in wanted]
        for h, w in zip(hypotheses, wanted, strict=True):
            assert h.log_prob == pytest.approx(w.log_prob, abs=1e-4)
            assert h.score == pytest.approx(w.score, abs=1e-4)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    beam_size=st.integers(1, 5),
    max_lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    alpha=st.sampled_from([0.0, 0.6, 1.0]),
)
def test_scores_are_those_of_a_rescoring_and_lists_are_sorted_and_distinct(
    seed: int, beam_size: int, max_lengths: list[int], alpha: float
) -> None:
    model = TableModel(seed, sharpness=0.7)
    tables = list(range(len(max_lengths)))
    found = beam_search(model, *sources(tables), max_lengths, beam_size=beam_size, n_best=beam_size, alpha=alpha)
    for table, max_length, hypotheses in zip(tables, max_lengths, found, strict=True):
        assert hypotheses
        assert len({h.ids for h in hypotheses}) == len(hypotheses)
        assert [h.score for h in hypotheses] == sorted((h.score for h in hypotheses), reverse=True)
        for h in hypotheses:
            assert len(h.ids) <= max_length
            assert h.log_prob == pytest.approx(rescore(model, table, h.ids), abs=1e-4)
            assert h.score == pytest.approx(h.log_prob / float(length_penalty(len(h.ids) + 1, alpha)), abs=1e-4)


@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), max_length=st.integers(0, 8), alpha=st.sampled_from([0.0, 1.0, 2.0]))
def test_a_beam_of_one_is_greedy_search(seed: int, max_length: int, alpha: float) -> None:
    model = TableModel(seed, sharpness=0.5)
    tables = [3, 1, 2]
    limits = [max_length, max_length + 1, max_length]
    by_beam = beam_search(model, *sources(tables), limits, beam_size=1, alpha=alpha)
    by_argmax = greedy(model, *sources(tables), limits, alpha=alpha)
    assert [best.ids for [best] in by_beam] == [h.ids for h in by_argmax]
    for [beam], single in zip(by_beam, by_argmax, strict=True):
        assert beam.score == pytest.approx(single.score, abs=1e-4)


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), order=st.permutations(range(6)), beam_size=st.integers(1, 4))
def test_a_sentence_is_searched_the_same_alone_and_in_any_company(seed: int, order: list[int], beam_size: int) -> None:
    model = TableModel(seed, sharpness=0.7)
    limits = [2, 7, 4, 1, 5, 3]

    def search(tables: list[int]) -> list[list[Hypothesis]]:
        bounds = [limits[t] for t in tables]
        return beam_search(model, *sources(tables), bounds, beam_size=beam_size, n_best=beam_size)

    alone = [search([table])[0] for table in range(6)]
    together = search(order)
    assert [alone[table] for table in order] == together
    bounds = [limits[t] for t in order]
    greedy_alone = [greedy(model, *sources([t]), [limits[t]])[0] for t in order]
    assert greedy(model, *sources(order), bounds) == greedy_alone


class ScriptedModel(TableModel):
    """Where ending early looks best at first, and a longer hypothesis wins by the length penalty."""

    def log_probs(self, table: int, prefix: tuple[int, ...]) -> Tensor:
        row = torch.full((VOCAB,), -torch.inf)
        if len(prefix) == 1:
            row[EOS_ID], row[4], row[5] = math.log(0.5), math.log(0.45), math.log(0.05)
        elif len(prefix) < 5:
            row[4], row[EOS_ID], row[5] = math.log(0.98), math.log(0.01), math.log(0.01)
        else:
            row[EOS_ID], row[4], row[5] = math.log(0.98), math.log(0.01), math.log(0.01)
        return row


def test_a_hypothesis_that_could_still_win_is_not_dropped_when_a_shorter_one_has_ended() -> None:
    model = ScriptedModel(0)
    [[best]] = beam_search(model, *sources([0]), [8], beam_size=2, alpha=1.0)
    assert best.ids == (4, 4, 4, 4)
    [[best]] = beam_search(model, *sources([0]), [8], beam_size=2, alpha=0.0)
    assert best.ids == ()


def test_what_may_win_by_its_length_many_steps_later_is_not_dropped() -> None:
    class Patient(TableModel):
        def log_probs(self, table: int, prefix: tuple[int, ...]) -> Tensor:
            row = torch.full((VOCAB,), math.log(0.01))
            if len(prefix) == 1:
                row[EOS_ID], row[4], row[5] = math.log(0.6), math.log(0.3), math.log(0.1)
            else:
                row[4 if len(prefix) < 7 else EOS_ID] = math.log(0.95)
            row[:3] = -torch.inf
            return row

    [[best]] = beam_search(Patient(0), *sources([0]), [6], beam_size=2, alpha=2.0)
    ended = math.log(0.6) / float(length_penalty(1, 2.0))
    assert math.log(0.3) / float(length_penalty(2, 2.0)) < ended < best.score, "one step on, it would not win yet"
    assert best.ids == (4,) * 6


def test_a_sentence_that_never_wants_to_end_ends_at_its_own_limit() -> None:
    class Endless(TableModel):
        def log_probs(self, table: int, prefix: tuple[int, ...]) -> Tensor:
            row = torch.full((VOCAB,), -torch.inf)
            row[4], row[EOS_ID] = math.log(0.999), math.log(0.001)
            return row

    [first, second] = greedy(Endless(0), *sources([0, 1]), [3, 6])
    assert (first.ids, second.ids) == ((4,) * 3, (4,) * 6)
    assert first.log_prob == pytest.approx(3 * math.log(0.999) + math.log(0.001), abs=1e-5)


def drawn_by_hand(
    model: TableModel, table: int, draws: list[float], limit: int, temperature: float, top_k: int, top_p: float
) -> tuple[int, ...]:
    """Sampling in plain Python: the distribution function is walked token by token."""
    prefix: tuple[int, ...] = (2,)
    for length, draw in enumerate(draws):
        log_probs = model.log_probs(table, prefix).tolist()
        if length == limit:
            log_probs = [x if token == EOS_ID else -math.inf for token, x in enumerate(log_probs)]
        weights = [(math.exp(x / temperature), token) for token, x in enumerate(log_probs)]
        total = sum(weight for weight, _ in weights)
        ranked = sorted(((weight / total, token) for weight, token in weights), key=lambda pair: -pair[0])
        ranked = ranked[: top_k or VOCAB]
        mass, nucleus = sum(probability for probability, _ in ranked), []
        for probability, token in ranked:
            if sum(p for p, _ in nucleus) < top_p * mass:
                nucleus.append((probability, token))
        cumulative = list(itertools.accumulate(probability for probability, _ in nucleus))
        place = sum(upto <= draw * cumulative[-1] for upto in cumulative)
        token = nucleus[min(place, len(nucleus) - 1)][1]
        if token == EOS_ID:
            return prefix[1:]
        prefix = (*prefix, token)
    raise AssertionError("no end")


@settings(max_examples=80)
@given(
    seed=st.integers(0, 10**6),
    limits=st.lists(st.integers(0, 5), min_size=1, max_size=4),
    temperature=st.sampled_from([0.3, 1.0, 2.0]),
    top_k=st.integers(0, 3),
    top_p=st.sampled_from([0.2, 0.7, 1.0]),
)
def test_what_is_sampled_is_what_the_draws_say(
    seed: int, limits: list[int], temperature: float, top_k: int, top_p: float
) -> None:
    model = TableModel(seed, sharpness=0.7)
    tables = list(range(len(limits)))
    draws = torch.rand(len(limits), max(limits) + 1, generator=torch.Generator().manual_seed(seed))
    options = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
    found = sample(model, *sources(tables), limits, draws, **options)
    for table, limit, row, hypothesis in zip(tables, limits, draws.tolist(), found, strict=True):
        assert hypothesis.ids == drawn_by_hand(model, table, row, limit, **options)
        assert hypothesis.log_prob == pytest.approx(rescore(model, table, hypothesis.ids), abs=1e-4)


def test_sampling_draws_each_hypothesis_as_often_as_it_is_likely() -> None:
    model, n = TableModel(5, sharpness=1.0), 4000
    draws = torch.rand(n, 3, generator=torch.Generator().manual_seed(0))
    found = Counter(h.ids for h in sample(model, *sources([0] * n), [2] * n, draws))
    for hypothesis in enumerate_all(model, 0, 2, 0.0):
        forced = len(hypothesis.ids) == 2  # at its limit it ends for certain
        prefix = (2, *hypothesis.ids)
        ending = model.log_probs(0, prefix)[EOS_ID].item() if forced else 0.0
        wanted = math.exp(hypothesis.log_prob - ending)
        assert found[hypothesis.ids] / n == pytest.approx(wanted, abs=4 * math.sqrt(wanted / n))


def test_the_likeliest_token_alone_is_greedy_search() -> None:
    model, tables, limits = TableModel(9), [0, 1, 2, 3], [4, 6, 2, 5]
    draws = torch.rand(4, 7)
    assert sample(model, *sources(tables), limits, draws, top_k=1) == greedy(model, *sources(tables), limits)
    assert sample(model, *sources(tables), limits, draws, top_p=1e-6) == greedy(model, *sources(tables), limits)
