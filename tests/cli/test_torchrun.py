"""Several processes that train one model: the same curve as one, and a death that costs nothing but time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from command import TIMEOUT, environment, run, wait_for
from safetensors.torch import load_file

RUN = (
    *("--preset", "tiny", "--data", "sample", "--dev", "sample:dev", "--set", "training.precision=fp32"),
    *("--set", "model.width=32", "--set", "tokenizer.vocab_size=500", "--set", "training.validate_every=100000"),
)
EXACT = (*RUN, "--set", "model.dropout=0", "--set", "training.accumulate=2", "--steps", 100)
SAVING = (*RUN, "--set", "training.save_every=10", "--set", "model.dropout=0.2", "--steps", 400)  # time to kill one


def torchrun(*arguments: object, logs: Path, restarts: int = 0) -> subprocess.Popen[bytes]:
    """Two processes on this machine; what each says is under `logs`."""
    launcher = ("--standalone", "--nproc-per-node", 2, "--max-restarts", restarts, "--redirects", 3, "--log-dir", logs)
    command = [sys.executable, "-m", "torch.distributed.run", *map(str, launcher), "-m", "seq2seq", "train"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([*command, *map(str, arguments)], env=environment(), **pipes)


def finish(process: subprocess.Popen[bytes], logs: Path) -> None:
    _, told = process.communicate(timeout=TIMEOUT)
    said = "\n".join(f"{file}:\n{file.read_text()}" for file in sorted(logs.rglob("stderr.log")))
    assert process.returncode == 0, f"{told.decode()}\n{said}"


def said(logs: Path, rank: int, attempt: int = 0) -> str:
    """What a process wrote to standard error."""
    [file] = logs.glob(f"*/attempt_{attempt}/{rank}/stderr.log")
    return file.read_text()


def curve(out: Path) -> list[float]:
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if line["event"] == "progress"]


def last_step(out: Path) -> int:
    """Of the log; its lines are written whole."""
    if not (out / "log.jsonl").exists():
        return 0
    steps = [json.loads(line)["step"] for line in (out / "log.jsonl").read_text().splitlines()]
    return max(steps, default=0)


def second_process(launcher: int) -> int:
    """The process of rank 1, by the environment that torchrun gave it."""
    for entry in Path("/proc").iterdir():
        with suppress(OSError):  # of a process that has ended meanwhile
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1]) if entry.name.isdigit() else 0
            if parent == launcher and b"\0RANK=1\0" in b"\0" + (entry / "environ").read_bytes():
                return int(entry.name)
    raise AssertionError("there is no process of rank 1")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("undisturbed")
    finish(torchrun(*SAVING, "--out", directory / "run", logs=directory / "logs"), directory / "logs")
    return directory / "run"


def test_two_processes_follow_the_loss_of_one(tmp_path: Path) -> None:
    process = torchrun(*EXACT, "--out", tmp_path / "two", logs=tmp_path / "logs")
    alone = run("train", *EXACT, "--out", tmp_path / "one")
    assert alone.returncode == 0, alone.stderr.decode()
    finish(process, tmp_path / "logs")
    assert curve(tmp_path / "two") == pytest.approx(curve(tmp_path / "one"), rel=1e-3)
    one, two = (load_file(tmp_path / name / "checkpoint.safetensors") for name in ("one", "two"))
    assert one.keys() == two.keys()
    for name in one:
        if name.startswith("averaged."):
            torch.testing.assert_close(two[name], one[name], atol=2e-2, rtol=0)
    assert "training: 6,000 pairs" in said(tmp_path / "logs", rank=0)
    assert said(tmp_path / "logs", rank=1) == "", "the first process speaks for all"


def test_a_job_whose_process_was_killed_is_restarted_and_ends_as_an_undisturbed_one(
    undisturbed: Path, tmp_path: Path
) -> None:
    process = torchrun(*SAVING, "--out", tmp_path / "run", logs=tmp_path / "logs", restarts=1)
    wait_for(lambda: last_step(tmp_path / "run") >= 50, process)
    os.kill(second_process(process.pid), signal.SIGKILL)
    finish(process, tmp_path / "logs")
    assert "resuming at step" in said(tmp_path / "logs", rank=0, attempt=1)
    left, right = (path / "checkpoint.safetensors" for path in (undisturbed, tmp_path / "run"))
    wanted, found = load_file(left), load_file(right)
    assert wanted.keys() == found.keys()
    assert [name for name in wanted if not torch.equal(wanted[name], found[name])] == []
    weights = Path("model") / "model.safetensors"
    assert (undisturbed / weights).read_bytes() == (tmp_path / "run" / weights).read_bytes()


def test_without_restarts_a_killed_process_ends_the_job_with_one_sentence(tmp_path: Path) -> None:
    process = torchrun(*SAVING, "--steps", 100_000, "--out", tmp_path / "run", logs=tmp_path / "logs")
    wait_for(lambda: last_step(tmp_path / "run") >= 50, process)
    os.kill(second_process(process.pid), signal.SIGKILL)
    process.communicate(timeout=TIMEOUT)
    assert process.returncode == 1
    told = said(tmp_path / "logs", rank=0)
    assert "Traceback" not in told
    assert said(tmp_path / "logs", rank=1) == ""
    errors = [line for line in told.splitlines() if line.startswith("error:")]
    assert len(errors) <= 1  # torchrun may end the first process before it has noticed
    for error in errors:
        assert "another process of this job has ended" in error
        assert "--resume" in error


@pytest.mark.parametrize("wrong", [("--data", "nothing.tsv"), ("--set", "model.width=31")])
def test_a_user_s_mistake_is_told_in_one_sentence(tmp_path: Path, wrong: tuple[str, str]) -> None:
    process = torchrun(*RUN, *wrong, "--out", tmp_path / "run", logs=tmp_path / "logs")
    process.communicate(timeout=TIMEOUT)
    assert process.returncode == 1
    told = [said(tmp_path / "logs", rank) for rank in (0, 1)]  # torchrun may end one before it has spoken
    assert any(told)
    assert all(one.startswith("error: ") and one.count("\n") == 1 for one in told if one)
