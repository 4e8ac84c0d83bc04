"""The training loop: exact resumption, a loss per real token, a schedule that can be read off."""

from __future__ import annotations

import math
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from seq2seq import bundle, checkpoint, run
from seq2seq.batching import collate
from seq2seq.checkpoint import Position, TrainingState
from seq2seq.config import Config, DataConfig, ModelConfig, Source, TokenizerConfig, TrainingConfig
from seq2seq.distributed import World
from seq2seq.errors import CheckpointError, UserError
from seq2seq.evaluation import Score
from seq2seq.feed import Feed
from seq2seq.model import Seq2Seq
from seq2seq.preparation import Prepared, prepare
from seq2seq.run import execute
from seq2seq.training import (
    Event,
    Finished,
    Progress,
    Validation,
    _backward,
    _share,
    _update_seed,
    build_objective,
    initial_state,
    learning_rate,
    share_done,
    train,
)

SIZES = ModelConfig(width=16, encoder_layers=1, decoder_layers=1, heads=2, dropout=0.2, word_dropout=0.1)
ALONE = World()


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A run of thirty updates on sixty pairs, with everything random that training has."""
    pairs = tmp_path_factory.mktemp("pairs") / "pairs.tsv"
    words = ["uno", "dos", "tres", "cuatro", "cinco", "seis"]
    lines = [" ".join(words[(i * k) % 6] for k in range(1, 3 + i % 5)) for i in range(60)]
    pairs.write_text("".join(f"{line} {i}\t{line.upper()} {i}\n" for i, line in enumerate(lines)), encoding="utf-8")
    source = Source(path=str(pairs))
    return Config(
        data=DataConfig(train=(replace(source, weight=1.5),), dev=(source,)),
        tokenizer=TokenizerConfig(vocab_size=308, sampling_alpha=0.3),
        model=SIZES,
        training=TrainingConfig(
            max_steps=30,
            validate_every=10,
            save_every=4,
            batch_tokens=80,
            warmup_steps=5,
            precision="fp32",
            accumulate=2,
        ),
    )


@pytest.fixture(scope="module")
def prepared(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(config, tmp_path_factory.mktemp("run") / "data")


def start(config: Config, prepared: Prepared) -> tuple[TrainingState, Feed]:
    torch.manual_seed(config.training.seed)
    model = Seq2Seq(config.model, len(prepared.src_tokenizer), len(prepared.tgt_tokenizer))
    feed = Feed(prepared.corpus, prepared.src_tokenizer, prepared.tgt_tokenizer, config.tokenizer.sampling_alpha)
    return initial_state(model, config.training), feed


def training(
    state: TrainingState,
    feed: Feed,
    config: TrainingConfig,
    dtype: torch.dtype = torch.float32,
    scores: tuple[float, ...] = (),
) -> Iterator[Event]:
    """A training event by event, with made-up dev scores and nothing written."""
    left = list(scores)

    def validate() -> Validation:
        return Validation(0, bleu=left.pop(0) if left else 1.0, chrf=2.0, samples=())

    return train(state, feed, config, dtype, validate=validate, save=lambda: None, keep_best=lambda _: None)


def drive(state: TrainingState, feed: Feed, config: TrainingConfig, scores: tuple[float, ...] = ()) -> list[Event]:
    """A whole training."""
    return list(training(state, feed, config, scores=scores))


def weights(path: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(path / "checkpoint.safetensors")


def assert_same_run(left: Path, right: Path) -> None:
    a, b = weights(left), weights(right)
    assert a.keys() == b.keys()
    assert [name for name in a if not torch.equal(a[name], b[name])] == []
    assert (left / "model" / "model.safetensors").read_bytes() == (right / "model" / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def undisturbed(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed") / "run"
    list(execute(config, out))
    return out


@pytest.mark.parametrize("stop_after", [3, 10, 17, 29, 30])
def test_a_run_that_was_stopped_and_resumed_is_bit_for_bit_the_undisturbed_one(
    config: Config, undisturbed: Path, tmp_path: Path, stop_after: int
) -> None:
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked == stop_after

    events = list(execute(config, tmp_path / "run", stop_requested=stop))
    assert any(isinstance(event, Finished) and event.interrupted == (stop_after < 30) for event in events)
    torch.manual_seed(12345)  # whatever the process did in between
    list(execute(config, tmp_path / "run", resume=True))
    assert_same_run(undisturbed, tmp_path / "run")


def test_a_run_that_is_over_is_not_trained_on(config: Config, undisturbed: Path, tmp_path: Path) -> None:
    shutil.copytree(undisturbed, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "model")  # as if it had been killed before it could write that
    events = list(execute(config, tmp_path / "run", resume=True))
    assert not any(isinstance(event, Progress) for event in events)
    assert Finished(30, "limit reached") in events
    assert_same_run(undisturbed, tmp_path / "run")


def test_a_run_killed_between_two_saves_is_bit_for_bit_the_undisturbed_one(
    config: Config, undisturbed: Path, tmp_path: Path
) -> None:
    from seq2seq.config import to_toml

    (tmp_path / "recipe.toml").write_text(to_toml(config), encoding="utf-8")
    program = f"""
import os, signal, sys
from pathlib import Path
from seq2seq.config import Config, build, parse_toml
from seq2seq.run import execute
from seq2seq.training import Progress
config = build(Config, parse_toml(Path({str(tmp_path / "recipe.toml")!r}).read_text(), "recipe"))
for event in execute(config, Path({str(tmp_path / "run")!r})):
    if isinstance(event, Progress) and event.step == 14:
        os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    ended = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, timeout=120)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    events = list(execute(config, tmp_path / "run", resume=True))
    assert next(event.step for event in events if isinstance(event, Progress)) == 13  # the last save was at 12
    assert_same_run(undisturbed, tmp_path / "run")


def test_the_seed_decides_the_run(config: Config, undisturbed: Path, tmp_path: Path) -> None:
    other = replace(config, training=replace(config.training, seed=2))
    list(execute(other, tmp_path / "run"))
    a, b = weights(undisturbed), weights(tmp_path / "run")
    assert any(not torch.equal(a[name], b[name]) for name in a if name.startswith("model."))


def exactly(config: Config) -> Config:
    """The same without anything random."""
    model, tokenizer = (
        replace(config.model, dropout=0.0, word_dropout=0.0),
        replace(config.tokenizer, sampling_alpha=0.0),
    )
    return replace(config, model=model, tokenizer=tokenizer)


def learn(
    config: Config, prepared: Prepared, parts: list[np.ndarray], world: World = ALONE, tokens: int = 0
) -> tuple[float, float, int, dict[str, torch.Tensor]]:
    """Loss, nll and tokens of an update's batches, and the gradients of a new model."""
    state, feed = start(config, prepared)
    drawn = [_share(feed, rows, 1, 0, world) for rows in parts]
    counted = sum(len(batch.labels) for batch in drawn)
    objective = build_objective(state, torch.float32, config.training, ALONE)
    loss, nll = (float(total) / (tokens or counted) for total in _backward(objective, drawn, tokens or counted, ALONE))
    gradients = {name: p.grad for name, p in state.model.named_parameters() if p.grad is not None}
    return loss, nll, counted, gradients


def test_gradients_accumulated_over_batches_are_those_of_one_batch(config: Config, prepared: Prepared) -> None:
    rows = np.arange(30)
    *_, whole = learn(exactly(config), prepared, [rows])
    *_, parts = learn(exactly(config), prepared, [rows[:7], rows[7:8], rows[8:]])
    assert whole.keys() == parts.keys()
    for name, gradient in whole.items():
        torch.testing.assert_close(gradient, parts[name], atol=1e-6, rtol=1e-4)


def test_what_several_processes_learn_adds_up_to_what_one_learns(config: Config, prepared: Prepared) -> None:
    parts = [np.arange(20), np.array([21, 22])]  # of the second batch, one of three processes has nothing
    loss, nll, tokens, whole = learn(exactly(config), prepared, parts)
    shares = [learn(exactly(config), prepared, parts, World(rank, 3), tokens) for rank in range(3)]
    assert sum(share[2] for share in shares) == tokens
    assert sum(share[0] for share in shares) == pytest.approx(loss, rel=1e-5)
    assert sum(share[1] for share in shares) == pytest.approx(nll, rel=1e-5)
    for name, gradient in whole.items():
        together = shares[0][3][name] + shares[1][3][name] + shares[2][3][name]
        torch.testing.assert_close(together, gradient, atol=1e-6, rtol=1e-4)


def test_the_loss_is_that_of_a_loop_over_tokens(config: Config, prepared: Prepared) -> None:
    exact = exactly(config)
    rows = np.arange(5)
    loss, nll, tokens, _ = learn(exact, prepared, [rows])
    state, _ = start(exact, prepared)
    model: Seq2Seq = state.model  # type: ignore[assignment]
    epsilon, size = exact.training.label_smoothing, len(prepared.tgt_tokenizer)
    total = plain = 0.0
    count = 0
    for row in rows:
        src, tgt = prepared.corpus.pair(int(row))
        alone = collate([src], [tgt])
        hidden = model(alone.src_ids, alone.src_lengths, alone.tgt_ids)[0]
        log_probs = torch.log_softmax(hidden @ model.tgt_embedding.weight.T, dim=-1)
        for position, label in enumerate(alone.labels.tolist()):
            plain -= log_probs[position, label].item()
            total -= (1 - epsilon) * log_probs[position, label].item()
            total -= epsilon / size * log_probs[position].sum().item()
            count += 1
    assert tokens == count
    assert loss == pytest.approx(total / count, rel=1e-5)
    assert nll == pytest.approx(plain / count, rel=1e-5)


def test_sampled_segmentations_are_counted_as_they_are(config: Config, prepared: Prepared) -> None:
    rows = np.arange(20)
    _, _, tokens, _ = learn(config, prepared, [rows])
    assert tokens > sum(len(prepared.corpus.pair(int(row))[1]) + 1 for row in rows)


def test_dropout_of_an_update_follows_from_seed_step_and_process() -> None:
    places = [(seed, step, rank) for seed in (1, 2) for step in range(5) for rank in range(3)]
    assert len({_update_seed(*place) for place in places}) == len(places)


def test_training_learns(config: Config, prepared: Prepared) -> None:
    state, feed = start(config, prepared)
    longer = replace(config.training, max_steps=120, validate_every=1000, learning_rate=5e-3, accumulate=1)
    losses = [event.nll for event in drive(state, feed, longer) if isinstance(event, Progress)]
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:10])


def test_bfloat16_products_follow_the_loss_of_float32(config: Config, prepared: Prepared) -> None:
    curves = []
    for dtype in (torch.float32, torch.bfloat16):
        state, feed = start(config, prepared)
        events = training(state, feed, config.training, dtype)
        curves.append([event.loss for event in events if isinstance(event, Progress)])
    assert curves[1] == pytest.approx(curves[0], rel=0.02)
    assert curves[1] != curves[0]


def test_the_rate_rises_in_a_line_and_falls_with_a_half_cosine_or_the_square_root() -> None:
    cosine = TrainingConfig(max_steps=100, learning_rate=2.0, warmup_steps=10)
    assert learning_rate(0, 0.0, cosine) == pytest.approx(0.2)
    assert learning_rate(4, 0.0, cosine) == pytest.approx(1.0)
    assert learning_rate(50, 0.5, cosine) == pytest.approx(1.0)
    assert learning_rate(100, 1.0, cosine) == pytest.approx(0.0)
    root = replace(cosine, schedule="inverse_sqrt")
    assert learning_rate(9, 0.1, root) == pytest.approx(2.0)
    assert learning_rate(39, 0.9, root) == pytest.approx(2.0 * math.sqrt(10 / 40))


def test_the_limit_that_comes_first_counts() -> None:
    position = Position(step=30, epoch=1, update=5, seconds=90.0)
    limits = TrainingConfig(max_steps=100, max_epochs=3, max_minutes=2)
    assert share_done(position, 10, limits) == pytest.approx(0.75)
    assert share_done(position, 10, TrainingConfig(max_epochs=3)) == pytest.approx(0.5)
    assert share_done(replace(position, step=200), 10, limits) == 1.0


def test_patience_ends_a_run_whose_dev_score_no_longer_rises(config: Config, prepared: Prepared) -> None:
    state, feed = start(config, prepared)
    tired = replace(config.training, max_steps=100, validate_every=2, patience=3)
    events = drive(state, feed, tired, scores=(1.0, 5.0, 4.0, 5.0, 3.0, 9.0))
    assert [event.best for event in events if isinstance(event, Validation)] == [True, True, False, False, False]
    assert events[-1] == Finished(10, "no better dev score")
    assert (state.position.best_score, state.position.best_step) == (5.0, 4)


def test_the_averaged_weights_are_the_exponential_mean(config: Config, prepared: Prepared) -> None:
    state, feed = start(config, prepared)
    seen = [p.detach().clone() for p in state.model.parameters()]
    mean = [p.clone() for p in seen]
    limited = replace(config.training, max_steps=6, validate_every=100, ema_decay=0.5)
    events = training(state, feed, limited)
    for event in events:
        if isinstance(event, Progress):
            decay = min(0.5, event.step / (9 + event.step))
            mean = [decay * m + (1 - decay) * p.detach() for m, p in zip(mean, state.model.parameters(), strict=True)]
    torch.testing.assert_close(list(state.averaged.parameters()), mean)


def test_gradients_are_clipped_and_the_rate_is_the_schedule_s(config: Config, prepared: Prepared) -> None:
    state, feed = start(config, prepared)
    clipped = replace(config.training, max_steps=6, validate_every=100, clip_norm=1e-9, weight_decay=0.0)
    before = [p.detach().clone() for p in state.model.parameters()]
    rates = []
    events = training(state, feed, clipped)
    for event in events:
        if isinstance(event, Progress):
            rates.append(state.optimizer.param_groups[0]["lr"])
            assert rates[-1] == event.learning_rate
    assert len(set(rates)) > 1
    moved = max(float((p - b).detach().abs().max()) for p, b in zip(state.model.parameters(), before, strict=True))
    assert moved < 0.1 * max(rates), "Adam divides by its epsilon where gradients are far below it"


def test_the_averaged_weights_are_scored_and_the_best_ones_released(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores, seen = iter([1.0, 3.0, 2.0, 2.0, 2.0]), []

    class Scored(run.Translator):
        def __init__(self, model: torch.nn.Module, *arguments: object, **options: object) -> None:
            seen.append({name: weight.clone() for name, weight in model.state_dict().items()})
            super().__init__(model, *arguments, **options)  # type: ignore[arg-type]

    def score(hypotheses: list[str], references: list[str]) -> list[Score]:
        value = next(scores)
        return [Score("BLEU", value, ""), Score("chrF2", value, "")]

    monkeypatch.setattr(run, "Translator", Scored)
    monkeypatch.setattr(run.evaluation, "evaluate", score)
    limited = replace(config, training=replace(config.training, max_steps=20, validate_every=4))
    list(execute(limited, tmp_path / "run"))
    last = weights(tmp_path / "run")
    averaged = {name.removeprefix("averaged."): w for name, w in last.items() if name.startswith("averaged.")}
    assert averaged
    assert all(torch.equal(weight, seen[-1][name]) for name, weight in averaged.items())
    released = bundle.load(tmp_path / "run" / "model").model.state_dict()
    assert all(torch.equal(weight, seen[1][name]) for name, weight in released.items())


def test_a_loss_that_is_not_a_number_stops_the_run_unsaved_and_says_what_to_try(
    config: Config, prepared: Prepared
) -> None:
    state, feed = start(config, prepared)
    with torch.no_grad():
        next(state.model.parameters())[0] = math.nan
    saved: list[int] = []
    events = train(
        state, feed, replace(config.training, save_every=1), torch.float32,
        validate=lambda: Validation(0, 1.0, 1.0, ()), save=lambda: saved.append(1), keep_best=lambda _: saved.append(2),
    )  # fmt: skip
    with pytest.raises(UserError, match=r"loss became nan .* step 1; .*learning_rate"):
        list(events)
    assert not saved


def test_a_limit_that_was_lowered_below_what_is_done_still_ends_with_a_score(
    config: Config, prepared: Prepared
) -> None:
    state, feed = start(config, prepared)
    short = replace(config.training, validate_every=100)
    list(islice(training(state, feed, short), 5))
    saved: list[float] = []
    events = train(
        state, feed, replace(short, max_steps=3), torch.float32, validate=lambda: Validation(0, 1.0, 1.0, ()),
        save=lambda: saved.append(state.position.best_score), keep_best=lambda _: None,
    )  # fmt: skip
    assert [type(event) for event in events] == [Validation, Finished]
    assert state.position.best_step == state.position.step == 5
    assert saved == [1.0]
    assert [type(event) for event in drive(state, feed, replace(short, max_steps=3))] == [Finished]


def test_the_time_of_a_validation_counts_at_once(
    config: Config, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, feed = start(config, prepared)
    now = 0.0
    monkeypatch.setattr("seq2seq.training.time.perf_counter", lambda: now)

    def validate() -> Validation:
        nonlocal now
        now += 61.0
        return Validation(0, 1.0, 1.0, ())

    settings = replace(config.training, max_steps=0, max_minutes=1.0, validate_every=2)
    events = train(state, feed, settings, torch.float32, validate=validate, save=lambda: None, keep_best=lambda _: None)
    assert [type(event) for event in events] == [Progress, Progress, Validation, Finished]
    assert state.position.seconds == 61.0


def test_a_checkpoint_of_another_configuration_or_of_other_text_is_refused(
    config: Config, prepared: Prepared, tmp_path: Path
) -> None:
    state, _ = start(config, prepared)
    checkpoint.save(tmp_path / "checkpoint.safetensors", state, "one", "text")
    with pytest.raises(CheckpointError, match="another configuration"):
        checkpoint.load(tmp_path / "checkpoint.safetensors", state, "two", "text")
    with pytest.raises(CheckpointError, match="learned from other text"):
        checkpoint.load(tmp_path / "checkpoint.safetensors", state, "one", "other")


def test_a_cut_checkpoint_is_refused_by_name(config: Config, prepared: Prepared, tmp_path: Path) -> None:
    state, _ = start(config, prepared)
    path = tmp_path / "checkpoint.safetensors"
    checkpoint.save(path, state, "one", "text")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match=r"checkpoint\.safetensors is no whole checkpoint"):
        checkpoint.load(path, state, "one", "text")


def test_a_failed_save_leaves_the_last_one_whole(
    config: Config, prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, _ = start(config, prepared)
    path = tmp_path / "checkpoint.safetensors"
    checkpoint.save(path, state, "one", "text")
    before = path.read_bytes()

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    state.position.step = 7
    with pytest.raises(UserError, match=r"checkpoint\.safetensors: No space left"):
        checkpoint.save(path, state, "one", "text")
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name], "the half-written file is gone"
