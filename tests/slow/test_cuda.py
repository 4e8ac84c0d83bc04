"""A run on a GPU: what it is on the processor, from the beginning or taken up on the way."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from seq2seq.config import Config, DataConfig, ModelConfig, Source, TokenizerConfig, TrainingConfig
from seq2seq.run import execute

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
GPU = "cuda"
pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")


def config(device: str, steps: int) -> Config:
    return Config(
        data=DataConfig(
            train=(Source(path=str(SAMPLE / "train.tsv")),), dev=(Source(path=str(SAMPLE / "dev.tsv")),)
        ),
        tokenizer=TokenizerConfig(vocab_size=600),
        model=ModelConfig(width=64, heads=4, encoder_layers=1, decoder_layers=1, dropout=0.0, word_dropout=0.0),
        training=TrainingConfig(
            batch_tokens=512, learning_rate=3e-3, schedule="inverse_sqrt", warmup_steps=100,
            precision="fp32", device=device, max_steps=steps, validate_every=1000, save_every=30,
        ),
    )  # fmt: skip


def train(out: Path, device: str, steps: int) -> torch.Tensor:
    """All weights, in one row, after a run to `steps` that goes on with the one in `out` if there is one."""
    list(execute(config(device, steps), out, resume=(out / "data" / "report.json").exists()))
    saved = load_file(out / "checkpoint.safetensors")
    return torch.cat([saved[name].flatten() for name in sorted(saved) if name.startswith("model")])


def distance(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).norm() / b.norm())


def test_a_gpu_learns_what_the_processor_learns_and_each_takes_up_the_others_run(tmp_path: Path) -> None:
    begun = train(tmp_path / "cpu", "cpu", 30)
    shutil.copytree(tmp_path / "cpu", tmp_path / "moved")
    at_60, at_90 = (train(tmp_path / "cpu", "cpu", steps) for steps in (60, 90))
    assert distance(begun, at_60) > 0.05
    assert distance(train(tmp_path / "gpu", GPU, 60), at_60) < 1e-3
    assert distance(train(tmp_path / "moved", GPU, 60), at_60) < 1e-3
    assert distance(train(tmp_path / "moved", "cpu", 90), at_90) < 1e-3


def test_bf16_on_a_gpu_learns_as_fp32_does(tmp_path: Path) -> None:
    exact = config(GPU, 200)
    rounded = replace(exact, training=replace(exact.training, precision="bf16"))
    last = [
        [event.nll for event in execute(each, tmp_path / each.training.precision) if hasattr(event, "nll")][-20:]
        for each in (exact, rounded)
    ]
    assert sum(last[1]) / 20 == pytest.approx(sum(last[0]) / 20, rel=0.03)
