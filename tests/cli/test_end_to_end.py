"""The real commands on the real sample, from sentence pairs to a score."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sacrebleu
from command import MODULE, TIMEOUT, Done, environment, run, start, wait_for
from conftest import SMALL

Call = Callable[..., Done]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, model: Path, sample: Path) -> Path:
    """A directory with the sample's test sentences, test.en and test.es, and their translations, test.hyp."""
    directory = tmp_path_factory.mktemp("test")
    pairs = [line.split("\t") for line in (sample / "test.tsv").read_text().splitlines()[:200]]
    (directory / "test.en").write_text("".join(f"{src}\n" for src, _ in pairs))
    (directory / "test.es").write_text("".join(f"{tgt}\n" for _, tgt in pairs))
    done = run("translate", "--model", model, "--input", directory / "test.en", "--output", directory / "test.hyp")
    assert (done.returncode, done.stdout) == (0, b"")
    assert (directory / "test.hyp").read_text().count("\n") == 200
    return directory


def test_training_speaks_on_stderr_and_writes_a_model_that_is_whole(trained: tuple[Path, Done]) -> None:
    out, done = trained
    assert done.stdout == b""
    told = done.stderr.decode()
    for words in (
        "6,000 pairs read",
        "training:",
        "step 250: dev BLEU",
        "limit reached",
        f"step 250 in {out / 'model'}",
    ):
        assert words in told
    assert "Warning" not in told
    names = {"README.md", "SHA256SUMS", "config.json", "lexicon.safetensors", "model.safetensors", "spm.model"}
    assert {file.name for file in (out / "model").iterdir()} == names
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=out / "model", check=True)
    log = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in log if line["event"] == "progress"] == [50, 100, 150, 200, 250]
    assert log[-1]["event"] == "finished"


def test_scores_are_those_of_sacrebleu_to_the_last_digit(files: Path) -> None:
    done = run("evaluate", "--hyp", files / "test.hyp", "--ref", files / "test.es", "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    found = json.loads(done.stdout)
    assert found["lines"] == 200

    hypotheses, references = ((files / name).read_text().split("\n")[:-1] for name in ("test.hyp", "test.es"))
    bleu, chrf = sacrebleu.BLEU(), sacrebleu.CHRF()
    scores = [bleu.corpus_score(hypotheses, [references]), chrf.corpus_score(hypotheses, [references])]
    assert [score["score"] for score in found["scores"]] == [score.score for score in scores]
    assert found["scores"][0]["score"] != found["scores"][1]["score"] > 0

    command = [sys.executable, "-m", "sacrebleu", "test.es", "-i", "test.hyp", "-m", "bleu", "chrf", "-w", "12"]
    told = subprocess.run(command, cwd=files, env=environment(), capture_output=True, check=True, timeout=TIMEOUT)
    for mine, its in zip(found["scores"], json.loads(told.stdout), strict=True):
        assert mine["name"] == its["name"]
        assert mine["score"] == pytest.approx(its["score"], abs=1e-11)
        assert mine["signature"] == its["signature"]


def test_evaluate_translates_as_translate_does_and_prints_the_same_figures(
    call: Call, files: Path, model: Path, tmp_path: Path
) -> None:
    ref = files / "test.es"
    by_file = call("evaluate", "--hyp", files / "test.hyp", "--ref", ref)
    by_model = call(
        *("evaluate", "--model", model, "--src", files / "test.en", "--ref", ref, "--output", tmp_path / "out"),
    )
    assert by_model.stdout == by_file.stdout
    assert (tmp_path / "out").read_bytes() == (files / "test.hyp").read_bytes()
    assert by_file.stdout.startswith(b"BLEU ")
    table = json.loads(call("evaluate", "--hyp", files / "test.hyp", "--ref", ref, "--json").stdout)["scores"]
    assert by_file.stdout.decode() == "".join(f"{s['name']} {s['score']:.2f}  {s['signature']}\n" for s in table)


def test_line_ends_and_a_byte_order_mark_do_not_change_a_score(call: Call, files: Path, tmp_path: Path) -> None:
    (tmp_path / "crlf.es").write_text("\ufeff" + (files / "test.es").read_text().replace("\n", "\r\n"), newline="")
    done = call("evaluate", "--hyp", files / "test.es", "--ref", tmp_path / "crlf.es", "--json")
    assert json.loads(done.stdout)["scores"][0]["score"] == pytest.approx(100)


def test_evaluate_ends_quietly_when_its_reader_has_left(files: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = run("evaluate", "--hyp", files / "test.hyp", "--ref", files / "test.es", stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")


def test_both_doors_lead_to_the_same_commands(files: Path) -> None:
    arguments = ("evaluate", "--hyp", files / "test.hyp", "--ref", files / "test.es")
    assert run(*arguments).stdout == run(*arguments, door=MODULE).stdout


def test_ctrl_c_saves_and_the_command_it_names_goes_on_to_the_same_weights(
    trained: tuple[Path, Done], tmp_path: Path
) -> None:
    out = tmp_path / "run"
    process = start("train", *SMALL, "--steps", 250, "--out", out)
    log = out / "log.jsonl"
    wait_for(lambda: log.exists() and b"progress" in log.read_bytes(), process)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=TIMEOUT)
    told = stderr.decode()
    assert (process.returncode, stdout) == (130, b"")
    assert "interrupted" in told
    assert "Traceback" not in told
    assert not (out / "model").exists()  # nothing was validated yet

    remedy = told.partition("go on with: seq2seq ")[2].splitlines()[0]
    assert shlex.split(remedy) == ["train", "--resume", "--out", str(out)]
    done = run(*shlex.split(remedy))
    assert done.returncode == 0, done.stderr.decode()
    assert "resuming at step" in done.stderr.decode()
    assert "limit reached" in done.stderr.decode()
    weights = Path("model") / "model.safetensors"
    assert (out / weights).read_bytes() == (trained[0] / weights).read_bytes()


def test_a_finished_run_goes_on_with_a_new_limit(call: Call, trained: tuple[Path, Done], tmp_path: Path) -> None:
    out = Path(shutil.copytree(trained[0], tmp_path / "run"))
    done = call("train", "--resume", "--steps", 253, "--out", out)
    assert done.returncode == 0
    assert "resuming at step 250" in done.stderr.decode()
    assert "stopped at step 253" in done.stderr.decode()
