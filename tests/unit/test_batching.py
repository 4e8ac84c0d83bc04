from __future__ import annotations

import numpy as np
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from seq2seq.batching import collate, epoch_batches, pad_sources
from seq2seq.tokenizer import BOS_ID, EOS_ID, PAD_ID

lengths = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=300)


def order(pairs: list[tuple[int, int]], *, weight: float = 1.0, epoch: int = 0, batch_tokens: int = 100) -> list:
    src, tgt = np.array(pairs).T
    weights = np.full(len(pairs), weight)
    return epoch_batches(src, tgt, weights, batch_tokens=batch_tokens, seed=7, epoch=epoch)


@given(lengths)
@example([(2, 2)] * 21 + [(10, 10)] * 7 + [(90, 90)])  # what is left of a batch is too much with the next pair, too
def test_an_epoch_sees_every_pair_once_and_no_batch_exceeds_the_budget(pairs: list[tuple[int, int]]) -> None:
    batches = order(pairs)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(pairs)))
    for rows in batches:
        longest = max(max(pairs[row]) + 1 for row in rows)
        assert len(rows) == 1 or len(rows) * longest <= 100


def test_the_order_is_a_function_of_seed_and_epoch() -> None:
    pairs = [(i % 13, i % 7) for i in range(500)]
    first, again, second = order(pairs), order(pairs), order(pairs, epoch=1)
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert [rows.tolist() for rows in first] != [rows.tolist() for rows in second]


def test_a_weight_is_how_often_a_pair_is_seen() -> None:
    pairs = [(5, 5)] * 1000
    assert sum(map(len, order(pairs, weight=3.0))) == 3000
    halves = [set(np.concatenate(order(pairs, weight=0.5, epoch=e)).tolist()) for e in range(2)]
    assert all(400 < len(half) < 600 for half in halves)
    assert halves[0] != halves[1]


def test_an_epoch_of_tiny_weights_has_a_pair() -> None:
    assert all(sum(map(len, order([(5, 5)] * 20, weight=0.001, epoch=epoch))) >= 1 for epoch in range(20))


def test_batches_of_mixed_text_are_little_padding() -> None:
    rng = np.random.default_rng(0)
    src = rng.integers(2, 30, size=20_000)
    pairs = [(int(s), int(max(1, s + d))) for s, d in zip(src, rng.integers(-3, 4, size=20_000), strict=True)]
    assert share_of_padding(pairs, batch_tokens=1024) < 0.03


def test_large_batches_of_much_text_are_little_padding() -> None:
    rng = np.random.default_rng(0)
    src = rng.integers(2, 30, size=500_000)
    pairs = list(zip(src.tolist(), (src * rng.uniform(0.7, 1.6, size=500_000)).astype(int).tolist(), strict=True))
    assert share_of_padding(pairs, batch_tokens=32_768) < 0.1


def share_of_padding(pairs: list[tuple[int, int]], batch_tokens: int) -> float:
    batches = order(pairs, batch_tokens=batch_tokens)
    lengths = np.array(pairs) + 1
    real = sum(lengths[rows].sum() for rows in batches)
    return float(1 - real / sum(len(rows) * lengths[rows].max(0).sum() for rows in batches))


def test_a_batch_reads_from_bos_and_predicts_up_to_eos() -> None:
    batch = collate([[10, 11], [12]], [[20], [21, 22, 23]])
    assert batch.src_ids.tolist() == [[10, 11, EOS_ID], [12, EOS_ID, PAD_ID]]
    assert batch.src_lengths.tolist() == [3, 2]
    assert batch.tgt_ids.tolist() == [[BOS_ID, 20, PAD_ID, PAD_ID], [BOS_ID, 21, 22, 23]]
    assert batch.labels.tolist() == [20, EOS_ID, 21, 22, 23, EOS_ID]
    read = batch.tgt_ids.flatten()[batch.positions]
    assert read.tolist() == [BOS_ID, 20, BOS_ID, 21, 22, 23]
    assert batch.labels.dtype == batch.src_ids.dtype == torch.long


def test_an_empty_source_still_has_its_eos() -> None:
    ids, source_lengths = pad_sources([[], [5]])
    assert ids.tolist() == [[EOS_ID, PAD_ID], [5, EOS_ID]]
    assert source_lengths.tolist() == [1, 2]
