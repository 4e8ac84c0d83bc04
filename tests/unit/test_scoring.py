"""The likelihood of given translations, against the search's own scores and the loss."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
import torch
from test_bundle import train_tokenizer

from seq2seq import scoring
from seq2seq.batching import collate
from seq2seq.bundle import Bundle, BundleConfig
from seq2seq.config import ModelConfig
from seq2seq.loss import linear_cross_entropy
from seq2seq.model import Seq2Seq
from seq2seq.scoring import perplexity, score_pairs
from seq2seq.tokenizer import BOS_ID, EOS_ID


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    torch.manual_seed(0)
    tokenizer = train_tokenizer(300)
    config = ModelConfig(width=16, heads=4, encoder_layers=1, decoder_layers=2)
    return Bundle(BundleConfig(model=config), Seq2Seq(config, 300, 300), tokenizer, tokenizer)


def some_pairs(count: int) -> list[tuple[str, str]]:
    draw = random.Random(1)
    return [tuple("".join(draw.choices("abcdeño ", k=draw.randint(0, 30))) for _ in "st") for _ in range(count)]  # type: ignore[misc]


def test_a_translation_is_as_likely_as_search_has_it(bundle: Bundle) -> None:
    pairs = [("abc de", "de abc"), ("ño", "o"), ("a", "")]
    src, tgt = (bundle.src_tokenizer.encode_batch([pair[side] for pair in pairs]) for side in (0, 1))
    model = bundle.model.eval()
    scores = list(score_pairs(bundle, pairs))
    for sources, targets, score in zip(src, tgt, scores, strict=True):
        lengths = torch.tensor([len(sources) + 1])
        state, total = model.init(torch.tensor([[*sources, EOS_ID]]), lengths), 0.0
        for before, token in pairwise([BOS_ID, *targets, EOS_ID]):
            log_probs, state = model.step(torch.tensor([before]), state)
            total += log_probs[0, token].item()
        assert score.log_prob == pytest.approx(total, abs=1e-3)
        assert score.tokens == len(targets) + 1


def test_all_together_is_the_loss_and_no_pair_depends_on_its_neighbours(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = some_pairs(50)
    scores = list(score_pairs(bundle, pairs))
    batch = collate(*(bundle.src_tokenizer.encode_batch([pair[side] for pair in pairs]) for side in (0, 1)))
    with torch.no_grad():
        hidden = bundle.model(batch.src_ids, batch.src_lengths, batch.tgt_ids).flatten(0, 1)[batch.positions]
        _, nll = linear_cross_entropy(hidden, bundle.model.tgt_embedding.weight, batch.labels)
    assert sum(score.tokens for score in scores) == len(batch.labels)
    total = sum(score.log_prob for score in scores)
    assert total == pytest.approx(-nll.item(), rel=0.01)  # bos and pad are possible to the loss, not to the model
    assert total > -nll.item()
    monkeypatch.setattr(scoring, "BLOCK", 7)
    monkeypatch.setattr(scoring, "BATCH_TOKENS", 40)
    again = list(score_pairs(bundle, pairs))
    assert [score.log_prob for score in again] == pytest.approx([score.log_prob for score in scores], abs=1e-3)
    assert [score.tokens for score in again] == [score.tokens for score in scores]


def test_perplexity_is_of_a_token() -> None:
    assert perplexity(-6 * math.log(10), 6) == pytest.approx(10)
    assert perplexity(-1e6, 1) == math.inf
