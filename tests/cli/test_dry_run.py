"""`train --dry-run` says what a run would cost, and leaves nothing behind."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from command import Done, told
from conftest import SMALL

from seq2seq import estimate as module

Call = Callable[..., Done]


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """As few updates as are measured at the least."""
    monkeypatch.setattr(module, "SECONDS", 0.0)


def test_it_tells_the_sizes_and_the_time_of_the_whole_run(
    call: Call, tmp_path: Path, sample: Path, trained: tuple[Path, Done]
) -> None:
    done = call("train", *SMALL, "--epochs", 3, "--out", tmp_path / "run", "--dry-run")
    assert done.returncode == 0, done.stderr.decode()
    lines = dict(line.split(None, 1) for line in done.stdout.decode().replace("whole run", "run").splitlines())
    assert lines["pairs"] == "6,000"
    src, tgt, updates = (int(number.replace(",", "")) for number in re.findall(r"[\d,]+\d", lines["epoch"]))
    words = sum(len(line.split()) for line in (sample / "train.tsv").read_text().splitlines())
    assert words < src + tgt < 4 * words, "subwords are more than words, and less than letters"
    weights = sum(file.stat().st_size for file in (trained[0] / "model").glob("*.safetensors"))
    assert lines["model"].endswith(f" {weights / 1e6:,.0f} MB on disk")
    assert lines["run"].startswith(f"{3 * updates:,} updates, 3.0 epochs: ")
    speed, seconds = (float(number.replace(",", "")) for number in re.findall(r"[\d.,]*\d", lines["speed"]))
    assert speed == pytest.approx(tgt / updates / seconds, rel=0.5)
    assert not (tmp_path / "run").exists()


def test_the_limit_that_comes_first_is_the_run(call: Call, tmp_path: Path) -> None:
    done = call("train", *SMALL, "--steps", 42, "--epochs", 1000, "--dry-run")
    assert "whole run  42 updates" in done.stdout.decode()


def test_it_needs_no_place_but_a_run_does(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    told(call("train", *SMALL), 2, "--out DIRECTORY")
    told(call("train", "--resume", "--dry-run"), 2, "--out DIRECTORY")
    monkeypatch.setenv("WORLD_SIZE", "2")
    told(call("train", *SMALL, "--dry-run"), 2, "torchrun")
