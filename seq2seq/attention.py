"""Attention from decoder positions to the encoder's memory.

Every kind has the same two parts: `project` is computed once for a sentence,
`forward` once for every query. Queries of one sentence stand together in the
second dimension, (B, Q, D): the target positions in training, the beam in search.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Projected(NamedTuple):
    """A batch's memory as one attention sees it; each part starts with B."""

    keys: Tensor  # what queries are compared with
    values: Tensor  # what is mixed
    padding: Tensor  # what is added to their energies: 0 at real tokens, -inf behind them


class MultiHeadAttention(nn.Module):
    """Scaled dot product in H subspaces (Vaswani et al. 2017, arXiv 1706.03762)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.scale = (width // heads) ** -0.5
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)
        for layer in (self.query, self.key, self.value, self.output):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def project(self, memory: Tensor, mask: Tensor) -> Projected:
        """memory (B, S, D), mask bool (B, S), True at real tokens → (B, H, S, D/H) twice, padding (B, H, 1, S).

        Laid out head by head, and scaled, once and not again in every product.
        """
        keys, values = self._split(self.key(memory) * self.scale), self._split(self.value(memory))  # (B, H, S, D/H)
        padding = _padding(mask, keys.dtype)[:, None].expand(-1, self.heads, -1, -1)  # (B, H, 1, S)
        return Projected(keys.contiguous(), values.contiguous(), padding.contiguous())

    def forward(self, query: Tensor, projected: Projected) -> Tensor:
        """query (B, Q, D) → context (B, Q, D)."""
        # Written out: at a dozen positions a side, torch's fused kernel takes several times as long on a CPU.
        heads = torch.bmm(self._weights(query, projected), projected.values.flatten(0, 1))  # (B·H, Q, D/H)
        return self.output(heads.unflatten(0, (-1, self.heads)).transpose(1, 2).flatten(2))  # (B, Q, D)

    def weights(self, query: Tensor, projected: Projected) -> Tensor:
        """Where `forward` looks, (B, Q, S): the mean of the heads."""
        return self._weights(query, projected).unflatten(0, (-1, self.heads)).mean(1)

    def _weights(self, query: Tensor, projected: Projected) -> Tensor:
        queries = self._split(self.query(query)).flatten(0, 1)  # (B·H, Q, D/H)
        keys, _, padding = (part.flatten(0, 1) for part in projected)  # (B·H, S, D/H), padding (B·H, 1, S)
        return _softmax(torch.baddbmm(padding, queries, keys.transpose(1, 2)))  # (B·H, Q, S)

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, H, ·, D/H)


class SingleHeadAttention(nn.Module):
    """One distribution over the source for each query.

    `kind` is "dot" or "general" (Luong et al. 2015, arXiv 1508.04025) or "additive" (Bahdanau et al. 2015,
    arXiv 1409.0473). The memory itself is mixed; an output layer follows, as in the multi-head kind.
    """

    def __init__(self, width: int, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.output = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.output.weight)
        nn.init.zeros_(self.output.bias)
        if kind in ("general", "additive"):
            self.key = nn.Linear(width, width, bias=False)
        if kind == "additive":
            self.query = nn.Linear(width, width)
            self.energy = nn.Linear(width, 1, bias=False)

    def project(self, memory: Tensor, mask: Tensor) -> Projected:
        """memory (B, S, D), mask bool (B, S), True at real tokens → (B, S, D) twice, padding (B, 1, S)."""
        keys = memory if self.kind == "dot" else self.key(memory)  # (B, S, D)
        return Projected(keys, memory, _padding(mask, keys.dtype))

    def forward(self, query: Tensor, projected: Projected) -> Tensor:
        """query (B, Q, D) → context (B, Q, D)."""
        return self.output(torch.bmm(self.weights(query, projected), projected.values))  # (B, Q, D)

    def weights(self, query: Tensor, projected: Projected) -> Tensor:
        """Where `forward` looks, (B, Q, S)."""
        keys, _, padding = projected
        if self.kind == "additive":
            summed = self.query(query)[:, :, None, :] + keys[:, None, :, :]  # (B, Q, S, D)
            return _softmax(self.energy(summed.tanh()).squeeze(-1) + padding)  # (B, Q, S)
        return _softmax(torch.baddbmm(padding, query, keys.transpose(1, 2)))  # (B, Q, S)


def build_attention(kind: str, width: int, heads: int) -> MultiHeadAttention | SingleHeadAttention:
    """The attention that `kind` names: multihead, dot, general or additive."""
    return MultiHeadAttention(width, heads) if kind == "multihead" else SingleHeadAttention(width, kind)


def _padding(mask: Tensor, dtype: torch.dtype) -> Tensor:
    """mask bool (B, S), True at real tokens → 0 there and -inf elsewhere, (B, 1, S)."""
    return torch.zeros_like(mask, dtype=dtype).masked_fill_(~mask, -torch.inf)[:, None]


def _softmax(energies: Tensor) -> Tensor:
    """Weights that sum to 1 over the last dimension; autocast would leave them in float32."""
    return energies.softmax(-1).to(energies.dtype)
