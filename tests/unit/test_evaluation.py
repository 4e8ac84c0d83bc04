"""Scores are sacreBLEU's own, figure and signature, or there are none."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import sacrebleu

from seq2seq.errors import UsageError
from seq2seq.evaluation import Score, check_counts, compare, evaluate

SAMPLE = Path(__file__).parents[2] / "data" / "sample"


@pytest.fixture(scope="module")
def references() -> list[str]:
    lines = (SAMPLE / "test.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t")[1] for line in lines]


def perturb(lines: Sequence[str], seed: int) -> list[str]:
    """Lines as a poor model has them: words left out, doubled and swapped; some empty, some right."""
    rng = random.Random(seed)

    def changed(line: str) -> str:
        words = [word for word in line.split() for _ in range(rng.choice([0, 1, 1, 1, 1, 1, 2]))]
        if len(words) > 2 and rng.random() < 0.5:
            words[0], words[-1] = words[-1], words[0]
        return " ".join(words)

    return [line if rng.random() < 0.3 else changed(line) if rng.random() < 0.95 else "" for line in lines]


@pytest.mark.parametrize("seed", [1, 2])
def test_scores_are_those_of_sacrebleu_s_functions(references: list[str], seed: int) -> None:
    hypotheses = perturb(references, seed)
    bleu, chrf = evaluate(hypotheses, references)
    assert (bleu.name, chrf.name) == ("BLEU", "chrF2")
    assert bleu.value == sacrebleu.corpus_bleu(hypotheses, [references]).score
    assert chrf.value == sacrebleu.corpus_chrf(hypotheses, [references]).score
    assert 20 < bleu.value < 90


def test_scores_and_signatures_are_those_of_sacrebleu_s_command(references: list[str], tmp_path: Path) -> None:
    hypotheses = perturb(references, 3)
    (tmp_path / "ref").write_text("".join(f"{line}\n" for line in references), encoding="utf-8")
    (tmp_path / "hyp").write_text("".join(f"{line}\n" for line in hypotheses), encoding="utf-8")
    command = [sys.executable, "-m", "sacrebleu", "ref", "-i", "hyp", "-m", "bleu", "chrf", "-f", "json", "-w", "9"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    wanted = [(line["name"], line["score"], line["signature"]) for line in json.loads(result.stdout)]
    assert [(s.name, round(s.value, 9), s.signature) for s in evaluate(hypotheses, references)] == wanted


def sacrebleu_says(directory: Path, files: dict[str, list[str]], *arguments: str) -> Any:
    """What sacreBLEU's command prints about these files, as JSON."""
    for name, lines in files.items():
        (directory / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    command = [sys.executable, "-m", "sacrebleu", *arguments, "-f", "json", "-w", "9"]
    return json.loads(subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True).stdout)


def test_all_metrics_with_several_references_and_intervals_are_those_of_sacrebleu_s_command(
    references: list[str], tmp_path: Path
) -> None:
    files = {"hyp": perturb(references, 4), "one": references, "two": perturb(references, 5)}
    arguments = ("one", "two", "-i", "hyp", "-m", "bleu", "chrf", "ter", "--confidence", "--confidence-n", "200")
    found = evaluate(files["hyp"], [files["one"], files["two"]], ["bleu", "chrf", "ter"], resamples=200)
    for score, said in zip(found, sacrebleu_says(tmp_path, files, *arguments), strict=True):
        assert (score.name, round(score.value, 9), score.signature) == (said["name"], said["score"], said["signature"])
        assert round(score.mean or 0, 9) == said["confidence_mean"]
        assert round(score.interval or 0, 9) == said["confidence_var"]
    [chrf] = evaluate(files["hyp"], references, ["chrf++"])
    [said] = [sacrebleu_says(tmp_path, files, "one", "-i", "hyp", "-m", "chrf", "--chrf-word-order", "2")]
    assert (chrf.name, round(chrf.value, 9), chrf.signature) == (said["name"], said["score"], said["signature"])


@pytest.mark.parametrize("test", ["bs", "ar"])
def test_comparisons_are_those_of_sacrebleu_s_command(references: list[str], tmp_path: Path, test: str) -> None:
    base = perturb(references, 6)
    better = [line if number % 9 else worse for number, (line, worse) in enumerate(zip(references, base, strict=True))]
    systems = {"base": base, "same": perturb(references, 7), "better": better}
    found = compare(systems, references, test=test, samples=300)
    assert [score.p_value for score in found["base"]] == [None, None]
    assert [score.p_value for score in found["better"]] == pytest.approx([0.0033, 0.0033], abs=1e-4)
    assert min(score.p_value or 0 for score in found["same"]) > 0.05

    for name, lines in (systems | {"ref": references}).items():
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    options = ("-m", "bleu", "chrf", f"--paired-{test}", f"--paired-{test}-n", "300", "-w", "4")
    command = [sys.executable, "-m", "sacrebleu", "ref", "-i", *systems, *options, "-f", "text"]
    table = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    figures = [float(figure) for figure in re.findall(r"\d+\.\d{4}", table.partition("----")[0])]
    wanted: list[float | None] = []
    for scores in found.values():  # a row of values with intervals, and but for the first one of p-values
        intervals = [(score.mean, score.interval) if test == "bs" else () for score in scores]
        wanted += [
            figure for score, interval in zip(scores, intervals, strict=True) for figure in (score.value, *interval)
        ]
        wanted += [score.p_value for score in scores if score.p_value is not None]
    assert wanted == pytest.approx(figures, abs=6e-5)
    for score in found["base"]:
        assert score.interval
        assert score.signature.replace("bs:1000|ar", "ar") in table


def test_an_unknown_test_is_answered_with_those_there_are() -> None:
    with pytest.raises(UsageError, match='no test "t"; there are: bs, ar'):
        compare({"a": ["a"], "b": ["b"]}, ["a"], test="t")


def test_a_perfect_translation_scores_a_hundred_and_an_empty_one_nothing(references: list[str]) -> None:
    assert [score.value for score in evaluate(references, references)] == pytest.approx([100, 100])
    assert [score.value for score in evaluate([""] * len(references), references)] == [0, 0]


def test_metrics_come_in_the_order_asked_for(references: list[str]) -> None:
    assert [score.name for score in evaluate(references, references, ["chrf", "bleu"])] == ["chrF2", "BLEU"]


def test_a_score_is_written_with_its_signature() -> None:
    assert str(Score("BLEU", 31.4159, "nrefs:1|case:mixed")) == "BLEU 31.42  nrefs:1|case:mixed"


@pytest.mark.parametrize(
    ("hypotheses", "counts"), [(["a"], "1 hypotheses and 2 ref"), (["a"] * 3, "3 hypotheses and 2 ref")]
)
def test_other_numbers_of_lines_are_refused_with_both_counts(hypotheses: list[str], counts: str) -> None:
    with pytest.raises(UsageError, match=counts):
        evaluate(hypotheses, ["a", "b"])


def test_counts_are_told_with_what_was_counted() -> None:
    check_counts(2, 2, "sources")
    with pytest.raises(UsageError, match="5 sources and 2 references"):
        check_counts(5, 2, "sources")


@pytest.mark.parametrize("references", [[], ["", "  "]])
def test_references_without_text_are_refused(references: list[str]) -> None:
    with pytest.raises(UsageError, match="the references are empty"):
        evaluate(["a"] * len(references), references)


def test_an_unknown_metric_is_answered_with_those_there_are() -> None:
    with pytest.raises(UsageError, match='no metric "meteor"; there are: bleu, chrf'):
        evaluate(["a"], ["a"], ["meteor"])
