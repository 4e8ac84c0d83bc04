"""A job, killed as by a power cut at any line of its code, with a translator that only shouts."""

from __future__ import annotations

import os
import random
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from seq2seq import jobs, workers
from seq2seq.config import SearchConfig
from seq2seq.jobs import Progress, translate_file
from seq2seq.translation import Candidate, Translation
from seq2seq.workers import Work

KILLS = 20
LINES, DIFFERENT = 100, 60


class Shouting:
    """Translates by capitals, and flags each line with a 7."""

    search_config = SearchConfig()

    def translate_block(self, lines: Sequence[str], **_: Any) -> list[Translation]:
        return [
            Translation(line, (Candidate(line.upper(), 0.0, 0.0),), ("loop",) if "7" in line else ()) for line in lines
        ]


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Progress]]:
    """Goes on with the translation of a file of LINES lines, one after the other seven at a time."""
    monkeypatch.setattr(workers, "load", lambda _: Shouting())
    monkeypatch.setattr(jobs, "SHARD_LINES", 7)
    (tmp_path / "model").mkdir()
    for name in ("config.json", "SHA256SUMS"):
        (tmp_path / "model" / name).write_text("{}")
    (tmp_path / "a.en").write_text("".join(f"line {number % DIFFERENT}\n" for number in range(1, LINES + 1)))
    work = Work(models=(str(tmp_path / "model"),))
    return lambda: list(translate_file(tmp_path / "a.en", tmp_path / "a.es", work, resume=True))


def traced(run: Callable[[], object], at: int = 0) -> int:
    """The lines of `jobs` that a call goes through; at the one numbered `at` the process is killed."""
    count = 0

    def local(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        count += event == "line"
        if count == at and event == "line":
            os.kill(os.getpid(), signal.SIGKILL)
        return local

    before = sys.gettrace()
    sys.settrace(lambda frame, *_: local if frame.f_code.co_filename == jobs.__file__ else None)
    try:
        run()
    finally:
        sys.settrace(before)
    return count


def killed(run: Callable[[], object], at: int) -> bool:
    """Runs it in a process that is killed at a line, if it gets there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking: the child starts no threads
        child = os.fork()
    if not child:
        try:
            traced(run, at)
        finally:
            os._exit(1 if sys.exc_info()[0] else 0)
    _, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL)
    return bool(status)


def test_a_job_that_is_killed_at_twenty_random_moments_ends_as_if_it_had_not(
    job: Callable[[], list[Progress]], tmp_path: Path
) -> None:
    target = tmp_path / "a.es"
    wanted = (tmp_path / "a.en").read_text().upper()
    steps = traced(job)
    assert target.read_text() == wanted
    target.unlink()
    draw = random.Random(1)
    kills = gone_on = 0
    while kills < KILLS:
        begun = jobs.is_unfinished(target)
        if killed(job, draw.randint(1, steps)):
            kills += 1
            gone_on += begun
        if target.exists():
            assert target.read_text() == wanted
            if not jobs.is_unfinished(target):
                target.unlink()
    assert gone_on > KILLS // 4
    looks = job()
    assert target.read_text() == wanted
    assert [number for look in looks for number, _ in look.flagged] == [
        number for number in range(1, LINES + 1) if "7" in str(number % DIFFERENT)
    ]
    assert {path.name for path in tmp_path.iterdir()} == {"a.en", "a.es", "model"}


@pytest.mark.parametrize("back", range(1, 16))
def test_a_job_that_is_killed_just_before_its_end_is_ended(
    job: Callable[[], list[Progress]], tmp_path: Path, back: int
) -> None:
    steps = traced(job)
    wanted = (tmp_path / "a.es").read_bytes()
    (tmp_path / "a.es").unlink()
    assert killed(job, steps - back)
    if not (tmp_path / "a.es").exists() or jobs.is_unfinished(tmp_path / "a.es"):
        job()
    assert (tmp_path / "a.es").read_bytes() == wanted
    assert {path.name for path in tmp_path.iterdir()} == {"a.en", "a.es", "model"}
