"""The training loop, on one screen, and what it reports.

`train` is a generator: it yields what happened (`Progress`, `Validation`,
`Finished`) and leaves showing, logging and writing to whoever listens. All that
changes is in the `TrainingState` that it is given; the data's order and the
learning rate are functions of it, so a run taken up from a saved state is the
same run.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
import torch

from seq2seq.batching import Batch, collate, epoch_batches
from seq2seq.checkpoint import Position, TrainingState
from seq2seq.config import TrainingConfig
from seq2seq.corpus import Corpus
from seq2seq.errors import UserError
from seq2seq.loss import linear_cross_entropy
from seq2seq.model import Seq2Seq
from seq2seq.tokenizer import Tokenizer


@dataclass(frozen=True)
class Progress:
    """One update of the weights."""

    step: int
    epoch: float  # with the fraction of it that is done
    loss: float  # label-smoothed, nats per real target token
    nll: float  # not smoothed
    learning_rate: float
    grad_norm: float  # before clipping
    tokens: int  # target tokens of this update
    seconds: float  # of the whole run so far
    done: float  # share of the run's limit that is used up, 0 to 1


@dataclass(frozen=True)
class Validation:
    """A look at the dev set with the averaged weights."""

    step: int
    bleu: float
    chrf: float
    samples: tuple[tuple[str, str, str], ...]  # source, reference, translation
    best: bool = False


@dataclass(frozen=True)
class Finished:
    """The end of a sitting; `interrupted` ones can be resumed."""

    step: int
    reason: str
    interrupted: bool = False


Event = Progress | Validation | Finished


@dataclass(frozen=True)
class Feed:
    """Encoded pairs, and how they are turned into batches."""

    corpus: Corpus
    src_tokenizer: Tokenizer
    tgt_tokenizer: Tokenizer
    sampling_alpha: float = 0.0

    def updates(self, config: TrainingConfig, epoch: int) -> list[list[np.ndarray]]:
        """The pair indices of one epoch: a list of updates, each a list of batches."""
        batches = epoch_batches(
            self.corpus.src_lengths,
            self.corpus.tgt_lengths,
            self.corpus.weights,
            batch_tokens=config.batch_tokens,
            seed=config.seed,
            epoch=epoch,
        )
        return [batches[start : start + config.accumulate] for start in range(0, len(batches), config.accumulate)]

    def batch(self, rows: np.ndarray, seed: int) -> Batch:
        """The batch of these pairs; with subword sampling, another segmentation for every seed."""
        if not self.sampling_alpha:
            pairs = [self.corpus.pair(int(row)) for row in rows]
            return collate([src for src, _ in pairs], [tgt for _, tgt in pairs])
        src, tgt = self.corpus.texts(rows)
        return collate(
            self.src_tokenizer.sample(src, alpha=self.sampling_alpha, seed=2 * seed),
            self.tgt_tokenizer.sample(tgt, alpha=self.sampling_alpha, seed=2 * seed + 1),
        )


def initial_state(model: Seq2Seq, config: TrainingConfig) -> TrainingState:
    """A run before its first update."""
    optimizer = torch.optim.AdamW(
        model.parameters(),
        lr=config.learning_rate,
        betas=(0.9, 0.98),
        weight_decay=config.weight_decay,
        fused=True,
    )
    averaged = copy.deepcopy(model).requires_grad_(False).eval()
    return TrainingState(model, averaged, optimizer)


def train(
    state: TrainingState,
    feed: Feed,
    config: TrainingConfig,
    dtype: torch.dtype,
    *,
    validate: Callable[[], Validation],
    save: Callable[[], None],
    keep_best: Callable[[Validation], None],
    stop_requested: Callable[[], bool] = lambda: False,
) -> Iterator[Event]:
    """Trains until a limit of `config` is reached, from wherever `state` stands.

    dtype is the type of the products; the softmax, the weights and the optimizer are float32. `validate`
    scores the averaged weights, `keep_best` stores them when they score best so far, `save` stores the state.
    """
    model, position = state.model, state.position
    device = next(model.parameters()).device
    clock = time.perf_counter()
    for epoch in count(position.epoch):
        updates = feed.updates(config, epoch)
        assert updates, "an epoch has at least one pair of positive weight"
        for batches in updates[position.update :]:
            done = share_done(position, len(updates), config)
            rate = learning_rate(position.step, done, config)
            loss, nll, tokens = _accumulate(state, feed, batches, device, dtype, config)
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), config.clip_norm)
            _check_finite(position.step, loss, float(norm))
            for group in state.optimizer.param_groups:
                group["lr"] = rate
            state.optimizer.step()
            state.optimizer.zero_grad(set_to_none=True)
            _average(state, config.ema_decay)

            position.step += 1
            position.update += 1
            position.tokens += tokens
            position.seconds, clock = position.seconds + time.perf_counter() - clock, time.perf_counter()
            done = share_done(position, len(updates), config)
            at = epoch + position.update / len(updates)
            yield Progress(position.step, at, loss, nll, rate, float(norm), tokens, position.seconds, done)
            if position.step % config.validate_every == 0 or done >= 1:
                validation = _validate(position, config, validate)
                if validation.best:
                    keep_best(validation)
                yield validation
            tired = 0 < config.patience <= position.validations_without_gain
            stopping = done >= 1 or tired or stop_requested()
            if stopping or position.step % config.save_every == 0 or position.step % config.validate_every == 0:
                save()
            if stopping:
                reason = "limit reached" if done >= 1 else "no better dev score" if tired else "interrupted"
                yield Finished(position.step, reason, interrupted=not (done >= 1 or tired))
                return
        position.epoch, position.update = epoch + 1, 0


def _accumulate(
    state: TrainingState,
    feed: Feed,
    batches: list[np.ndarray],
    device: torch.device,
    dtype: torch.dtype,
    config: TrainingConfig,
) -> tuple[float, float, int]:
    """Adds up the gradients of one update; returns loss and nll per real target token, and the tokens.

    Every token weighs the same, in whichever batch it stands: sums are divided by the tokens of the update.
    """
    model: Seq2Seq = state.model  # type: ignore[assignment]
    model.train()
    tokens = sum(int(feed.corpus.tgt_lengths[rows].sum()) + len(rows) for rows in batches)
    total_loss = total_nll = 0.0
    for part, rows in enumerate(batches):
        batch = feed.batch(rows, seed=state.position.step * config.accumulate + part).to(device)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
            hidden = model(batch.src_ids, batch.src_lengths, batch.tgt_ids)  # (B, T, D)
        real = hidden.flatten(0, 1).index_select(0, batch.positions)  # (n, D)
        loss, nll = linear_cross_entropy(real, model.tgt_embedding.weight, batch.labels, config.label_smoothing)
        (loss / tokens).backward()
        total_loss += loss.item()
        total_nll += nll.item()
    return total_loss / tokens, total_nll / tokens, tokens


def share_done(position: Position, updates_per_epoch: int, config: TrainingConfig) -> float:
    """How much of the run's limit is used up, 0 to 1: of the limit that comes first, if there are several."""
    epochs = position.epoch + position.update / updates_per_epoch
    shares = [
        (position.step, config.max_steps),
        (epochs, config.max_epochs),
        (position.seconds / 60, config.max_minutes),
    ]
    return min(1.0, max(used / limit for used, limit in shares if limit))


def learning_rate(step: int, done: float, config: TrainingConfig) -> float:
    """The rate of update number `step` (from 0) when the share `done` of the run is over."""
    # 1. Up in a straight line over the first warmup_steps.
    warm = min(1.0, (step + 1) / max(1, config.warmup_steps))
    # 2. Down with a half cosine that ends at zero with the run, or
    if config.schedule == "cosine":
        return config.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * done))
    # 3. down with the square root of the step, which needs no end.
    return config.learning_rate * warm * math.sqrt(max(1, config.warmup_steps) / max(step + 1, config.warmup_steps, 1))


@torch.no_grad()
def _average(state: TrainingState, decay: float) -> None:
    """Moves the averaged weights towards the model's; faster at the start, when the average is of nothing."""
    step = state.position.step
    decay = min(decay, (1 + step) / (10 + step))
    torch._foreach_lerp_(list(state.averaged.parameters()), list(state.model.parameters()), 1 - decay)


def _validate(position: Position, config: TrainingConfig, validate: Callable[[], Validation]) -> Validation:
    """A validation, with its place in the run noted."""
    result = validate()
    score = result.bleu if config.metric == "bleu" else result.chrf
    best = score > position.best_score
    if best:
        position.best_score, position.best_step, position.validations_without_gain = score, position.step, 0
    else:
        position.validations_without_gain += 1
    return replace(result, step=position.step, best=best)


def _check_finite(step: int, loss: float, norm: float) -> None:
    if not (math.isfinite(loss) and math.isfinite(norm)):
        raise UserError(
            f"the loss became {loss} (gradient norm {norm}) at step {step + 1}; the last saved state is whole. "
            "Start again with a lower training.learning_rate, a longer training.warmup_steps, "
            "or training.precision=fp32"
        )
