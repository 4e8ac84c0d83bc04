"""The network: encoder, decoder with attention, and the two together.

    src_ids ─ Encoder ─ memory ─┐
                    tgt_ids ─ Decoder ─ hidden ─ embeddings' transpose ─ log-probabilities

Layers are pre-norm and residual, but for the cells of the decoder's first. The
decoder's attention goes up the stack and never back into the first layer at the
next position, so that in training a whole target sentence is one fused call for
each layer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seq2seq.attention import Projected, build_attention
from seq2seq.cells import Recurrent, State
from seq2seq.config import ModelConfig
from seq2seq.tokenizer import BOS_ID, PAD_ID

Memory = tuple[Projected, ...]  # the source as the decoder sees it: one projection for each layer

BLOCK = 8  # rows, of which `encode` makes a multiple: oneDNN cuts an LSTM's batch into equal blocks; 97 rows have none
# and would run one by one, at a quarter of the speed


class VariationalDropout(nn.Module):
    """Dropout with one mask for all positions of a sentence (Gal and Ghahramani 2016, arXiv 1512.05287)."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        """x (B, T, D) → the same, with whole columns of a sentence set to zero in training."""
        if not self.training or not self.rate:
            return x
        keep = torch.rand(self._mask_shape(x), device=x.device) >= self.rate
        return x * (keep / (1 - self.rate)).to(x.dtype)

    def _mask_shape(self, x: Tensor) -> tuple[int, int, int]:
        return x.size(0), 1, x.size(2)


class WordDropout(VariationalDropout):
    """Dropout of whole tokens, so that none is relied on alone (Sennrich and Zhang 2019, arXiv 1905.11901)."""

    def _mask_shape(self, x: Tensor) -> tuple[int, int, int]:
        return x.size(0), x.size(1), 1


class Embedding(nn.Module):
    """Ids to vectors of width D, scaled to unit variance; its transpose scores the next token."""

    def __init__(self, vocab_size: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(vocab_size, width))
        self.scale = math.sqrt(width)
        if not self.weight.is_meta:  # else there is nothing to fill, and torch would load its compiler to say so
            self.weight.data.normal_().div_(self.scale)

    def forward(self, ids: Tensor) -> Tensor:
        """ids (…) → vectors (…, D), in the type the network computes in."""
        vectors = F.embedding(ids, self.weight) * self.scale
        if torch.is_autocast_enabled(ids.device.type):
            return vectors.to(torch.get_autocast_dtype(ids.device.type))
        return vectors


class _Permute(torch.autograd.Function):
    """Rows in another order, by a permutation that is its own inverse: the gradient takes the same way."""

    @staticmethod
    def forward(ctx, rows: Tensor, order: Tensor) -> Tensor:  # type: ignore[no-untyped-def]
        ctx.save_for_backward(order)
        return rows.index_select(0, order)

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None]:  # type: ignore[no-untyped-def]
        (order,) = ctx.saved_tensors
        return grad.index_select(0, order), None


def reversal(lengths: Tensor, size: int) -> Tensor:
    """The flat order (B·S,) that turns each sentence round and leaves its padding where it is."""
    position = torch.arange(size, device=lengths.device).expand(len(lengths), size)  # (B, S)
    mirrored = torch.where(position < lengths[:, None], lengths[:, None] - 1 - position, position)  # (B, S)
    return (mirrored + torch.arange(len(lengths), device=lengths.device)[:, None] * size).flatten()  # (B·S,)


def reverse(x: Tensor, order: Tensor) -> Tensor:
    """x (B, S, D) with each sentence's real positions turned round, by `reversal`."""
    rows: Tensor = _Permute.apply(x.reshape(-1, x.size(-1)), order)  # type: ignore[no-untyped-call]
    return rows.view_as(x)


class EncoderLayer(nn.Module):
    """x + dropout([forward cells; backward cells](norm(x))).

    The backward direction reads sentences turned round, with the padding still at the end: no state ever
    passes through padding, so a sentence's encoding is the same alone and in any batch.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(config.width)
        self.forward_cells = Recurrent(config.cell, config.width, config.width // 2)
        self.backward_cells = Recurrent(config.cell, config.width, config.width // 2)
        self.dropout = VariationalDropout(config.dropout)

    def forward(self, x: Tensor, order: Tensor) -> Tensor:
        normed = self.norm(x)
        ahead = self.forward_cells(normed)  # (B, S, D/2)
        back = reverse(self.backward_cells(reverse(normed, order)), order)  # (B, S, D/2)
        return x + self.dropout(torch.cat((ahead, back), dim=-1))  # (B, S, D)


class Encoder(nn.Module):
    """Bidirectional layers over the source."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.dropout = nn.Sequential(WordDropout(config.word_dropout), VariationalDropout(config.dropout))
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(config.encoder_layers))
        self.norm = nn.LayerNorm(config.width)

    def forward(self, x: Tensor, src_lengths: Tensor) -> Tensor:
        """Embedded source x (B, S, D), padded at the end, src_lengths int64 (B,) → memory (B, S, D)."""
        order = reversal(src_lengths, x.size(1))
        x = self.dropout(x)
        for layer in self.layers:
            x = layer(x, order)
        return self.norm(x)


class DecoderLayer(nn.Module):
    """x + dropout(cells(norm(x))), then x + dropout(attention(norm(x), memory)).

    The first layer has no `skip` around its cells. By that way the previous word's embedding would arrive
    unchanged at the output, whose tied matrix scores it highest of all: the network would begin by repeating
    every word, and spend much of its training on unlearning that.
    """

    def __init__(self, config: ModelConfig, *, skip: bool) -> None:
        super().__init__()
        self.skip = skip
        self.cells_norm = nn.LayerNorm(config.width)
        self.cells = Recurrent(config.cell, config.width, config.width)
        self.attention_norm = nn.LayerNorm(config.width)
        self.attention = build_attention(config.attention, config.width, config.heads)
        self.dropout = VariationalDropout(config.dropout)

    def forward(self, x: Tensor, projected: Projected) -> Tensor:
        """All target positions at once, (B, T, D) → (B, T, D)."""
        x = self._recur(x)
        return x + self.dropout(self.attention(self.attention_norm(x), projected))

    def attended(self, x: Tensor, projected: Projected) -> tuple[Tensor, Tensor]:
        """Where the attention of `forward` looks from each target position, (B, T, S), and what `forward` gives."""
        x = self._recur(x)
        queries = self.attention_norm(x)
        weights = self.attention.weights(queries, projected)
        return weights, x + self.dropout(self.attention(queries, projected))

    def _recur(self, x: Tensor) -> Tensor:
        output = self.dropout(self.cells(self.cells_norm(x)))  # (B, T, D)
        return x + output if self.skip else output

    def step(self, x: Tensor, projected: Projected, state: State) -> tuple[Tensor, State]:
        """One position of N = B·K rows, (N, D) → (N, D); the K rows of a sentence stand together."""
        output, state = self.cells.step(self.cells_norm(x), state)  # (N, D)
        x = x + output if self.skip else output
        queries = self.attention_norm(x).unflatten(0, (len(projected.keys), -1))  # (B, K, D)
        return x + self.attention(queries, projected).flatten(0, 1), state


class Decoder(nn.Module):
    """Unidirectional layers over the target, each looking at the memory."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.dropout = nn.Sequential(WordDropout(config.word_dropout), VariationalDropout(config.dropout))
        layers = nn.ModuleList(DecoderLayer(config, skip=index > 0) for index in range(config.decoder_layers))
        self.layers: Iterable[DecoderLayer] = layers  # type: ignore[assignment]  # a ModuleList does not know its kind
        self.norm = nn.LayerNorm(config.width)

    def project(self, memory: Tensor, src_lengths: Tensor) -> Memory:
        """What every layer's attention needs of memory (B, S, D), computed once for a sentence."""
        positions = torch.arange(memory.size(1), device=memory.device)
        mask = positions < src_lengths[:, None]  # (B, S)
        memory = memory.to(self.norm.weight.dtype)  # a decoder of 8 bits is in float32 between its products
        return tuple(layer.attention.project(memory, mask) for layer in self.layers)

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        """Embedded target x (B, T, D), from bos on → hidden (B, T, D), whose position t predicts token t + 1."""
        x = self.dropout(x.to(self.norm.weight.dtype))
        for layer, projected in zip(self.layers, memory, strict=True):
            x = layer(x, projected)
        return self.norm(x)

    def attended(self, x: Tensor, memory: Memory, depth: int | None = None) -> Tensor:
        """Where each layer, or the first `depth`, looks while it predicts the next token, (B, layers, T, S)."""
        looks = []
        x = self.dropout(x.to(self.norm.weight.dtype))
        for layer, projected in islice(zip(self.layers, memory, strict=True), depth):
            weights, x = layer.attended(x, projected)
            looks.append(weights)
        return torch.stack(looks, dim=1)

    def step(self, x: Tensor, memory: Memory, states: tuple[State, ...]) -> tuple[Tensor, tuple[State, ...]]:
        """One embedded token a row, x (N, D) → hidden (N, D) that predicts the next, and the states after it."""
        after = []
        x = x.to(self.norm.weight.dtype)
        for layer, projected, state in zip(self.layers, memory, states, strict=True):
            x, state = layer.step(x, projected, state)
            after.append(state)
        return self.norm(x), tuple(after)


@dataclass(frozen=True)
class DecodingState:
    """Where a search stands: the memory of B sentences, and the cells' states of N = B·K rows."""

    memory: Memory
    states: tuple[State, ...]


class Seq2Seq(nn.Module):
    """Encoder and decoder; the training forward, and the Step protocol that search is written against.

    With a joint vocabulary, source, target and output embeddings are one matrix (Press and Wolf 2017,
    arXiv 1608.05859); else the target's and the output's are.
    """

    def __init__(self, config: ModelConfig, src_vocab_size: int, tgt_vocab_size: int, *, joint: bool = True) -> None:
        super().__init__()
        assert not joint or src_vocab_size == tgt_vocab_size, "a joint vocabulary has one size"
        self.tgt_embedding = Embedding(tgt_vocab_size, config.width)
        self.src_embedding = None if joint else Embedding(src_vocab_size, config.width)
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.product: nn.Module | None = None  # of hidden and output embeddings, if not with these themselves

    def forward(self, src_ids: Tensor, src_lengths: Tensor, tgt_ids: Tensor) -> Tensor:
        """src_ids int64 (B, S), src_lengths int64 (B,), tgt_ids int64 (B, T) from bos on → hidden (B, T, D)."""
        return self.decoder(self.tgt_embedding(tgt_ids), self.encode(src_ids, src_lengths))

    def attended(self, src_ids: Tensor, src_lengths: Tensor, tgt_ids: Tensor, depth: int | None = None) -> Tensor:
        """As `forward`, but where each decoder layer, or the first `depth`, looks, (B, layers, T, S)."""
        return self.decoder.attended(self.tgt_embedding(tgt_ids), self.encode(src_ids, src_lengths), depth)

    def encode(self, src_ids: Tensor, src_lengths: Tensor) -> Memory:
        """src_ids int64 (B, S) padded at the end, src_lengths int64 (B,) → what the decoder attends to."""
        embedding = self.src_embedding or self.tgt_embedding
        rows = len(src_ids)
        if rows > BLOCK:
            more = -rows % BLOCK
            src_ids = F.pad(src_ids, (0, 0, 0, more), value=PAD_ID)  # (B', S)
            src_lengths = F.pad(src_lengths, (0, more), value=1)  # (B',)
        memory = self.encoder(embedding(src_ids), src_lengths)[:rows]  # (B, S, D)
        return self.decoder.project(memory, src_lengths[:rows])

    def log_probs(self, hidden: Tensor) -> Tensor:
        """hidden (…, D) → log-probabilities of the next token, float32 (…, V); bos and pad have none."""
        weight = self.tgt_embedding.weight
        logits = self.product(hidden) if self.product else F.linear(hidden.to(weight.dtype), weight).float()  # (…, V)
        logits[..., PAD_ID] = logits[..., BOS_ID] = -torch.inf
        return F.log_softmax(logits, dim=-1)

    def init(self, src_ids: Tensor, src_lengths: Tensor) -> DecodingState:
        """Encodes B sentences; the state has one row for each."""
        memory = self.encode(src_ids, src_lengths)
        return DecodingState(memory, tuple(layer.cells.initial_state(len(src_ids)) for layer in self.decoder.layers))

    def step(self, prev_ids: Tensor, state: DecodingState) -> tuple[Tensor, DecodingState]:
        """prev_ids int64 (N,) → log_probs float32 (N, V) of the next token, and the state after prev_ids."""
        hidden, state = self.advance(prev_ids, state)
        return self.log_probs(hidden), state

    def advance(self, prev_ids: Tensor, state: DecodingState) -> tuple[Tensor, DecodingState]:
        """prev_ids int64 (N,) → hidden (N, D), which predicts the next token, and the state after prev_ids."""
        hidden, states = self.decoder.step(self.tgt_embedding(prev_ids), state.memory, state.states)
        return hidden, DecodingState(state.memory, states)

    def select(self, state: DecodingState, index: Tensor) -> DecodingState:
        """The rows that `index` int64 (B', K') names, each of its rows from one sentence, in order.

        Where no sentence has left (B' = B), the memory is taken over as it is.
        """
        rows = index.flatten()  # (N',)
        states = tuple(tuple(part.index_select(0, rows) for part in layer) for layer in state.states)
        memory, size = state.memory, len(state.memory[0].keys)
        assert len(index) <= size, "a row of the index for each sentence that is left"
        if len(index) < size:
            beam_size = len(state.states[0][0]) // size
            sentences = index[:, 0] // beam_size  # (B',)
            memory = tuple(Projected(*(part.index_select(0, sentences) for part in layer)) for layer in memory)
        return DecodingState(memory, states)
