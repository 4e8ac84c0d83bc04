"""A model that says only what a lexicon holds possible for its sentence: less to score, less to choose from.

It is a model in the sense of the Step protocol, and wraps the network between its last hidden vector and its
output. Its tokens are places in the list of all that the batch's sentences may say; the special ids keep theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from seq2seq.lexicon import Lexicon
from seq2seq.model import DecodingState, Seq2Seq
from seq2seq.search import Hypothesis
from seq2seq.tokenizer import BOS_ID, FIRST_PIECE, PAD_ID


@dataclass(frozen=True)
class ListedState:
    """The network's state, and what each sentence may say: float (B, U), 0 where it may, -inf where it may not."""

    inner: DecodingState
    allowed: Tensor


class Shortlisted:
    """Search over the U tokens that the sentences of one batch may say.

    Each sentence is held to its own list, whatever the others' are: common tokens, the candidates of its source
    tokens and, with a joint vocabulary, these themselves. Probabilities are over that list.
    """

    def __init__(self, model: Seq2Seq, lexicon: Lexicon, src_ids: Tensor) -> None:
        """src_ids int64 (B, S), those that `init` will be called with."""
        self.model = model
        weight = model.tgt_embedding.weight
        allowed = weight.new_zeros(len(src_ids), len(weight) + 1, dtype=torch.bool)  # (B, V + 1), the last for none
        allowed.scatter_(1, lexicon.candidates[src_ids].flatten(1).long() % allowed.size(1), True)
        if model.src_embedding is None:
            allowed.scatter_(1, src_ids, True)
        allowed[:, lexicon.common.long()] = True
        allowed[:, :FIRST_PIECE] = True  # special ids, placeholders, bytes: what spells any name
        self.ids = allowed[:, :-1].any(0).nonzero().squeeze(1)  # (U,), ascending
        self.weight = weight[self.ids]  # (U, D)
        self.allowed = torch.where(allowed[:, self.ids], 0.0, -torch.inf)  # (B, U)
        self.allowed[:, [PAD_ID, BOS_ID]] = -torch.inf

    def init(self, src_ids: Tensor, src_lengths: Tensor) -> ListedState:
        """The network's state, and the lists."""
        assert len(src_ids) == len(self.allowed)
        return ListedState(self.model.init(src_ids, src_lengths), self.allowed)

    def step(self, prev_ids: Tensor, state: ListedState) -> tuple[Tensor, ListedState]:
        """prev_ids int64 (N,), places in the list → log_probs float32 (N, U), and the state after prev_ids."""
        hidden, inner = self.model.advance(self.ids[prev_ids], state.inner)
        logits = (
            F.linear(hidden.to(self.weight.dtype), self.weight).float().unflatten(0, (len(state.allowed), -1))
        )  # (B, K, U)
        log_probs = F.log_softmax(logits.add_(state.allowed[:, None]).flatten(0, 1), dim=-1)  # (N, U)
        return log_probs, replace(state, inner=inner)

    def select(self, state: ListedState, index: Tensor) -> ListedState:
        """The rows that index int64 (B', K') names."""
        allowed = state.allowed
        if len(index) < len(allowed):
            beam_size = len(state.inner.states[0][0]) // len(allowed)
            allowed = allowed.index_select(0, index[:, 0] // beam_size)  # (B', U)
        return ListedState(self.model.select(state.inner, index), allowed)

    def restore(self, hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
        """Hypotheses of places as hypotheses of the vocabulary's ids."""
        ids = self.ids.tolist()
        return [replace(h, ids=tuple(ids[place] for place in h.ids)) for h in hypotheses]
