"""Attention from decoder positions to the encoder's memory.

Every kind has the same two parts: `project` is computed once for a sentence,
`forward` once for every query. Queries of one sentence stand together in the
second dimension, (B, Q, D): the target positions in training, the beam in search.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

Projected = tuple[Tensor, Tensor]  # what is compared with, what is mixed; both start with B


def masked_softmax(energies: Tensor, mask: Tensor) -> Tensor:
    """Weights that sum to 1 over the last dimension and are 0 where mask is False."""
    return torch.softmax(energies.masked_fill(~mask, -torch.inf), dim=-1).to(energies.dtype)


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

    def project(self, memory: Tensor) -> Projected:
        """Keys and values of memory (B, S, D), each (B, H, S, D/H)."""
        # Laid out head by head once, and not again in every product.
        return self._split(self.key(memory)).contiguous(), self._split(self.value(memory)).contiguous()

    def forward(self, query: Tensor, projected: Projected, mask: Tensor) -> Tensor:
        """query (B, Q, D), mask (B, S) True at real tokens → context (B, Q, D)."""
        # Written out: at a dozen positions a side, torch's fused kernel takes several times as long on a CPU.
        heads = self._weights(query, projected, mask) @ projected[1]  # (B, H, Q, D/H)
        return self.output(heads.transpose(1, 2).flatten(2))  # (B, Q, D)

    def weights(self, query: Tensor, projected: Projected, mask: Tensor) -> Tensor:
        """Where `forward` looks, (B, Q, S): the mean of the heads."""
        return self._weights(query, projected, mask).mean(1)

    def _weights(self, query: Tensor, projected: Projected, mask: Tensor) -> Tensor:
        energies = self._split(self.query(query)) * self.scale @ projected[0].transpose(2, 3)  # (B, H, Q, S)
        return masked_softmax(energies, mask[:, None, None, :])  # (B, H, Q, S)

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

    def project(self, memory: Tensor) -> Projected:
        """Keys and values of memory (B, S, D), each (B, S, D)."""
        return (memory if self.kind == "dot" else self.key(memory)), memory

    def forward(self, query: Tensor, projected: Projected, mask: Tensor) -> Tensor:
        """query (B, Q, D), mask (B, S) True at real tokens → context (B, Q, D)."""
        return self.output(self.weights(query, projected, mask) @ projected[1])  # (B, Q, D)

    def weights(self, query: Tensor, projected: Projected, mask: Tensor) -> Tensor:
        """Where `forward` looks, (B, Q, S)."""
        keys = projected[0]
        if self.kind == "additive":
            summed = self.query(query)[:, :, None, :] + keys[:, None, :, :]  # (B, Q, S, D)
            energies = self.energy(summed.tanh()).squeeze(-1)  # (B, Q, S)
        else:
            energies = query @ keys.transpose(1, 2)  # (B, Q, S)
        return masked_softmax(energies, mask[:, None, :])  # (B, Q, S)


def build_attention(kind: str, width: int, heads: int) -> MultiHeadAttention | SingleHeadAttention:
    """The attention that `kind` names: multihead, dot, general or additive."""
    return MultiHeadAttention(width, heads) if kind == "multihead" else SingleHeadAttention(width, kind)
