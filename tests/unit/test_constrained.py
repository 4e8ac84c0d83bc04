"""Search for what must be said, against enumeration."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_search import WORDS, TableModel, enumerate_all, sources

from seq2seq.config import ModelConfig
from seq2seq.constrained import Terms, constrained_search
from seq2seq.model import Seq2Seq
from seq2seq.search import Hypothesis, beam_search
from seq2seq.tokenizer import EOS_ID

WIDE = 64
forms = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=2), min_size=1, max_size=2)


def says(ids: tuple[int, ...], form: list[int]) -> bool:
    return any(list(ids[start : start + len(form)]) == form for start in range(len(ids)))


def says_all(ids: tuple[int, ...], terms: Terms) -> bool:
    return all(any(says(ids, list(form)) for form in term) for term in terms)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    terms=st.lists(st.lists(forms, max_size=2), min_size=1, max_size=3),
    alpha=st.sampled_from([0.0, 1.0]),
    n_best=st.integers(1, 4),
)
def test_a_wide_beam_finds_the_best_of_those_that_say_all(
    seed: int, terms: list[Terms], alpha: float, n_best: int
) -> None:
    model = TableModel(seed)
    tables, limits = list(range(len(terms))), [3] * len(terms)
    found = constrained_search(model, *sources(tables), limits, terms, beam_size=WIDE, n_best=n_best, alpha=alpha)
    for table, own, hypotheses in zip(tables, terms, found, strict=True):
        wanted = [h for h in enumerate_all(model, table, 3, alpha) if says_all(h.ids, own)][:n_best]
        assert [h.ids for h in hypotheses] == [h.ids for h in wanted]
        assert [h.score for h in hypotheses] == pytest.approx([h.score for h in wanted], abs=1e-4)


class Reluctant(TableModel):
    """Says 4 over and over, and finds 5 unlikely."""

    def log_probs(self, table: int, prefix: tuple[int, ...]) -> torch.Tensor:
        logits = torch.full((6,), -torch.inf)
        logits[4], logits[5], logits[EOS_ID] = 0.0, -9.0, -1.0 if len(prefix) > 3 else -20.0
        return logits.log_softmax(-1)


def test_a_narrow_beam_says_what_a_plain_one_never_would() -> None:
    model = Reluctant(0)
    [[plain]] = beam_search(model, *sources([0]), [6], beam_size=3)
    assert 5 not in plain.ids
    [[best]] = constrained_search(model, *sources([0]), [6], [[[[5, 5]]]], beam_size=3)
    assert says(best.ids, [5, 5])


def test_a_sentence_without_terms_is_searched_as_ever_and_beside_others() -> None:
    model = TableModel(3)
    found = constrained_search(model, *sources([0, 1]), [4, 4], [[], [[[5, 4, 5]]]], beam_size=WIDE)
    assert [h.ids for h in found[0]] == [h.ids for h in beam_search(model, *sources([0]), [4], beam_size=WIDE)[0]]
    assert says(found[1][0].ids, [5, 4, 5])


@pytest.mark.parametrize("sentences", [2, 3, 5, 7])
def test_sentences_of_a_network_are_found_together_as_each_is_alone(sentences: int) -> None:
    torch.manual_seed(0)
    model = Seq2Seq(ModelConfig(width=16, heads=2, encoder_layers=1, decoder_layers=1), 40, 40).eval()
    src_ids = torch.randint(4, 40, (sentences, 6))
    lengths = torch.arange(sentences) % 5 + 2
    limits = [3 + 2 * (number % 3) for number in range(sentences)]  # so that some end before others
    terms: list[Terms] = [[[[7 + number, 30]], [[9], [11]]][: 1 + number % 2] for number in range(sentences)]
    options = {"beam_size": 6, "n_best": 2}
    together = constrained_search(model, src_ids, lengths, limits, terms, **options)
    for row, hypotheses in enumerate(together):
        one = slice(row, row + 1)
        [alone] = constrained_search(
            model, src_ids[one, : lengths[row]], lengths[one], limits[one], terms[one], **options
        )
        assert [h.ids for h in hypotheses] == [h.ids for h in alone]
        assert hypotheses
        assert all(says_all(h.ids, terms[row]) for h in hypotheses)
        assert [h.score for h in hypotheses] == pytest.approx([h.score for h in alone], abs=1e-4)


def test_what_does_not_fit_is_not_found() -> None:
    assert constrained_search(TableModel(1), *sources([0]), [2], [[[[4, 5, 4]]]], beam_size=WIDE) == [[]]


@settings(max_examples=30)
@given(seed=st.integers(0, 10**6))
def test_a_term_is_not_the_beginning_of_another_word(seed: int) -> None:
    joined = frozenset({5})
    options = {"beam_size": WIDE, "n_best": 9, "joined": joined}
    [found] = constrained_search(TableModel(seed), *sources([0]), [3], [[[[4]]]], **options)
    first = [h.ids.index(4) for h in found]
    assert all(h.ids[place + 1 : place + 2] != (5,) for h, place in zip(found, first, strict=True))
    [longer] = constrained_search(TableModel(seed), *sources([0]), [3], [[[[4], [4, 5]]]], **options)
    assert any(h.ids[place : place + 2] == (4, 5) for h in longer for place in [h.ids.index(4)])


def test_the_score_is_the_model_s_own() -> None:
    model = TableModel(8)
    [hypotheses] = constrained_search(model, *sources([0]), [3], [[[[5]]]], beam_size=WIDE, n_best=5)
    everything = {h.ids: h for h in enumerate_all(model, 0, 3, 1.0)}
    for h in hypotheses:
        assert isinstance(h, Hypothesis)
        assert h.log_prob == pytest.approx(everything[h.ids].log_prob, abs=1e-4)
