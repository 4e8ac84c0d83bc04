"""What a training run leaves in its logs, for people and for TensorBoard."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seq2seq.cli.screen import LOG_EVERY, Rate, RunLog
from seq2seq.training import Finished, Progress, Validation


def progress(step: int, loss: float = 2.0, tokens: int = 100) -> Progress:
    return Progress(step, step / 100, loss, loss / 2, 1e-3, 0.5, tokens, float(step), step / 1000)


def lines(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (out / "log.jsonl").read_bytes().split(b"\n")[:-1]]


def test_updates_are_logged_as_means_per_token_and_validations_as_they_are(tmp_path: Path) -> None:
    log = RunLog(tmp_path, 0, tensorboard=False)
    for step in range(1, LOG_EVERY + 1):
        log.write(
            progress(step, loss=1.0 if step <= LOG_EVERY // 2 else 4.0, tokens=300 if step <= LOG_EVERY // 2 else 100)
        )
    log.write(Validation(LOG_EVERY, 12.5, 30.0, (("a", "b", "c"),), best=True))
    log.write(Finished(LOG_EVERY, "limit reached"))
    log.close()
    first, second, third = lines(tmp_path)
    assert first["event"] == "progress"
    assert first["step"] == LOG_EVERY
    assert first["loss"] == pytest.approx((300 * 1.0 + 100 * 4.0) / 400)
    assert first["tokens"] == 200 * LOG_EVERY
    assert (second["event"], second["bleu"], second["samples"]) == ("validation", 12.5, [["a", "b", "c"]])
    assert third == {"event": "finished", "step": LOG_EVERY, "reason": "limit reached", "interrupted": False}


def test_the_last_updates_of_a_run_are_logged_too(tmp_path: Path) -> None:
    log = RunLog(tmp_path, 0, tensorboard=False)
    for step in range(1, LOG_EVERY + 4):
        log.write(progress(step))
    log.write(Finished(LOG_EVERY + 3, "limit reached"))
    log.close()
    assert [(line["event"], line["step"], line.get("tokens")) for line in lines(tmp_path)] == [
        ("progress", LOG_EVERY, 100 * LOG_EVERY),
        ("progress", LOG_EVERY + 3, 300),
        ("finished", LOG_EVERY + 3, None),
    ]


def test_a_resumed_run_forgets_what_was_logged_after_the_save(tmp_path: Path) -> None:
    log = RunLog(tmp_path, 0, tensorboard=False)
    for step in range(1, 3 * LOG_EVERY + 1):
        log.write(progress(step))
        if step == LOG_EVERY:
            log.write(Validation(step, 12.5, 30.0, (("a\u2028b", "c\x85", "d"),)))  # no end of a line in JSON
    log.close()
    (tmp_path / "log.jsonl").open("a").write('{"event": "progress", "ste')  # the line that a kill cut off
    RunLog(tmp_path, LOG_EVERY, tensorboard=False).close()
    assert [(line["event"], line["step"]) for line in lines(tmp_path)] == [
        ("progress", LOG_EVERY),
        ("validation", LOG_EVERY),
    ]


def test_a_run_that_begins_anew_forgets_all_that_was_logged(tmp_path: Path) -> None:
    for _ in range(2):
        log = RunLog(tmp_path, 0, tensorboard=False)
        log.write(Validation(0, 12.5, 30.0, ()))
        log.close()
    assert len(lines(tmp_path)) == 1


def test_tensorboard_gets_the_same_figures(tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    log = RunLog(tmp_path, 0, tensorboard=True)
    for step in range(1, LOG_EVERY + 1):
        log.write(progress(step, loss=3.0))
    log.write(Validation(LOG_EVERY, 12.5, 30.0, ()))
    log.close()
    events = accumulator.EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    [loss] = events.Scalars("progress/loss")
    [bleu] = events.Scalars("validation/bleu")
    assert (loss.step, loss.value) == (LOG_EVERY, pytest.approx(3.0))
    assert (bleu.step, bleu.value) == (LOG_EVERY, pytest.approx(12.5))


def test_the_rate_is_tokens_over_the_time_between_updates() -> None:
    rate = Rate()
    for step in range(10):
        rate.add(Progress(step, 0, 0, 0, 0, 0, tokens=500, seconds=step * 0.25, done=0))
    assert rate.tokens_per_second == pytest.approx(2000)
