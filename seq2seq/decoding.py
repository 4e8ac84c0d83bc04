"""From source ids to ranked hypotheses: where models and search meet.

ids ─ the models as one ─ what may be said ─ greedy, sampling or beam ─ ranking ─ hypotheses
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from zlib import crc32

import numpy as np
import torch
from torch import Tensor

from seq2seq.batching import collate, pad, pad_sources
from seq2seq.config import SearchConfig
from seq2seq.constrained import Terms, constrained_search
from seq2seq.lexicon import Lexicon
from seq2seq.model import Seq2Seq
from seq2seq.search import Hypothesis, Step, beam_search, greedy, sample
from seq2seq.shortlist import Shortlisted
from seq2seq.steps import Ensemble, NoRepeat, Prefixed
from seq2seq.tokenizer import BOS_ID

Ids = Sequence[int]
ALIGNING_LAYER = 0  # of the decoder: its attention looks at the word that is being translated


def decode(
    models: Sequence[Seq2Seq],
    sources: Sequence[Ids],
    config: SearchConfig,
    *,
    lexicon: Lexicon | None = None,
    prefixes: Sequence[Ids] = (),
    to_text: Callable[[Hypothesis], str] = str,
) -> list[list[Hypothesis]]:
    """The n_best hypotheses of each source (ids without eos), best first.

    `models` have one vocabulary and are one ensemble. `prefixes`, where given, are how each hypothesis begins;
    `to_text` is what minimum Bayes risk compares hypotheses by. With `config.shortlist`, a single model is searched
    over the tokens that `lexicon` holds possible for a source, unless there are prefixes or a temperature.
    """
    device = next(models[0].parameters()).device
    src_ids, src_lengths = (tensor.to(device) for tensor in pad_sources(sources))
    prefixes = prefixes if any(prefixes) else ()
    limits = [
        max(int(config.max_length_factor * len(source)), len(prefix)) + config.max_length_extra
        for source, prefix in zip(sources, prefixes or [()] * len(sources), strict=True)
    ]
    found = _find(models, (src_ids, src_lengths), sources, limits, prefixes, lexicon, config)
    if config.coverage_penalty:
        found = [
            [replace(h, score=h.score + config.coverage_penalty * cover(weights)) for h, weights in row]
            for row in _with_attention(models, sources, found)
        ]
    if config.mbr:
        drawn = config.temperature > 0
        found = [minimum_bayes_risk(hypotheses, to_text, drawn=drawn) for hypotheses in found]
    return [sorted(hypotheses, key=lambda h: -h.score)[: config.n_best] for hypotheses in found]


def decode_with_terms(
    models: Sequence[Seq2Seq],
    sources: Sequence[Ids],
    terms: Sequence[Terms],
    config: SearchConfig,
    joined: frozenset[int],
) -> list[list[Hypothesis]]:
    """The n_best hypotheses of each source that say its terms, best first; none where there is no room for them.

    The beam is searched over the whole vocabulary. joined: tokens that go on with a word.
    """
    device = next(models[0].parameters()).device
    src_ids, src_lengths = (tensor.to(device) for tensor in pad_sources(sources))
    needed = [sum(max(map(len, forms)) for forms in own) for own in terms]
    limits = [
        int(config.max_length_factor * len(source)) + config.max_length_extra + more
        for source, more in zip(sources, needed, strict=True)
    ]
    return constrained_search(
        _step(models, (), config), src_ids, src_lengths, limits, terms,
        beam_size=config.beam_size, n_best=config.n_best, alpha=config.length_penalty, joined=joined,
    )  # fmt: skip


def _find(
    models: Sequence[Seq2Seq],
    batch: tuple[Tensor, Tensor],
    sources: Sequence[Ids],
    limits: Sequence[int],
    prefixes: Sequence[Ids],
    lexicon: Lexicon | None,
    config: SearchConfig,
) -> list[list[Hypothesis]]:
    """What the search finds: beam_size hypotheses of each source where they are to be ranked anew, else n_best."""
    wanted = config.beam_size if config.mbr or config.coverage_penalty else config.n_best
    if config.temperature:
        return _drawn(_step(models, prefixes, config), batch, sources, limits, wanted, config)
    if lexicon and config.shortlist and len(models) == 1 and not prefixes:
        listed = Shortlisted(models[0], lexicon, batch[0])
        found = _search(_without_repetition(listed, config), batch, limits, wanted, config)
        return [listed.restore(hypotheses) for hypotheses in found]
    return _search(_step(models, prefixes, config), batch, limits, wanted, config)


def _drawn(
    model: Step[Any],
    batch: tuple[Tensor, Tensor],
    sources: Sequence[Ids],
    limits: Sequence[int],
    wanted: int,
    config: SearchConfig,
) -> list[list[Hypothesis]]:
    """Hypotheses drawn by `wanted` walks."""
    columns = []
    for number in range(wanted):
        draws = torch.from_numpy(_draws(sources, max(limits) + 1, config.seed, number)).to(batch[0].device)
        column = sample(
            model, *batch, limits, draws,
            temperature=config.temperature, top_k=config.top_k, top_p=config.top_p, alpha=config.length_penalty,
        )  # fmt: skip
        columns.append(column)
    return [list(row) for row in zip(*columns, strict=True)]


def _search(
    model: Step[Any], batch: tuple[Tensor, Tensor], limits: Sequence[int], wanted: int, config: SearchConfig
) -> list[list[Hypothesis]]:
    if config.beam_size == 1:
        return [[best] for best in greedy(model, *batch, limits, alpha=config.length_penalty)]
    return beam_search(model, *batch, limits, beam_size=config.beam_size, n_best=wanted, alpha=config.length_penalty)


def _step(models: Sequence[Seq2Seq], prefixes: Sequence[Ids], config: SearchConfig) -> Step[Any]:
    """One model in the sense of the Step protocol; without options it is the network itself."""
    step: Step[Any] = models[0] if len(models) == 1 else Ensemble(models)
    return _without_repetition(Prefixed(step, prefixes) if prefixes else step, config)


def _without_repetition(step: Step[Any], config: SearchConfig) -> Step[Any]:
    return NoRepeat(step, config.no_repeat_ngram) if config.no_repeat_ngram else step


def _draws(sources: Sequence[Ids], length: int, seed: int, number: int) -> np.ndarray:
    """Uniform numbers for sampling, float64 (B, length): they follow from the seed and the sentence alone."""
    names = [crc32(np.asarray(source, dtype=np.int64).tobytes()) for source in sources]
    return np.stack([np.random.default_rng([seed, number, name]).random(length) for name in names])


@torch.inference_mode()
def attention(models: Sequence[Seq2Seq], sources: Sequence[Ids], targets: Sequence[Ids]) -> list[Tensor]:
    """Where the models look from each target token, eos last, to each source token, eos last: float32 (T, S) each."""
    device = next(models[0].parameters()).device
    src_ids, src_lengths = (tensor.to(device) for tensor in pad_sources(sources))
    tgt_ids, tgt_lengths = pad([[BOS_ID, *target] for target in targets])
    depth = ALIGNING_LAYER + 1
    looks = [model.attended(src_ids, src_lengths, tgt_ids.to(device), depth)[:, -1].float() for model in models]
    mean = torch.stack(looks).mean(0).cpu()  # (B, T, S)
    lengths = zip(tgt_lengths.tolist(), src_lengths.tolist(), strict=True)
    return [weights[:t, :s] for weights, (t, s) in zip(mean, lengths, strict=True)]


@torch.inference_mode()
def token_log_probs(models: Sequence[Seq2Seq], sources: Sequence[Ids], targets: Sequence[Ids]) -> list[list[float]]:
    """The log-prob in nats of each target token, eos last, over the whole vocabulary, for models as one ensemble."""
    device = next(models[0].parameters()).device
    batch = collate(sources, targets).to(device)
    logs = []
    for model in models:
        hidden = model(batch.src_ids, batch.src_lengths, batch.tgt_ids).flatten(0, 1)  # (B·T, D)
        log_probs = model.log_probs(hidden.index_select(0, batch.positions))  # (n, V)
        logs.append(log_probs.gather(1, batch.labels[:, None]).squeeze(1))  # (n,)
    mean = torch.stack(logs).logsumexp(0) - math.log(len(logs))  # (n,)
    return [part.tolist() for part in mean.split([len(target) + 1 for target in targets])]


def _with_attention(
    models: Sequence[Seq2Seq], sources: Sequence[Ids], found: Sequence[Sequence[Hypothesis]]
) -> list[list[tuple[Hypothesis, Tensor]]]:
    """Each hypothesis with where the models look in it."""
    flat = [(source, h.ids) for source, hypotheses in zip(sources, found, strict=True) for h in hypotheses]
    looks = iter(attention(models, [source for source, _ in flat], [ids for _, ids in flat]))
    return [[(h, next(looks)) for h in hypotheses] for hypotheses in found]


def cover(weights: Tensor) -> float:
    """How much of the source a hypothesis has looked at, from weights (T, S): 0 if at all, else below.

    The sum over source tokens of log(min(attention received, 1)) (Wu et al. 2016, arXiv 1609.08144, equation 14).
    """
    return float(weights.sum(0).clamp(min=1e-9, max=1).log().sum())


def minimum_bayes_risk(
    hypotheses: Sequence[Hypothesis], to_text: Callable[[Hypothesis], str], *, drawn: bool = False
) -> list[Hypothesis]:
    """The hypotheses with their expected chrF, 0 to 100, as score (Kumar and Byrne 2004).

    The expectation is over the same hypotheses as references, as likely as the model has them among each other; all
    count the same where they were drawn, since what is likelier was drawn more often.
    """
    from sacrebleu.metrics.chrf import CHRF

    metric, texts = CHRF(), [to_text(h) for h in hypotheses]
    log_probs = torch.tensor([0.0 if drawn else h.log_prob for h in hypotheses], dtype=torch.float64)
    weights = log_probs.softmax(0).tolist()
    return [
        replace(
            h, score=sum(w * metric.sentence_score(text, [ref]).score for w, ref in zip(weights, texts, strict=True))
        )
        for h, text in zip(hypotheses, texts, strict=True)
    ]
