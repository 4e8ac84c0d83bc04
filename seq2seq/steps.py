"""Models made from models: what search may be asked for besides the likeliest translation.

Each class here is a model in the sense of the Step protocol and wraps others, so the algorithms in `search` know
nothing of it, and a search without it does nothing for it.

    Ensemble(models)                  several models as one
    NoRepeat(model, size)             no n-gram twice
    Prefixed(model, prefixes)         hypotheses that begin as told
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from torch import Tensor

from seq2seq.search import Step
from seq2seq.tokenizer import EOS_ID

S = TypeVar("S")


class Ensemble(Generic[S]):
    """Several models with one vocabulary: at each step the mean of their probabilities.

    It is itself normalized, so its log_probs are those of a model.
    """

    def __init__(self, models: Sequence[Step[S]]) -> None:
        assert models
        self.models = models

    def init(self, src_ids: Tensor, src_lengths: Tensor) -> tuple[S, ...]:
        """The states of all models."""
        return tuple(model.init(src_ids, src_lengths) for model in self.models)

    def step(self, prev_ids: Tensor, state: tuple[S, ...]) -> tuple[Tensor, tuple[S, ...]]:
        """prev_ids int64 (N,) → log of the mean probabilities, float32 (N, V), and all states after prev_ids."""
        stepped = [model.step(prev_ids, part) for model, part in zip(self.models, state, strict=True)]
        log_probs = torch.stack([log_probs for log_probs, _ in stepped])  # (models, N, V)
        return log_probs.logsumexp(0) - math.log(len(stepped)), tuple(after for _, after in stepped)

    def select(self, state: tuple[S, ...], index: Tensor) -> tuple[S, ...]:
        """The rows that index names, of all states."""
        return tuple(model.select(part, index) for model, part in zip(self.models, state, strict=True))


@dataclass(frozen=True)
class WithTokens(Generic[S]):
    """A model's state, and what each row has said so far: int64 (N, length), bos first."""

    inner: S
    tokens: Tensor


class NoRepeat(Generic[S]):
    """A model that says no n-gram of `size` tokens twice: the token that would complete one has no probability.

    Ending is always allowed, and so is a token that has no alternative, as a prefix's have none. What is left is not
    normalized again, so a log_prob stays the wrapped model's.
    """

    def __init__(self, model: Step[S], size: int) -> None:
        assert size >= 1
        self.model = model
        self.size = size

    def init(self, src_ids: Tensor, src_lengths: Tensor) -> WithTokens[S]:
        """The model's state, of rows that have said nothing."""
        return WithTokens(self.model.init(src_ids, src_lengths), src_ids.new_empty(len(src_ids), 0))

    def step(self, prev_ids: Tensor, state: WithTokens[S]) -> tuple[Tensor, WithTokens[S]]:
        """prev_ids int64 (N,) → log_probs float32 (N, V) without repetitions, and the state after prev_ids."""
        log_probs, inner = self.model.step(prev_ids, state.inner)
        tokens = torch.cat((state.tokens, prev_ids[:, None]), dim=1)  # (N, length)
        said = tokens[:, 1:]  # without bos
        if said.size(1) >= self.size:
            grams = said.unfold(1, self.size, 1)  # (N, grams, size)
            begun = said[:, said.size(1) - self.size + 1 :]  # (N, size - 1)
            completes = (grams[:, :, :-1] == begun[:, None]).all(-1)  # (N, grams)
            completes &= (log_probs.isfinite().sum(1) > 1)[:, None]
            rows, places = completes.nonzero(as_tuple=True)
            log_probs[rows, grams[rows, places, -1]] = -torch.inf
        return log_probs, WithTokens(inner, tokens)

    def select(self, state: WithTokens[S], index: Tensor) -> WithTokens[S]:
        """The rows that index names."""
        return WithTokens(self.model.select(state.inner, index), state.tokens[index.flatten()])


@dataclass(frozen=True)
class WithPrefix(Generic[S]):
    """A model's state, and what each row has still to say: int64 (N, length), EOS_ID where nothing is left."""

    inner: S
    ahead: Tensor


class Prefixed(Generic[S]):
    """A model whose hypotheses begin with a prefix, one for each sentence, and go on freely behind it.

    The prefix's tokens keep their log-probs, so a score is that of the whole hypothesis.
    """

    def __init__(self, model: Step[S], prefixes: Sequence[Sequence[int]]) -> None:
        self.model = model
        self.prefixes = prefixes

    def init(self, src_ids: Tensor, src_lengths: Tensor) -> WithPrefix[S]:
        """The model's state, with the whole prefix ahead."""
        assert len(self.prefixes) == len(src_ids), "a prefix for each sentence"
        ahead = src_ids.new_full((len(src_ids), max(map(len, self.prefixes)) + 1), EOS_ID)  # (B, longest + 1)
        for row, prefix in zip(ahead, self.prefixes, strict=True):
            row[: len(prefix)] = row.new_tensor(prefix)
        return WithPrefix(self.model.init(src_ids, src_lengths), ahead)

    def step(self, prev_ids: Tensor, state: WithPrefix[S]) -> tuple[Tensor, WithPrefix[S]]:
        """prev_ids int64 (N,) → log_probs float32 (N, V) of what may come next, and the state after prev_ids."""
        log_probs, inner = self.model.step(prev_ids, state.inner)
        wanted = state.ahead[:, 0]  # (N,)
        forced = (wanted != EOS_ID).nonzero().squeeze(1)  # (F,)
        if len(forced):
            kept = log_probs[forced, wanted[forced]]  # (F,)
            log_probs[forced] = -torch.inf
            log_probs[forced, wanted[forced]] = kept
        ahead = state.ahead[:, 1:] if state.ahead.size(1) > 1 else state.ahead
        return log_probs, WithPrefix(inner, ahead)

    def select(self, state: WithPrefix[S], index: Tensor) -> WithPrefix[S]:
        """The rows that index names."""
        return WithPrefix(self.model.select(state.inner, index), state.ahead[index.flatten()])
