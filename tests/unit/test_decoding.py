"""What options ask of the search, against computations of their own on a small network."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import sacrebleu
import torch

from seq2seq.batching import collate
from seq2seq.config import ModelConfig, SearchConfig
from seq2seq.decoding import ALIGNING_LAYER, attention, cover, decode, minimum_bayes_risk
from seq2seq.model import Seq2Seq
from seq2seq.search import Hypothesis, length_penalty
from seq2seq.tokenizer import BOS_ID

VOCAB = 30
SOURCES = [[7, 8, 9], [10], [11, 12, 13, 14, 15, 16]]
SEARCH = SearchConfig(beam_size=5, n_best=5, max_length_factor=1.0, max_length_extra=4)


def network(seed: int = 0, **sizes: int) -> Seq2Seq:
    torch.manual_seed(seed)
    config = ModelConfig(**{"width": 16, "heads": 2, "encoder_layers": 1, "decoder_layers": 2, **sizes})
    return Seq2Seq(config, VOCAB, VOCAB).eval().double()


def rescore(model: Seq2Seq, source: list[int], ids: tuple[int, ...]) -> list[float]:
    """The log-prob of each token, eos last, by the training forward."""
    batch = collate([source], [ids])
    with torch.no_grad():
        log_probs = model.log_probs(model(batch.src_ids, batch.src_lengths, batch.tgt_ids))[0]
    return log_probs.gather(1, batch.labels[:, None]).squeeze(1).tolist()


def test_scores_are_those_of_the_training_forward() -> None:
    model = network()
    for source, hypotheses in zip(SOURCES, decode([model], SOURCES, SEARCH), strict=True):
        assert len(hypotheses) == 5
        for h in hypotheses:
            log_prob = sum(rescore(model, source, h.ids))
            assert h.log_prob == pytest.approx(log_prob, abs=1e-4)
            assert h.score == pytest.approx(log_prob / float(length_penalty(len(h.ids) + 1, 1.0)), abs=1e-4)


def test_an_ensemble_s_scores_are_those_of_the_mean_probabilities() -> None:
    models = [network(1), network(2, decoder_layers=1)]
    for source, hypotheses in zip(SOURCES, decode(models, SOURCES, SEARCH), strict=True):
        for h in hypotheses:
            columns = zip(*(rescore(model, source, h.ids) for model in models), strict=True)
            log_prob = sum(math.log(sum(map(math.exp, column)) / 2) for column in columns)
            assert h.log_prob == pytest.approx(log_prob, abs=1e-4)


def test_attention_is_what_the_layer_computes_one_sentence_at_a_time() -> None:
    model = network()
    targets = [[5, 6, 7, 8], [9], []]
    for source, target, weights in zip(SOURCES, targets, attention([model], SOURCES, targets), strict=True):
        assert weights.shape == (len(target) + 1, len(source) + 1)
        torch.testing.assert_close(weights.sum(1), torch.ones(len(target) + 1))
        batch = collate([source], [target])
        with torch.no_grad():
            memory = model.encoder(model.tgt_embedding(batch.src_ids), batch.src_lengths)  # (1, S, D)
            layer = model.decoder.layers[ALIGNING_LAYER]
            x = layer.cells(layer.cells_norm(model.tgt_embedding(batch.tgt_ids)))
            query = layer.attention.query(layer.attention_norm(x))[0].unflatten(1, (2, 8))  # (T, H, D/H)
            keys = layer.attention.key(memory)[0].unflatten(1, (2, 8))  # (S, H, D/H)
            energies = torch.einsum("thd,shd->hts", query, keys) / math.sqrt(8)
        torch.testing.assert_close(weights, energies.softmax(-1).mean(0).float())


def test_coverage_counts_what_was_not_looked_at() -> None:
    weights = torch.tensor([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0], [0.25, 0.0, 0.75]])
    assert cover(weights) == pytest.approx(math.log(0.5) + math.log(0.75))  # the first is looked at more than once
    model = network()
    plain = decode([model], SOURCES, SEARCH)
    ranked = decode([model], SOURCES, replace(SEARCH, coverage_penalty=2.0))
    for source, before, after in zip(SOURCES, plain, ranked, strict=True):
        wanted = {h.ids: h.score + 2.0 * cover(attention([model], [source], [h.ids])[0]) for h in before}
        assert {h.ids: h.score for h in after} == pytest.approx(wanted, abs=1e-4)
        assert [h.score for h in after] == sorted((h.score for h in after), reverse=True)


def test_minimum_bayes_risk_is_the_expected_chrf() -> None:
    model = network()

    def text(h: Hypothesis) -> str:
        return " ".join(f"w{token}" for token in h.ids)

    plain = decode([model], SOURCES, SEARCH)
    ranked = decode([model], SOURCES, replace(SEARCH, mbr=True, n_best=2), to_text=text)
    for before, after in zip(plain, ranked, strict=True):
        mass = sum(math.exp(h.log_prob) for h in before)
        risk = {
            h.ids: sum(
                math.exp(other.log_prob) / mass * sacrebleu.sentence_chrf(text(h), [text(other)]).score
                for other in before
            )
            for h in before
        }
        best = sorted(risk.values(), reverse=True)[:2]
        assert [h.score for h in after] == pytest.approx(best)
        assert {h.ids: h.score for h in after} == pytest.approx({h.ids: risk[h.ids] for h in after})


def test_a_prefix_and_no_repetition_hold_together_and_leave_the_rest_to_the_model() -> None:
    model = network()
    prefixes = [[5, 6], [], [7, 8, 9, 10]]
    config = replace(SEARCH, no_repeat_ngram=2)
    for source, prefix, hypotheses in zip(
        SOURCES, prefixes, decode([model], SOURCES, config, prefixes=prefixes), strict=True
    ):
        for h in hypotheses:
            assert list(h.ids[: len(prefix)]) == prefix
            pairs = list(zip(h.ids, h.ids[1:], strict=False))
            assert len(set(pairs)) == len(pairs)
            assert h.log_prob == pytest.approx(sum(rescore(model, source, h.ids)), abs=1e-4)


def test_a_prefix_that_repeats_itself_is_said_all_the_same() -> None:
    config = replace(SEARCH, no_repeat_ngram=1, max_length_extra=8)
    for size in (1, 3):
        prefixes = [[5, 6, 5, 6, 5]] * len(SOURCES)
        found = decode([network()], SOURCES, replace(config, beam_size=size, n_best=1), prefixes=prefixes)
        for [best] in found:
            assert list(best.ids[:5]) == prefixes[0]
            assert not {5, 6} & set(best.ids[5:])


def test_drawn_translations_count_alike_in_the_expectation() -> None:
    drawn = [Hypothesis((4,), -0.1, 0.0), Hypothesis((5,), -9.0, 0.0), Hypothesis((5,), -9.0, 0.0)]
    texts = {4: "el gato", 5: "un perro"}
    risks = minimum_bayes_risk(drawn, lambda h: texts[h.ids[0]], drawn=True)
    assert risks[1].score == risks[2].score > risks[0].score
    assert minimum_bayes_risk(drawn, lambda h: texts[h.ids[0]])[0].score > 50


def test_a_drawn_hypothesis_has_the_model_s_log_prob() -> None:
    model = network()
    config = replace(SEARCH, temperature=1.0, n_best=3)
    found = decode([model], SOURCES, config)
    assert found == decode([model], SOURCES, config)
    assert found != decode([model], SOURCES, replace(config, seed=2))
    for source, hypotheses in zip(SOURCES, found, strict=True):
        for h in hypotheses:
            assert len(h.ids) <= len(source) + 4
            full = len(h.ids) == len(source) + 4
            log_probs = rescore(model, source, h.ids)
            assert h.log_prob == pytest.approx(sum(log_probs), abs=1e-4), full
    assert BOS_ID not in {token for hypotheses in found for h in hypotheses for token in h.ids}
