"""Products in 8 bits: near the exact ones, and the same whatever the neighbours."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from seq2seq.config import ModelConfig, SearchConfig
from seq2seq.decoding import attention, decode, token_log_probs
from seq2seq.int8 import Int8Linear, quantize
from seq2seq.model import Seq2Seq

SOURCES = [[7, 8, 9], [10], [11, 12, 13, 14, 15, 16], [5, 5]]


def network(**sizes: object) -> Seq2Seq:
    torch.manual_seed(0)
    config = ModelConfig(**{"width": 32, "heads": 2, "encoder_layers": 1, "decoder_layers": 2, **sizes})  # type: ignore[arg-type]
    return Seq2Seq(config, 40, 40).eval()


def test_a_product_is_within_a_hundredth_of_the_exact_one() -> None:
    torch.manual_seed(0)
    weight, bias, x = torch.randn(60, 64), torch.randn(60), torch.randn(50, 64) * torch.logspace(-3, 3, 50)[:, None]
    wanted = functional.linear(x, weight)
    found = Int8Linear(weight, bias)(x) - bias
    assert ((found - wanted).norm(dim=1) / wanted.norm(dim=1)).max() < 0.02
    assert Int8Linear(weight, None)(torch.zeros(2, 64)).count_nonzero() == 0
    x = x.tanh()
    wanted = functional.linear(x, weight, bias)
    assert ((Int8Linear(weight, bias, bounded=True)(x) - wanted).abs().max() / wanted.abs().max()) < 0.02


def test_a_row_s_product_does_not_depend_on_its_neighbours() -> None:
    torch.manual_seed(0)
    linear, x = Int8Linear(torch.randn(60, 64), torch.randn(60)), torch.randn(50, 64)
    together = linear(x)
    assert all(torch.equal(linear(x[row : row + 1])[0], together[row]) for row in range(50))
    assert torch.equal(linear(torch.cat((x * 1e6, x)))[50:], together)
    assert torch.equal(linear(x.view(5, 10, 64)).view(50, 60), together)


@pytest.mark.parametrize("sizes", [{}, {"cell": "gru"}, {"cell": "rnn"}, {"attention": "additive"}])
def test_a_quantized_model_finds_nearly_the_same(sizes: dict[str, object]) -> None:
    exact, small = network(**sizes), network(**sizes)
    quantize(small, torch.float32)
    search = SearchConfig(beam_size=1, max_length_factor=0.0, max_length_extra=3)
    for one, other in zip(decode([exact], SOURCES, search), decode([small], SOURCES, search), strict=True):
        assert other[0].log_prob == pytest.approx(one[0].log_prob, abs=0.3)
    looks = zip(*(attention([model], SOURCES, [[4, 5]] * 4) for model in (exact, small)), strict=True)
    assert all((one - other).abs().max() < 0.05 for one, other in looks)


@pytest.mark.parametrize(
    "sizes", [{}, {"cell": "gru"}, {"cell": "rnn"}, {"attention": "additive"}, {"attention": "dot"}]
)
def test_a_quantized_decoder_goes_with_an_encoder_in_bf16(sizes: dict[str, object]) -> None:
    exact, small = network(**sizes), network(**sizes)
    quantize(small, torch.bfloat16)
    assert len(decode([small], SOURCES, SearchConfig(beam_size=2))) == len(SOURCES)
    wanted, found = (torch.tensor(token_log_probs([model], SOURCES, [[4, 5]] * 4)) for model in (exact, small))
    assert (wanted - found).abs().max() < 0.3


def test_a_quantized_model_s_batches_do_not_matter() -> None:
    model = network()
    quantize(model, torch.float32)
    search = SearchConfig(beam_size=3, n_best=3)
    together = decode([model], SOURCES, search)
    alone = [decode([model], [source], search)[0] for source in SOURCES]
    assert [[h.ids for h in row] for row in together] == [[h.ids for h in row] for row in alone]


def test_weights_that_have_8_bits_already_are_taken_as_they_are() -> None:
    """Those of a bundle, whose rows are whole multiples of a scale, at most 127 times."""
    torch.manual_seed(0)
    whole = torch.randint(-127, 128, (60, 64))
    whole[:, 0] = 127
    weight = whole * torch.rand(60, 1)
    packed, _ = torch.ops.quantized.linear_unpack(Int8Linear(weight, None).packed)
    assert torch.equal(packed.int_repr().long(), whole)
