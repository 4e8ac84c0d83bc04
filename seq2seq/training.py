"""The training loop, on one screen, and what it reports.

`train` is a generator: it yields what happened (`Progress`, `Validation`,
`Finished`) and leaves showing, logging and writing to whoever listens. All that
changes is in the `TrainingState` that it is given; the data's order, the
learning rate and all that is random are functions of it, so a run taken up from
a saved state is the same run.

Several processes may train one model (`World`): each takes its share of every
batch, and each goes through the same updates.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from itertools import count

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from seq2seq.batching import Batch
from seq2seq.checkpoint import Position, TrainingState
from seq2seq.config import TrainingConfig
from seq2seq.distributed import World
from seq2seq.errors import UserError
from seq2seq.feed import Feed, prefetch
from seq2seq.loss import linear_cross_entropy
from seq2seq.model import Seq2Seq


@dataclass(frozen=True)
class Learned:
    """One update of the weights, over all processes."""

    loss: float  # label-smoothed, nats per real target token
    nll: float  # not smoothed
    grad_norm: float  # before clipping
    tokens: int  # real target tokens


@dataclass(frozen=True)
class Progress:
    """An update, and where the run stands after it."""

    step: int
    epoch: float  # with the fraction of it that is done
    loss: float  # as in `Learned`
    nll: float
    learning_rate: float
    grad_norm: float
    tokens: int
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


class Objective(nn.Module):
    """From ids to the loss: one module, so that DistributedDataParallel sees all of the way."""

    def __init__(self, model: Seq2Seq, dtype: torch.dtype, label_smoothing: float) -> None:
        super().__init__()
        self.model = model
        self.dtype = dtype
        self.label_smoothing = label_smoothing

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The label-smoothed loss and the plain nll of a batch, each summed over its real target tokens."""
        with torch.autocast(batch.src_ids.device.type, torch.bfloat16, enabled=self.dtype == torch.bfloat16):
            hidden = self.model(batch.src_ids, batch.src_lengths, batch.tgt_ids)  # (B, T, D)
        real = hidden.flatten(0, 1).index_select(0, batch.positions).to(self.dtype)  # (n, D)
        return linear_cross_entropy(real, self.model.tgt_embedding.weight, batch.labels, self.label_smoothing)


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
    validate_first: bool = False,
    save: Callable[[], None],
    keep_best: Callable[[Validation], None],
    stop_requested: Callable[[], bool] = lambda: False,
    world: World = World(),  # noqa: B008 - frozen
) -> Iterator[Event]:
    """Trains from wherever `state` stands until a limit of `config` or its patience ends; updates nothing past that.

    dtype is the type of the products; the softmax, the weights and the optimizer are float32. `validate` scores the
    averaged weights, before the first update as well with `validate_first`; `keep_best` stores them when they score
    best so far, `save` stores the state. All processes of `world` run this, with the same state and configuration.
    """
    position = state.position
    objective = build_objective(state, dtype, config, world)
    device = next(state.model.parameters()).device
    clock = time.perf_counter()
    if validate_first:
        yield from _validated(position, config, validate, keep_best)
    for epoch in count(position.epoch):
        updates = feed.updates(config, epoch)
        assert updates, "an epoch has at least one pair of positive weight"
        draw = partial(draw_share, feed=feed, seed=config.seed, epoch=epoch, world=world, device=device)
        for batches in prefetch(updates[position.update :], draw):
            if reason := _end(position, len(updates), config):
                if position.best_score < 0:  # the limit was lowered before there was a score: it would leave no model
                    yield from _validated(position, config, validate, keep_best)
                    _count_time(position, clock, world)
                    save()
                yield Finished(position.step, reason)
                return
            rate = learning_rate(position.step, share_done(position, len(updates), config), config)
            learned = update(state, objective, batches, rate, config, world)
            position.step += 1
            position.update += 1
            position.tokens += learned.tokens
            elapsed, clock = time.perf_counter() - clock, time.perf_counter()
            elapsed, stops = world.sum(elapsed * world.is_first, stop_requested())  # the first one's clock counts
            position.seconds += elapsed
            done = share_done(position, len(updates), config)
            at = epoch + position.update / len(updates)
            yield Progress(
                position.step, at, learned.loss, learned.nll, rate, learned.grad_norm, learned.tokens,
                position.seconds, done,
            )  # fmt: skip
            if position.step % config.validate_every == 0 or done >= 1:
                yield from _validated(position, config, validate, keep_best)
                clock = _count_time(position, clock, world)
            reason = _end(position, len(updates), config)
            if reason or stops or not (position.step % config.save_every and position.step % config.validate_every):
                save()
            if reason or stops:
                yield Finished(position.step, reason or "interrupted", interrupted=not reason)
                return
        position.epoch, position.update = epoch + 1, 0


def _count_time(position: Position, clock: float, world: World) -> float:
    """Adds the first process's time since `clock` to the run's; the time it is now."""
    now = time.perf_counter()
    [elapsed] = world.sum((now - clock) * world.is_first)
    position.seconds += elapsed
    return now


def _end(position: Position, updates_per_epoch: int, config: TrainingConfig) -> str:
    """Why a run that stands here is over; empty where it is not."""
    if share_done(position, updates_per_epoch, config) >= 1:
        return "limit reached"
    return "no better dev score" if 0 < config.patience <= position.validations_without_gain else ""


def build_objective(state: TrainingState, dtype: torch.dtype, config: TrainingConfig, world: World) -> nn.Module:
    """What `update` computes the loss with, wrapped so that gradients are averaged over the processes of `world`."""
    state.model.train()
    objective = Objective(state.model, dtype, config.label_smoothing)  # type: ignore[arg-type]
    return objective if world.size == 1 else DistributedDataParallel(objective, gradient_as_bucket_view=True)


def update(
    state: TrainingState,
    objective: nn.Module,
    batches: Sequence[Batch],
    rate: float,
    config: TrainingConfig,
    world: World,
) -> Learned:
    """One update of the weights, and of their average, from this process's share of its batches.

    A GPU is handed all of its work before anything is asked of it, and asked once, when all is done.
    """
    torch.manual_seed(_update_seed(config.seed, state.position.step, world.rank))
    [tokens] = world.sum(sum(len(batch.labels) for batch in batches))
    sums = _backward(objective, batches, tokens, world)
    norm = torch.nn.utils.clip_grad_norm_(state.model.parameters(), config.clip_norm)
    for group in state.optimizer.param_groups:
        group["lr"] = rate
    state.optimizer.step()
    state.optimizer.zero_grad(set_to_none=True)
    _average(state, config.ema_decay)
    loss, nll, grad_norm = torch.stack((*sums, norm.double())).tolist()
    loss, nll = world.sum(loss / tokens, nll / tokens)
    _check_finite(state.position.step, loss, grad_norm)
    return Learned(loss, nll, grad_norm, int(tokens))


def draw_share(
    rows: Sequence[np.ndarray], *, feed: Feed, seed: int, epoch: int, world: World, device: torch.device
) -> list[Batch]:
    """This process's share of the batches of one update, from where `device` can fetch it."""
    drawn = [_share(feed, batch, seed, epoch, world) for batch in rows]
    return [batch.pinned() for batch in drawn] if device.type == "cuda" else drawn


def _share(feed: Feed, rows: np.ndarray, seed: int, epoch: int, world: World) -> Batch:
    """This process's share of a batch.

    Of a batch with fewer pairs than there are processes, some have none. They go through one pair and learn
    nothing from it, since all must take part in averaging the gradients.
    """
    own = world.share(rows)
    if len(own):
        return feed.batch(own, seed, epoch)
    other = feed.batch(rows[:1], seed, epoch)
    return replace(other, labels=other.labels[:0], positions=other.positions[:0])


def _backward(objective: nn.Module, batches: Sequence[Batch], tokens: float, world: World) -> tuple[Tensor, Tensor]:
    """Adds up the gradients of one update; returns the sums of loss and nll over this process's real target tokens.

    Every token weighs the same, in whichever batch and process it stands: sums are divided by the `tokens` of
    the whole update. Gradients are averaged over the processes, once, with those of the last batch.
    """
    device = next(objective.parameters()).device
    sums = []
    for number, batch in enumerate(batches, start=1):
        averaged_later = isinstance(objective, DistributedDataParallel) and number < len(batches)
        with objective.no_sync() if averaged_later else nullcontext():  # type: ignore[operator]
            loss, nll = objective(batch.to(device))
            (loss * world.size / tokens).backward()
        sums.append(torch.stack((loss.detach(), nll)))
    total_loss, total_nll = torch.stack(sums).sum(0)
    return total_loss, total_nll


def _update_seed(seed: int, step: int, rank: int) -> int:
    """What dropout of an update is drawn from: never saved, since it follows from where the run stands."""
    return int(np.random.SeedSequence([seed, step, rank]).generate_state(1, np.uint64)[0] >> 1)


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


def _validated(
    position: Position,
    config: TrainingConfig,
    validate: Callable[[], Validation],
    keep_best: Callable[[Validation], None],
) -> Iterator[Validation]:
    """A validation, noted in the run's position, and its weights kept where they are the best so far."""
    result = validate()
    score = result.bleu if config.metric == "bleu" else result.chrf
    best = score > position.best_score
    if best:
        position.best_score, position.best_step, position.validations_without_gain = score, position.step, 0
    else:
        position.validations_without_gain += 1
    validation = replace(result, step=position.step, best=best)
    if best:
        keep_best(validation)
    yield validation


def _check_finite(step: int, loss: float, norm: float) -> None:
    if not (math.isfinite(loss) and math.isfinite(norm)):
        raise UserError(
            f"the loss became {loss} (gradient norm {norm}) at step {step + 1}; the last saved state is whole. "
            "Start again in another --out with a lower training.learning_rate, a longer training.warmup_steps, "
            "or training.precision=fp32"
        )
