"""Weights laid out once: the same outputs, and none where torch cannot do it."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from seq2seq import cells
from seq2seq.cells import Recurrent, pack
from seq2seq.device import computes_bf16

NATIVE = computes_bf16(torch.device("cpu"))
needs_kernels = pytest.mark.skipif(not cells._can_pack(torch.float32), reason="torch has no such kernels here")


@needs_kernels
@pytest.mark.parametrize(
    "dtype",
    [
        torch.float32,
        pytest.param(torch.bfloat16, marks=pytest.mark.skipif(not NATIVE, reason="no bfloat16 on this processor")),
    ],
)
@pytest.mark.parametrize(("rows", "positions"), [(1, 1), (1, 9), (5, 3), (64, 13), (97, 2)])
def test_packed_cells_compute_the_same_bit_for_bit(dtype: torch.dtype, rows: int, positions: int) -> None:
    torch.manual_seed(0)
    layer, x = Recurrent("lstm", 24, 16).to(dtype), torch.randn(rows, positions, 24).to(dtype)
    with torch.inference_mode():
        wanted = layer(x)
        layer.pack()
        assert torch.equal(layer(x), wanted)


@needs_kernels
def test_packing_finds_all_lstm_cells_and_leaves_others() -> None:
    network = nn.ModuleList([Recurrent("lstm", 4, 4), Recurrent("gru", 4, 4), nn.Sequential(Recurrent("lstm", 4, 4))])
    pack(network)
    packed = [module.packed is not None for module in network.modules() if isinstance(module, Recurrent)]
    assert packed == [True, False, True]


@needs_kernels
def test_cells_of_another_type_are_no_longer_packed() -> None:
    layer = Recurrent("lstm", 8, 4)
    layer.pack()
    assert layer.double()(torch.randn(1, 3, 8).double()).dtype == torch.float64


@needs_kernels
def test_a_copy_of_packed_cells_has_weights_of_its_own() -> None:
    layer, x = Recurrent("lstm", 8, 4), torch.randn(1, 3, 8)
    layer.pack()
    copied = copy.deepcopy(layer)
    assert copied.packed is None
    copied.layer.bias_hh_l0.data += 1
    assert not torch.equal(copied(x), layer(x))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_cells_of_a_type_without_kernels_are_left_as_they_are(
    monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype
) -> None:
    """As where torch has none, or the processor none of that type."""
    packed = Recurrent.pack

    def missing(self: Recurrent) -> None:
        if self.layer.weight_ih_l0.dtype == dtype:
            raise RuntimeError("could not create a primitive descriptor")
        packed(self)

    cells._can_pack.cache_clear()
    monkeypatch.setattr(Recurrent, "pack", missing)
    layer = Recurrent("lstm", 4, 4).to(dtype)
    pack(layer)
    cells._can_pack.cache_clear()
    assert layer.packed is None


@needs_kernels
def test_no_rows_have_no_outputs() -> None:
    layer = Recurrent("lstm", 8, 4)
    layer.pack()
    assert layer(torch.empty(0, 3, 8)).shape == (0, 3, 4)


def test_looking_for_the_kernels_draws_no_random_numbers() -> None:
    torch.manual_seed(0)
    wanted = torch.rand(3)
    torch.manual_seed(0)
    cells._can_pack.cache_clear()
    cells._can_pack(torch.float32)
    assert torch.equal(torch.rand(3), wanted)
