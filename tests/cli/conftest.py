"""A very small model, trained once by the real command, and the command in this process."""

from __future__ import annotations

import io
import shutil
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from command import ROOT, Done, change_config, run

from seq2seq.cli import main

SMALL = (
    *("--preset", "tiny", "--data", "sample", "--dev", "sample:dev", "--set", "training.precision=fp32"),
    *("--set", "model.width=64", "--set", "model.dropout=0", "--set", "tokenizer.vocab_size=500"),
    *("--set", "training.learning_rate=5e-3", "--set", "training.warmup_steps=20"),
)  # after 250 updates it babbles, differently for different sentences, and ends: that is all the tests need


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """The run's directory, and how the command that made it ended."""
    out = tmp_path_factory.mktemp("runs") / "small"
    done = run("train", *SMALL, "--steps", 250, "--out", out)
    assert done.returncode == 0, done.stderr.decode()
    return out, done


@pytest.fixture(scope="session")
def model(trained: tuple[Path, Done]) -> Path:
    """The directory of the model; not to be changed."""
    return trained[0] / "model"


@pytest.fixture
def copy(model: Path, tmp_path: Path) -> Path:
    """A copy of the model's directory, to be damaged."""
    return Path(shutil.copytree(model, tmp_path / "model"))


@pytest.fixture
def hasty(copy: Path) -> Path:
    """The model, with all translations cut off after a word: for inputs of which there is much."""
    change_config(copy, "search", max_length_factor=0.0, max_length_extra=1, beam_size=1)
    return copy


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Done]:
    """`command.run` without a new process: for what does not depend on being one."""
    for name in ("SEQ2SEQ_MODEL", "SEQ2SEQ_DATA"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: object, stdin: bytes = b"") -> Done:
        command = ["seq2seq", *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", command)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        on_closed_pipe = signal.getsignal(signal.SIGPIPE)
        with warnings.catch_warnings(), pytest.raises(SystemExit) as end:
            main()
        signal.signal(signal.SIGPIPE, on_closed_pipe)
        out, err = capfdbinary.readouterr()
        return Done(command, end.value.code, out, err)

    return call


@pytest.fixture(scope="session")
def sample() -> Path:
    """Where the sample's files are."""
    return ROOT / "data" / "sample"
