"""Batches of pairs as they are cut: the same in whatever company, other in every epoch, within the budget."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from seq2seq.config import Config, DataConfig, Source, TokenizerConfig, TrainingConfig
from seq2seq.feed import Feed, prefetch
from seq2seq.preparation import prepare

SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "dev.tsv"
TRAINING = TrainingConfig(max_steps=1, batch_tokens=200)


@pytest.fixture(scope="module")
def sampling(tmp_path_factory: pytest.TempPathFactory) -> Feed:
    """The sample's development pairs, cut at random."""
    source = Source(path=str(SAMPLE))
    config = Config(data=DataConfig(train=(source,), dev=(source,)), tokenizer=TokenizerConfig(vocab_size=600))
    prepared = prepare(config, tmp_path_factory.mktemp("feed") / "data")
    return Feed(prepared.corpus, prepared.src_tokenizer, prepared.tgt_tokenizer, sampling_alpha=0.2)


def test_a_pair_is_cut_the_same_in_whatever_batch_and_otherwise_in_another_epoch(sampling: Feed) -> None:
    rows = np.arange(40)
    together, alone = sampling.batch(rows, 1, 0), sampling.batch(rows[7:8], 1, 0)
    length = int(alone.src_lengths[0])
    assert together.src_ids[7, :length].tolist() == alone.src_ids[0].tolist()
    assert together.src_lengths[7] == length
    for seed, epoch in ((1, 1), (2, 0)):
        other = sampling.batch(rows, seed, epoch)
        assert other.labels.tolist() != together.labels.tolist()
        texts = [[sampling.src_tokenizer.decode(ids.tolist()) for ids in batch.src_ids] for batch in (together, other)]
        assert texts[0] == texts[1] == sampling.corpus.texts(rows)[0]


def test_batches_keep_within_the_budget_as_they_are_cut_and_hold_little_padding(sampling: Feed) -> None:
    real = padded = 0
    for epoch in range(2):
        for [rows] in sampling.updates(TRAINING, epoch):
            batch = sampling.batch(rows, TRAINING.seed, epoch)
            assert max(batch.src_ids.numel(), batch.tgt_ids.numel()) <= TRAINING.batch_tokens
            real += len(batch.labels)
            padded += batch.tgt_ids.numel()
    assert real > 0.8 * padded


def test_without_sampling_pairs_are_as_they_were_encoded(sampling: Feed) -> None:
    feed = Feed(sampling.corpus, sampling.src_tokenizer, sampling.tgt_tokenizer)
    batch = feed.batch(np.array([3]), 1, 5)
    assert batch.tgt_ids[0, 1:].tolist() == sampling.corpus.pair(3)[1].tolist()


def test_things_made_ahead_come_in_order_and_no_more_than_one_before_it_is_asked_for() -> None:
    made: list[int] = []

    def make(number: int) -> int:
        made.append(number)
        return number * number

    seen = []
    for square in prefetch(range(6), make):
        assert len(made) <= len(seen) + 2
        seen.append(square)
    assert seen == [0, 1, 4, 9, 16, 25]
    assert made == [0, 1, 2, 3, 4, 5]
    assert list(prefetch([], make)) == []


def test_the_next_thing_is_made_while_one_is_in_use_and_none_after_the_last_that_is_wanted() -> None:
    begun = [threading.Event() for _ in range(4)]

    def make(number: int) -> int:
        begun[number].set()
        return number

    things = prefetch(range(4), make)
    assert next(things) == 0
    assert begun[1].wait(10)
    things.close()
    assert not begun[2].is_set()


def test_what_fails_while_it_is_made_ahead_fails_where_it_is_used() -> None:
    things = prefetch([1, 0, 1], lambda number: 1 // number)
    assert next(things) == 1
    with pytest.raises(ZeroDivisionError):
        next(things)
