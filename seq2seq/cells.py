"""Recurrent cells: LSTM, GRU and the plain tanh RNN, over a whole sequence or one step.

A whole sequence goes through torch's fused kernels. One step goes through two
matrix products and the gates written out below, because a fused kernel called
for a single step spends its time repacking weights. Both compute the same
function; a test holds them together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

State = tuple[Tensor, ...]  # (h, c) for lstm, (h,) for gru and rnn; each (N, D)

GATES = {"lstm": 4, "gru": 3, "rnn": 1}
FUNCTIONS: dict[str, Callable[..., tuple[Tensor, ...]]] = {"lstm": torch.lstm, "gru": torch.gru, "rnn": torch.rnn_tanh}
_LSTM = 2  # its number in torch
LAYERS: dict[str, Callable[..., nn.RNNBase]] = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


@dataclass(frozen=True)
class Packed:
    """Weights as a kernel reads them. Torch cannot copy them: a copy of a network has none, and may be packed anew."""

    weights: tuple[Tensor, ...]

    def __deepcopy__(self, memo: object) -> None:
        return None


class Recurrent(nn.Module):
    """One layer of recurrent cells in one direction.

    `cell` is "lstm" (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000), "gru"
    (Cho et al. 2014, arXiv 1406.1078) or "rnn" (Elman 1990).
    """

    def __init__(self, cell: str, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.cell = cell
        self.hidden_size = hidden_size
        self.products: nn.ModuleList | None = None  # of a step: from input, from hidden, if not with layer's weights
        self.packed: Packed | None = None  # the layer's weights, by `pack`
        self.layer: nn.RNNBase = LAYERS[cell](input_size, hidden_size, batch_first=True)
        if not self.layer.all_weights[0][0].is_meta:  # else there is nothing to fill
            self.reset_parameters()

    def reset_parameters(self) -> None:
        """Glorot input weights, orthogonal recurrent weights gate by gate, and an open forget gate."""
        input_weight, hidden_weight, input_bias, hidden_bias = self.layer.all_weights[0]
        for gate in range(GATES[self.cell]):
            rows = slice(gate * self.hidden_size, (gate + 1) * self.hidden_size)
            nn.init.xavier_uniform_(input_weight.data[rows])
            nn.init.orthogonal_(hidden_weight.data[rows])
        nn.init.zeros_(input_bias)
        nn.init.zeros_(hidden_bias)
        if self.cell == "lstm":  # gates stand in the order i, f, g, o
            nn.init.ones_(input_bias.data[self.hidden_size : 2 * self.hidden_size])

    def _apply(self, *args: Any, **options: Any) -> Recurrent:
        self.packed = None  # weights go to another type or device
        return super()._apply(*args, **options)  # type: ignore[no-untyped-call]

    def initial_state(self, rows: int) -> State:
        """Zeros, (rows, D) each."""
        zeros = self.layer.all_weights[0][0].new_zeros(rows, self.hidden_size)
        return (zeros, zeros) if self.cell == "lstm" else (zeros,)

    def forward(self, x: Tensor) -> Tensor:
        """The outputs over whole sequences from a zero state, (B, T, input) → (B, T, D)."""
        if x.is_cuda and torch.is_autocast_enabled("cuda"):
            return self.forward_in(x, torch.get_autocast_dtype("cuda"))
        return self._forward_packed(x, self.packed.weights) if self.packed and len(x) else self.layer(x)[0]

    def forward_in(self, x: Tensor, dtype: torch.dtype) -> Tensor:
        """As `forward`, computed in `dtype`.

        On a GPU, autocast computes cells in float16 whatever it was asked for, and small gradients are lost there.
        """
        weights = self.layer.all_weights[0]
        flat = torch.cat([weight.flatten() for weight in weights]).to(dtype)  # in one piece, as cuDNN wants them
        parts = flat.split([weight.numel() for weight in weights])
        state = tuple(zeros[None].to(dtype) for zeros in self.initial_state(x.size(0)))  # (1, B, D) each
        with torch.autocast(x.device.type, enabled=False):
            outputs, *_ = FUNCTIONS[self.cell](
                x.to(dtype), state if self.cell == "lstm" else state[0],
                [part.view_as(weight) for part, weight in zip(parts, weights, strict=True)],
                True, 1, 0.0, self.training, False, True,  # biases, layers, dropout, training, both ways, batch first
            )  # fmt: skip
        return outputs

    def pack(self) -> None:
        """Lays an LSTM's weights out once as the kernel for whole sequences reads them.

        Else it does that in every call, which for a single sentence takes three times as long as the rest. The
        result is the same, bit for bit. For inference alone: no gradient flows back, and weights must not change.
        """
        assert self.cell == "lstm", "other cells have other kernels"
        input_weight, hidden_weight, input_bias, hidden_bias = (weight.detach() for weight in self.layer.all_weights[0])
        packed = torch.ops.mkldnn._reorder_mkldnn_rnn_layer_weight(
            input_weight, hidden_weight,
            self.hidden_size, False, True, False, [1, 1, self.layer.input_size],  # onward, biases, time first
        )  # fmt: skip
        self.packed = Packed((*packed, input_bias, hidden_bias))

    def _forward_packed(self, x: Tensor, weights: tuple[Tensor, ...]) -> Tensor:
        h, c = (part[None] for part in self.initial_state(x.size(0)))  # (1, B, D) each
        outputs, *_ = torch.ops.aten.mkldnn_rnn_layer.default(
            x.transpose(0, 1).contiguous(), *weights, h, c,
            False, [], _LSTM, self.hidden_size, 1, True, False, False, False,  # onward, one layer, biases, time first
        )  # fmt: skip
        return outputs.transpose(0, 1)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """One position of every row: x (N, input) → output (N, D) and the state after it."""
        from_input, from_hidden = self._multiply(x, state[0])  # (N, gates·D) each
        if self.cell == "lstm":
            i, f, g, o = (from_input + from_hidden).chunk(4, dim=-1)  # (N, D) each
            c = f.sigmoid() * state[1] + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            return h, (h, c)
        if self.cell == "gru":
            input_r, input_z, input_n = from_input.chunk(3, dim=-1)  # (N, D) each
            hidden_r, hidden_z, hidden_n = from_hidden.chunk(3, dim=-1)  # (N, D) each
            n = torch.tanh(input_n + (input_r + hidden_r).sigmoid() * hidden_n)
            z = (input_z + hidden_z).sigmoid()
            h = (1 - z) * n + z * state[0]
            return h, (h,)
        h = torch.tanh(from_input + from_hidden)
        return h, (h,)

    def gates(self, x: Tensor) -> dict[str, Tensor]:
        """How far an LSTM's gates stand open over whole sequences, and how full its cells are, |tanh c|: 0 to 1.

        x (B, T, input) → input, forget, output, cell: (B, T, D) each.
        """
        assert self.cell == "lstm", "other cells have other gates"
        state, opened = self.initial_state(x.size(0)), []
        for position in x.unbind(1):
            from_input, from_hidden = self._multiply(position, state[0])
            i, f, _, o = (from_input + from_hidden).sigmoid().chunk(4, dim=-1)  # (B, D) each
            _, state = self.step(position, state)
            opened.append(torch.stack((i, f, o, state[1].tanh().abs())))  # (4, B, D)
        return dict(zip(("input", "forget", "output", "cell"), torch.stack(opened, dim=2), strict=True))

    def _multiply(self, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        if self.products:
            from_input, from_hidden = self.products
            return from_input(x), from_hidden(h)
        input_weight, hidden_weight, input_bias, hidden_bias = self.layer.all_weights[0]
        return F.linear(x, input_weight, input_bias), F.linear(h, hidden_weight, hidden_bias)


def pack(network: nn.Module) -> None:
    """Packs all LSTM cells of a network that is on a processor and will not learn any more, where torch can do so."""
    for module in network.modules():
        if isinstance(module, Recurrent) and module.cell == "lstm" and _can_pack(module.layer.weight_ih_l0.dtype):
            module.pack()


@cache
def _can_pack(dtype: torch.dtype) -> bool:
    """Has torch the kernels here, and do they compute what they should? They are its own, not a public interface."""
    with torch.random.fork_rng(devices=[]):
        cells, x = Recurrent("lstm", 4, 4).to(dtype), torch.linspace(-1, 1, 24).view(2, 3, 4).to(dtype)
    with torch.inference_mode():
        try:
            wanted = cells(x)
            cells.pack()
            return torch.allclose(cells(x), wanted, atol=1e-5)
        except (RuntimeError, AttributeError, NotImplementedError, TypeError):
            return False
