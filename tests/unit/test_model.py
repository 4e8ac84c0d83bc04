"""The network: two ways to run one definition, no leak of padding, gradients that are true."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from seq2seq.attention import build_attention
from seq2seq.cells import Recurrent
from seq2seq.config import ATTENTIONS, CELLS, ModelConfig
from seq2seq.loss import linear_cross_entropy
from seq2seq.model import Seq2Seq, VariationalDropout, WordDropout, reversal, reverse

VOCAB = 40
KINDS = [(cell, "multihead") for cell in CELLS] + [("lstm", attention) for attention in ATTENTIONS[1:]]


def build(cell: str = "lstm", attention: str = "multihead", *, joint: bool = True, **sizes: int) -> Seq2Seq:
    torch.manual_seed(0)
    config = ModelConfig(cell=cell, attention=attention, **{"width": 16, "heads": 4, "dropout": 0.3, **sizes})
    return Seq2Seq(config, VOCAB if joint else 30, VOCAB, joint=joint).eval()


def example() -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(1)
    return torch.randint(4, 30, (3, 7)), torch.tensor([7, 4, 2]), torch.randint(4, VOCAB, (3, 6))


@pytest.mark.parametrize(("cell", "attention"), KINDS)
@pytest.mark.parametrize("decoder_layers", [1, 3])
def test_steps_give_what_the_whole_sequence_gives(cell: str, attention: str, decoder_layers: int) -> None:
    model = build(cell, attention, decoder_layers=decoder_layers)
    src_ids, src_lengths, tgt_ids = example()
    with torch.no_grad():
        whole = model.log_probs(model(src_ids, src_lengths, tgt_ids))  # (B, T, V)
        state = model.init(src_ids, src_lengths)
        for position in range(tgt_ids.size(1)):
            log_probs, state = model.step(tgt_ids[:, position], state)
            torch.testing.assert_close(log_probs, whole[:, position], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("cell", "attention"), KINDS)
def test_a_sentence_is_the_same_alone_and_beside_longer_ones(cell: str, attention: str) -> None:
    model = build(cell, attention)
    src_ids, src_lengths, tgt_ids = example()
    with torch.no_grad():
        together = model(src_ids, src_lengths, tgt_ids)
        for row, length in enumerate(src_lengths.tolist()):
            alone = model(src_ids[row : row + 1, :length], src_lengths[row : row + 1], tgt_ids[row : row + 1])
            torch.testing.assert_close(alone[0], together[row], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("rows", "encoded"), [(1, 1), (8, 8), (9, 16), (16, 16), (97, 104)])
def test_many_sentences_are_encoded_in_eights_and_each_as_it_is_alone(rows: int, encoded: int) -> None:
    model = build()
    src_ids = torch.arange(rows * 3).view(rows, 3) % 20 + 3
    lengths = torch.arange(rows) % 3 + 1
    seen: list[int] = []
    model.encoder.register_forward_pre_hook(lambda _, args: seen.append(len(args[0])))
    with torch.no_grad():
        memory = model.encode(src_ids, lengths)
        assert seen == [encoded]
        assert all(len(part) == rows for layer in memory for part in layer)
        for row in {0, rows // 2, rows - 1}:
            alone = model.encode(src_ids[row : row + 1, : lengths[row]], lengths[row : row + 1])
            for together, single in zip(memory, alone, strict=True):
                for name in ("keys", "values"):
                    a, b = getattr(together, name), getattr(single, name)
                    torch.testing.assert_close(a[row : row + 1, :, : lengths[row]], b)
                assert together.padding[row].isneginf().sum(-1).eq(3 - lengths[row]).all()


def test_what_stands_in_the_padding_does_not_matter() -> None:
    model = build()
    src_ids, src_lengths, tgt_ids = example()
    other = src_ids.clone()
    for row, length in enumerate(src_lengths.tolist()):
        other[row, length:] = 5
    with torch.no_grad():
        same = torch.equal(model(src_ids, src_lengths, tgt_ids), model(other, src_lengths, tgt_ids))
    assert same


def test_rows_of_a_beam_step_as_sentences_of_their_own() -> None:
    model = build()
    src_ids, src_lengths, _ = example()
    index = torch.arange(3)[:, None].expand(3, 4)  # four rows of each sentence
    prev_ids = torch.randint(4, VOCAB, (12,))
    with torch.no_grad():
        state = model.select(model.init(src_ids, src_lengths), index)
        together, after = model.step(prev_ids, state)
        for row in range(12):
            sentence = slice(row // 4, row // 4 + 1)
            alone, _ = model.step(prev_ids[row : row + 1], model.init(src_ids[sentence], src_lengths[sentence]))
            torch.testing.assert_close(together[row], alone[0], atol=1e-5, rtol=1e-5)
        # The first sentence leaves, and the rows of the others change places.
        left = model.select(after, torch.tensor([[7, 4], [8, 8]]))
        again, _ = model.step(prev_ids[[7, 4, 8, 8]], left)
        wanted, _ = model.step(prev_ids, after)
    # prev_ids differ from the rows' own only in order, so each row must be its own row of before
    torch.testing.assert_close(again, wanted[[7, 4, 8, 8]], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("cell", "attention"), KINDS)
def test_gradients_agree_with_finite_differences(cell: str, attention: str) -> None:
    model = build(cell, attention, width=8, heads=2, encoder_layers=1, decoder_layers=1).double()
    src_ids, src_lengths, tgt_ids = (part[1:, :4].clamp(max=29) if part.dim() > 1 else part[1:] for part in example())
    labels = tgt_ids.flatten()

    def loss() -> Tensor:
        hidden = model(src_ids, src_lengths, tgt_ids).flatten(0, 1)
        return linear_cross_entropy(hidden, model.tgt_embedding.weight, labels, 0.1)[0]

    loss().backward()
    torch.manual_seed(3)
    for name, parameter in model.named_parameters():
        direction = torch.randn_like(parameter)
        direction /= direction.norm()
        assert parameter.grad is not None, name
        slope = (parameter.grad * direction).sum()
        original = parameter.data.clone()
        values = []
        for step in (1e-5, -1e-5):
            parameter.data = original + step * direction
            values.append(loss().item())
        parameter.data = original
        assert slope.item() == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-4, abs=1e-6), name


def test_reversal_turns_real_positions_round_and_carries_gradients_back() -> None:
    x = torch.arange(10.0).reshape(2, 5, 1).requires_grad_()
    order = reversal(torch.tensor([5, 3]), 5)
    turned = reverse(x, order)
    assert turned.flatten().tolist() == [4, 3, 2, 1, 0, 7, 6, 5, 8, 9]
    (turned.flatten() * torch.arange(10.0)).sum().backward()
    assert x.grad is not None
    assert x.grad.flatten().tolist() == [4, 3, 2, 1, 0, 7, 6, 5, 8, 9]


def test_dropout_masks_whole_columns_of_a_sentence_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    dropout = VariationalDropout(0.25).train()
    x = torch.ones(50, 6, 200)
    dropped = dropout(x)
    assert torch.equal(dropped, dropped[:, :1].expand_as(dropped))
    assert dropped.mean().item() == pytest.approx(1.0, abs=0.02)
    assert torch.equal(dropout.eval()(x), x)


def test_word_dropout_sets_whole_tokens_to_zero_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    dropout = WordDropout(0.25).train()
    x = torch.ones(50, 60, 8)
    dropped = dropout(x)
    assert torch.equal(dropped, dropped[:, :, :1].expand_as(dropped))
    assert (dropped == 0).float().mean().item() == pytest.approx(0.25, abs=0.03)
    assert dropped.mean().item() == pytest.approx(1.0, abs=0.04)
    assert torch.equal(dropout.eval()(x), x)


def test_a_joint_vocabulary_is_one_matrix_and_separate_ones_are_two() -> None:
    joint = {name for name, _ in build().named_parameters() if "embedding" in name}
    separate = {name for name, _ in build(joint=False).named_parameters() if "embedding" in name}
    assert joint == {"tgt_embedding.weight"}
    assert separate == {"tgt_embedding.weight", "src_embedding.weight"}


def test_the_lstm_starts_with_open_forget_gates() -> None:
    layer = Recurrent("lstm", 8, 8).layer
    bias = layer.bias_ih_l0 + layer.bias_hh_l0
    assert bias[8:16].eq(1).all()
    assert bias[:8].eq(0).all()
    assert bias[16:].eq(0).all()


def test_multihead_attention_is_that_of_torch() -> None:
    torch.manual_seed(0)
    ours = build_attention("multihead", 16, 4)
    theirs = nn.MultiheadAttention(16, 4, batch_first=True)
    theirs.in_proj_weight.data = torch.cat([ours.query.weight, ours.key.weight, ours.value.weight]).data
    theirs.in_proj_bias.data = torch.cat([ours.query.bias, ours.key.bias, ours.value.bias]).data
    theirs.out_proj.load_state_dict(ours.output.state_dict())
    query, memory = torch.randn(2, 5, 16), torch.randn(2, 7, 16)
    mask = torch.arange(7) < torch.tensor([[7], [3]])
    wanted, _ = theirs(query, memory, memory, key_padding_mask=~mask)
    torch.testing.assert_close(ours(query, ours.project(memory, mask)), wanted, atol=1e-6, rtol=1e-5)


def test_an_untrained_decoder_does_not_begin_by_repeating_the_previous_word() -> None:
    model = build(width=64)
    src_ids, src_lengths, tgt_ids = example()
    with torch.no_grad():
        log_probs = model.log_probs(model(src_ids, src_lengths, tgt_ids))
    repeated = log_probs.gather(-1, tgt_ids[:, :, None]).exp()
    assert repeated.mean() < 3 / VOCAB


def test_no_probability_is_left_for_pad_and_bos() -> None:
    model = build()
    log_probs = model.log_probs(torch.randn(2, 16))
    assert log_probs[:, [0, 2]].isneginf().all()
    torch.testing.assert_close(log_probs.exp().sum(-1), torch.ones(2))


@pytest.mark.parametrize("cell", CELLS)
def test_cells_computed_in_a_type_of_their_own_are_those_of_the_layer(cell: str) -> None:
    cells, x = Recurrent(cell, 12, 20), torch.randn(3, 5, 12)
    outputs, same, rough = cells(x), cells.forward_in(x, torch.float32), cells.forward_in(x, torch.bfloat16)
    torch.testing.assert_close(same, outputs)
    assert rough.dtype == torch.bfloat16
    torch.testing.assert_close(rough.float(), outputs, atol=0.05, rtol=0)
    weights = list(cells.parameters())
    expected, found = (torch.autograd.grad(y.square().sum(), weights) for y in (outputs, same))
    torch.testing.assert_close(found, expected)
