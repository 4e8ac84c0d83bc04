"""Greedy search, sampling and beam search over the Step protocol.

Nothing here knows text, LSTMs or where log-probabilities come from: a model is
three methods, so that search can be proved on scripted tables. Sentences are
searched in batches, yet each has its own length limit, its own finished
hypotheses and its own end; a finished sentence leaves the batch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import torch
from torch import Tensor

from seq2seq.largest import largest
from seq2seq.tokenizer import BOS_ID, EOS_ID

S = TypeVar("S")


class Step(Protocol[S]):
    """What search needs of a model. N = B·K rows: the K rows of a sentence stand together."""

    def init(self, src_ids: Tensor, src_lengths: Tensor) -> S:
        """src_ids int64 (B, S), src_lengths int64 (B,) → a state of B rows."""

    def step(self, prev_ids: Tensor, state: S) -> tuple[Tensor, S]:
        """prev_ids int64 (N,) → log_probs float32 (N, V) of the next token, and the state after prev_ids."""

    def select(self, state: S, index: Tensor) -> S:
        """The state of the rows in index int64 (B', K'); the entries of a row come from one sentence."""


@dataclass(frozen=True)
class Hypothesis:
    """A finished translation: ids without bos and eos; log_prob in nats, eos included; score as ranked by."""

    ids: tuple[int, ...]
    log_prob: float
    score: float

    @property
    def confidence(self) -> float:
        """The geometric mean of its tokens' probabilities, eos counted."""
        return math.exp(self.log_prob / (len(self.ids) + 1))


def length_penalty(length: float | Tensor, alpha: float) -> float | Tensor:
    """What a log_prob is divided by: ((5 + length) / 6)^alpha, eos counted (Wu et al. 2016, arXiv 1609.08144)."""
    return ((5 + length) / 6) ** alpha


def force_eos(log_probs: Tensor, full: Tensor) -> Tensor:
    """log_probs (B, ·, V) in which sentences that are `full`, bool (B,), can only end. Changes its argument."""
    if full.any():
        ending = log_probs[full, :, EOS_ID]  # (B', ·)
        log_probs[full] = -torch.inf
        log_probs[full, :, EOS_ID] = ending
    return log_probs


@torch.inference_mode()
def greedy(
    model: Step[S], src_ids: Tensor, src_lengths: Tensor, max_lengths: Sequence[int], *, alpha: float = 0.0
) -> list[Hypothesis]:
    """The likeliest token at every position, until eos or the sentence's own limit.

    src_ids int64 (B, S), src_lengths int64 (B,), max_lengths: most tokens for each sentence, eos not counted.
    alpha only scales the reported score. Returns one hypothesis for each sentence, in order.
    """
    return _walk(model, src_ids, src_lengths, max_lengths, lambda log_probs, *_: largest(log_probs, 1)[1][:, 0], alpha)


@torch.inference_mode()
def sample(
    model: Step[S],
    src_ids: Tensor,
    src_lengths: Tensor,
    max_lengths: Sequence[int],
    draws: Tensor,
    *,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    alpha: float = 0.0,
) -> list[Hypothesis]:
    """A token drawn at every position, until eos or the sentence's own limit.

    draws float (B, at least longest limit + 1), uniform in [0, 1): the token is where the distribution function,
    over tokens from the likeliest down, first exceeds the draw, so a sentence's translation follows from its own
    draws alone. Probabilities are those at `temperature`, of the `top_k` likeliest tokens (0: all), and of the
    fewest that together have `top_p` (nucleus sampling, Holtzman et al. 2020, arXiv 1904.09751). log_prob is the
    model's own, at temperature 1. The rest is as in `greedy`.
    """
    assert temperature > 0
    assert 0 < top_p <= 1

    def choose(log_probs: Tensor, sentences: Tensor, length: int) -> Tensor:
        probs, order = (log_probs / temperature).softmax(-1).sort(dim=-1, descending=True, stable=True)  # (B, V) each
        if top_k:
            probs[:, top_k:] = 0
        below = probs.cumsum(-1) - probs  # (B, V): the mass of likelier tokens
        probs[below >= top_p * probs.sum(-1, keepdim=True)] = 0
        upto = probs.cumsum(-1)  # (B, V)
        place = (upto <= draws[sentences, length, None] * upto[:, -1:]).sum(-1, keepdim=True)  # (B, 1)
        return order.gather(1, place.clamp(max=(probs > 0).sum(-1, keepdim=True) - 1)).squeeze(1)

    return _walk(model, src_ids, src_lengths, max_lengths, choose, alpha)


def _walk(
    model: Step[S],
    src_ids: Tensor,
    src_lengths: Tensor,
    max_lengths: Sequence[int],
    choose: Callable[[Tensor, Tensor, int], Tensor],
    alpha: float,
) -> list[Hypothesis]:
    """One hypothesis a sentence, token by token.

    `choose` takes log_probs (B, V), the sentences' numbers (B,) and the length so far, and gives tokens (B,).
    """
    device = src_ids.device
    tokens: list[list[int]] = [[] for _ in range(len(src_ids))]
    log_prob = [0.0] * len(src_ids)
    sentences = torch.arange(len(src_ids), device=device)  # (B,): which sentence each row belongs to
    limits = torch.tensor(max_lengths, device=device)  # (B,)
    prev_ids = torch.full_like(sentences, BOS_ID)
    state = model.init(src_ids, src_lengths)
    for length in range(max(max_lengths) + 1):
        log_probs, state = model.step(prev_ids, state)  # (B, V)
        log_probs = force_eos(log_probs[:, None], limits == length)[:, 0]
        prev_ids = choose(log_probs, sentences, length)  # (B,)
        added = log_probs.gather(1, prev_ids[:, None]).squeeze(1)  # (B,)
        for sentence, token, value in zip(sentences.tolist(), prev_ids.tolist(), added.tolist(), strict=True):
            tokens[sentence].append(token)
            log_prob[sentence] += value
        alive = (prev_ids != EOS_ID).nonzero().squeeze(1)  # (B',)
        if len(alive) == 0:
            break
        if len(alive) < len(sentences):
            sentences, limits, prev_ids = sentences[alive], limits[alive], prev_ids[alive]
            state = model.select(state, alive[:, None])
    return [
        Hypothesis(tuple(ids[:-1]), total, total / float(length_penalty(len(ids), alpha)))
        for ids, total in zip(tokens, log_prob, strict=True)
    ]


@torch.inference_mode()
def beam_search(
    model: Step[S],
    src_ids: Tensor,
    src_lengths: Tensor,
    max_lengths: Sequence[int],
    *,
    beam_size: int,
    n_best: int = 1,
    alpha: float = 1.0,
) -> list[list[Hypothesis]]:
    """The n_best best-scored hypotheses of each sentence that a beam of beam_size finds, best first.

    src_ids int64 (B, S), src_lengths int64 (B,), max_lengths: most tokens for each sentence, eos not counted.

    A beam holds beam_size hypotheses, the finished among them: one that takes eos keeps its place, and the
    unfinished share the places that are left. With beam_size 1 this is greedy search; with a beam as wide as
    the number of hypotheses it is enumeration.

    A sentence ends when its places are all finished, or when no unfinished hypothesis can still enter the
    n_best. Proof of the second: log-probabilities are never positive, so an unfinished hypothesis with
    log_prob L ends with at most L; the penalty p grows with length, and its length is at most max_length + 1;
    so its score is at most L / p(max_length + 1). Where that does not exceed the n_best-th finished score,
    nothing is lost by stopping.
    """
    assert 1 <= n_best <= beam_size
    assert alpha >= 0, "the proof above needs a penalty that grows"
    device = src_ids.device
    finished: list[list[Hypothesis]] = [[] for _ in range(len(src_ids))]
    sentences = torch.arange(len(src_ids), device=device)  # (B,): which sentence each beam belongs to
    limits = torch.tensor(max_lengths, device=device)  # (B,)
    places = torch.full_like(sentences, beam_size)  # (B,): those that no finished hypothesis keeps
    best = torch.full((len(src_ids), n_best), -torch.inf, device=device)  # (B, n_best): scores of the finished
    log_prob = torch.zeros(len(src_ids), 1, device=device)  # (B, K) of each hypothesis; -inf: the place is empty
    tokens = torch.empty(len(src_ids), 1, 0, dtype=torch.long, device=device)  # (B, K, length)
    prev_ids = torch.full((len(src_ids),), BOS_ID, device=device)
    state = model.init(src_ids, src_lengths)
    for length in range(max(max_lengths) + 1):
        log_probs, state = model.step(prev_ids, state)  # (B·K, V)
        log_probs = force_eos(log_probs.unflatten(0, (len(sentences), -1)), limits == length)  # (B, K, V)
        log_prob, parents, last_ids = _extend(log_prob, log_probs, beam_size)  # (B, K') each
        log_prob = log_prob.masked_fill(torch.arange(log_prob.size(1), device=device) >= places[:, None], -torch.inf)
        tokens = tokens.gather(1, parents[:, :, None].expand(-1, -1, length))  # (B, K', length)

        ended = (last_ids == EOS_ID) & log_prob.isfinite()  # (B, K')
        scores = (log_prob / length_penalty(length + 1, alpha)).masked_fill(~ended, -torch.inf)  # (B, K')
        at = ended.nonzero(as_tuple=True)  # which beams, which of their places
        found = (part.tolist() for part in (sentences[at[0]], tokens[at], log_prob[at], scores[at]))
        for sentence, ids, total, score in zip(*found, strict=True):
            finished[sentence].append(Hypothesis(tuple(ids), total, score))
        places = places - ended.sum(1)
        best = torch.cat((best, scores), dim=1).topk(n_best, dim=1).values
        log_prob = log_prob.masked_fill(ended, -torch.inf)
        tokens = torch.cat((tokens, last_ids[:, :, None]), dim=-1)  # (B, K', length + 1)

        bound = log_prob.amax(1) / length_penalty(limits + 1, alpha)  # (B,)
        alive = ((bound > best[:, -1]) & bound.isfinite()).nonzero().squeeze(1)  # (B',)
        if len(alive) == 0:
            break
        rows = (parents + torch.arange(len(sentences), device=device)[:, None] * log_probs.size(1))[alive]  # (B', K')
        state = model.select(state, rows)
        sentences, limits, places, best = sentences[alive], limits[alive], places[alive], best[alive]
        log_prob, tokens = log_prob[alive], tokens[alive]
        prev_ids = last_ids[alive].flatten()  # (N',)
    return [sorted(hypotheses, key=lambda h: -h.score)[:n_best] for hypotheses in finished]


def _extend(log_prob: Tensor, log_probs: Tensor, beam_size: int) -> tuple[Tensor, Tensor, Tensor]:
    """The best continuations of each beam, best first.

    log_prob (B, K), log_probs (B, K, V) → log_prob, parent's place and token, each (B, K'), where
    K' = min(beam_size, K·V).
    """
    width = log_probs.size(1)
    each, tokens = largest(log_probs.flatten(0, 1), beam_size)  # (B·K, k) each: no other token of a row can be chosen
    total = (log_prob[:, :, None] + each.unflatten(0, (-1, width))).flatten(1)  # (B, K·k)
    best, places = total.topk(min(beam_size, total.size(1)))  # (B, K') each
    return best, places // each.size(1), tokens.view_as(total).gather(1, places)
