"""COMET beside the other metrics. The package and its models are large: here a small one that counts words stands for
them, behind the same functions; tests/slow/test_comet.py asks the real one."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command import Done, told

from seq2seq.errors import UsageError
from seq2seq.evaluation import compare, evaluate

PACKAGE = """
from types import SimpleNamespace

def share(words, text):
    return sum(word in text.split() for word in words.split()) / max(1, len(words.split()))

class Model:
    def predict(self, samples, batch_size, gpus, progress_bar):
        scores = [0.7 * share(s["ref"], s["mt"]) + 0.3 * share(s["src"], s["mt"]) for s in samples]
        return SimpleNamespace(scores=scores)

def load_from_checkpoint(path, reload_hparams, local_files_only):
    assert reload_hparams and local_files_only
    if open(path).read() != "weights":
        raise OSError("weights: bad magic\\nand more")
    return Model()
"""
SOURCES = ["the cat 7", "a dog", "no"] * 20
REFERENCES = ["el gato 7", "un perro", "no"] * 20
GOOD = ["el gato 7", "un can", "no"] * 20
BAD = ["el", "un", "sí"] * 20


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if unbabel-comet were installed."""
    site = tmp_path / "site"
    (site / "comet").mkdir(parents=True)
    (site / "comet" / "__init__.py").write_text(PACKAGE)
    (site / "unbabel_comet-9.9.dist-info").mkdir()
    (site / "unbabel_comet-9.9.dist-info" / "METADATA").write_text("Name: unbabel-comet\nVersion: 9.9\n")
    monkeypatch.syspath_prepend(site)
    yield
    sys.modules.pop("comet", None)


@pytest.fixture
def downloaded(tmp_path: Path) -> Path:
    """A COMET model's directory."""
    directory = tmp_path / "wmt-small"
    (directory / "checkpoints").mkdir(parents=True)
    (directory / "checkpoints" / "model.ckpt").write_text("weights")
    (directory / "hparams.yaml").write_text(f"pretrained_model: {tmp_path}\n")
    return directory


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Options that name a test set and two systems."""
    for name, lines in (("src", SOURCES), ("ref", REFERENCES), ("good", GOOD), ("bad", BAD)):
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines))
    return ["--src", f"{tmp_path}/src", "--ref", f"{tmp_path}/ref", "--hyp", f"{tmp_path}/good"]


def test_the_score_is_the_mean_of_the_lines_and_the_signature_names_weights_and_version(
    package: None, downloaded: Path
) -> None:
    (score,) = evaluate(GOOD, REFERENCES, [f"comet={downloaded}"], sources=SOURCES, resamples=100)
    line_by_line = [0.7 + 0.3 / 3, 0.7 / 2, 1.0]
    assert score.name == "wmt-small"
    assert score.value == pytest.approx(100 * sum(line_by_line) / 3)
    weights = hashlib.sha256(b"weights").hexdigest()[:8]
    assert score.signature == f"nrefs:1|bs:100|seed:12345|weights:{weights}|version:9.9"
    assert score.mean == pytest.approx(score.value, abs=2)
    assert score.interval is not None
    assert 1 < score.interval < 20


def test_a_line_with_several_references_has_the_mean_of_what_it_scores_beside_each(
    package: None, downloaded: Path
) -> None:
    metrics = [f"comet={downloaded}"]
    apart = [evaluate(GOOD, lines, metrics, sources=SOURCES)[0].value for lines in (REFERENCES, BAD)]
    (together,) = evaluate(GOOD, [REFERENCES, BAD], metrics, sources=SOURCES)
    assert together.value == pytest.approx(sum(apart) / 2)
    assert together.signature.startswith("nrefs:2|")


@pytest.mark.parametrize("test", ["bs", "ar"])
def test_a_difference_is_tested_like_that_of_any_metric(package: None, downloaded: Path, test: str) -> None:
    systems = {"good": GOOD, "bad": BAD, "again": GOOD}
    found = compare(systems, REFERENCES, ["bleu", f"comet={downloaded}"], sources=SOURCES, test=test)
    assert [scores[1].name for scores in found.values()] == ["wmt-small"] * 3
    assert found["good"][1].p_value is None
    assert found["bad"][1].p_value is not None
    assert found["bad"][1].p_value < 0.01
    assert found["again"][1].p_value == 1
    (alone,) = evaluate(BAD, REFERENCES, [f"comet={downloaded}"], sources=SOURCES)
    assert found["bad"][1].value == pytest.approx(alone.value)


def test_the_command_reads_the_sources_for_comet(
    call: Callable[..., Done], package: None, downloaded: Path, files: list[str], tmp_path: Path
) -> None:
    done = call("evaluate", *files, "--metric", "bleu", "--metric", f"comet={downloaded}", "--json")
    assert done.returncode == 0, done.stderr
    assert [score["name"] for score in json.loads(done.stdout)["scores"]] == ["BLEU", "wmt-small"]
    (compared,) = [
        call("compare", tmp_path / "good", tmp_path / "bad", *files[:4], "--metric", f"comet={downloaded}", "--json")
    ]
    scores = [system["scores"][0] for system in json.loads(compared.stdout)["systems"]]
    assert scores[0]["score"] > scores[1]["score"]
    assert scores[1]["p_value"] < 0.01


def test_without_a_directory_it_is_the_model_that_was_downloaded_into_the_cache(
    package: None, downloaded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(UsageError, match="not on this disk; hf download Unbabel/wmt22-comet-da"):
        evaluate(GOOD, REFERENCES, ["comet"], sources=SOURCES)
    repository = tmp_path / "hub" / "models--Unbabel--wmt22-comet-da"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("1a2b")
    (repository / "snapshots").mkdir()
    downloaded.rename(repository / "snapshots" / "1a2b")
    (score,) = evaluate(GOOD, REFERENCES, ["comet"], sources=SOURCES)
    assert score.name == "wmt22-comet-da"


def test_what_is_missing_is_said_before_anything_is_translated(
    call: Callable[..., Done], package: None, downloaded: Path, files: list[str]
) -> None:
    named = ["--metric", f"comet={downloaded}"]
    told(call("evaluate", *files[2:], *named), 2, "COMET reads sources", "--src FILE")
    (downloaded / "hparams.yaml").rename(downloaded / "other.yaml")
    told(call("evaluate", *files, *named), 2, str(downloaded), "hparams.yaml is missing")
    (downloaded / "other.yaml").rename(downloaded / "hparams.yaml")
    (downloaded / "checkpoints" / "model.ckpt").write_text("damaged")
    told(call("evaluate", *files, *named), 2, str(downloaded), "weights: bad magic;", "download it again")
    for settings, words in {
        "pretrained_model: nobody/none": ["needs nobody/none", "hf download nobody/none"],
        "other: 1": ["hparams.yaml does not name a pretrained_model"],
        "a: [": ["hparams.yaml does not name a pretrained_model"],
    }.items():
        (downloaded / "hparams.yaml").write_text(settings)
        told(call("evaluate", *files, *named), 2, *words)


def test_without_the_package_the_extra_is_named(
    call: Callable[..., Done], downloaded: Path, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [place for place in sys.path if not list(Path(place).glob("unbabel_comet-*"))])
    told(call("evaluate", *files, "--metric", f"comet={downloaded}"), 2, "pip install 'seq2seq[comet]'")
