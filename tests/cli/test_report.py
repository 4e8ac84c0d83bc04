"""Reports and tables by the command line: written beside what is printed, and refused before anything is."""

from __future__ import annotations

import html
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command import Done, contents, told

Call = Callable[..., Done]
FAILED, USAGE = 1, 2
EVIL = "<script>document.title = 'seen'</script>"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory to work in, with sources, references, two systems, and the log of a run."""
    texts = {
        "test.en": ["The cat sleeps.", f"Is {EVIL} here?", "Go now!"] * 4,
        "test.es": ["El gato duerme.", f"¿Está {EVIL} aquí?", "¡Ve now!"] * 4,
        "before.es": ["El gato duerme.", f"¿Es {EVIL} aquí?", "¡Ve now!"] * 4,
        "after_2.es": ["El gato duerme.", f"¿Está {EVIL} aquí?", "Ve, ve, ve, now."] * 4,
    }
    for name, lines in texts.items():
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines))
    figures = {"epoch": 0.1, "nll": 5.0, "learning_rate": 1e-3, "tokens": 500}
    events: list[dict[str, Any]] = [
        {"event": "progress", "step": step, "seconds": step, **figures} for step in (50, 100, 150)
    ]
    events.append({"event": "validation", "step": 150, "bleu": 1.0, "chrf": 2.0, "samples": [[EVIL, EVIL, "El gato"]]})
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "log.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    (tmp_path / "run" / "config.toml").write_text('[data]\ntrain = [{ path = "now" }]\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


COMPARE = ("compare", "before.es", "after_2.es", "--src", "test.en", "--ref", "test.es")
EVALUATE = ("evaluate", "--hyp", "after_2.es", "--ref", "test.es")


def test_compare_writes_its_report_beside_what_it_prints(call: Call, files: Path) -> None:
    plain = call(*COMPARE)
    done = call(*COMPARE, "--report", "made.html", "--png", "charts/made", "--examples", 1)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(plain.stdout[:300])
    page = (files / "made.html").read_text(encoding="utf-8")
    assert "<title>before.es, after_2.es</title>" in page
    assert page.count("<article") == 4
    assert html.escape(EVIL) in page
    assert "<script" not in page
    charts = {path.name: path.read_bytes() for path in (files / "charts" / "made").iterdir()}
    assert set(charts) == {f"{name}.png" for name in ("bleu", "chrf2", "length", "kind", "ratio", "chrf")}
    assert all(data.startswith(b"\x89PNG") for data in charts.values())


def test_evaluate_reports_one_system_several_and_a_model(call: Call, files: Path, model: Path) -> None:
    done = call(*EVALUATE, "--src", "test.en", "--report", "one.html")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == call(*EVALUATE, "--confidence").stdout
    assert "The worst" in (files / "one.html").read_text(encoding="utf-8")
    options = ("--hyp", "before.es", "--model", model, "--src", "test.en", "--report", "two.html", "--metric", "ter")
    assert call(*EVALUATE, *options).returncode == 0
    page = (files / "two.html").read_text(encoding="utf-8")
    assert "TER with 95 % intervals" in page
    assert f"<title>after_2.es, before.es, {model.name}</title>" in page
    assert "Where the model looks" in page
    assert "one of the worst: " in page


def test_a_report_draws_where_a_model_looks_in_the_lines_that_are_asked_for(
    call: Call, files: Path, model: Path
) -> None:
    options = ("evaluate", "--model", model, "--src", "test.en", "--ref", "test.es", "--report", "a.html")
    done = call(*options, "--png", "charts", "--attention", 2, "--attention", 12)
    assert (done.returncode, done.stderr.count(b"\n")) == (0, 1)
    page = (files / "a.html").read_text(encoding="utf-8")
    second = (files / "test.en").read_text(encoding="utf-8").splitlines()[1]
    assert f"Line 2: {html.escape(second)}" in page
    assert {path.name for path in (files / "charts").glob("attention*")} == {"attention-2.png", "attention-12.png"}
    assert "one of the worst" not in page
    told(call(*options, "--overwrite", "--attention", 13), USAGE, "--attention 13", "12 lines")
    told(call(*EVALUATE, "--attention", 1), USAGE, "--attention", "--model")


def test_tables_to_paste(call: Call, files: Path) -> None:
    latex = call(*EVALUATE, "--hyp", "before.es", "--format", "latex").stdout.decode()
    assert r"\toprule" in latex
    assert re.search(r"after\\_2\.es & [\d.]+ \([\d.]+ \$\\pm\$ [\d.]+\) &  & ", latex)
    assert r"\footnotesize BLEU nrefs:1\textbar\allowbreak{}bs:1000" in latex
    markdown = call(*EVALUATE, "--format", "markdown").stdout.decode().splitlines()
    assert markdown[2] == "| system | BLEU | chrF2 |"
    assert markdown[4].startswith(r"| after\_2.es | ")
    several = call(*COMPARE, "--format", "markdown").stdout.decode()
    assert re.findall(r"^\*\*(.*)\*\*$", several, flags=re.MULTILINE) == [
        "Scores with 95 % intervals; p: of a difference to before.es",
        "Sentences beside before.es, by chrF",
        "BLEU by length of the source",
        "BLEU by kind of sentence",
        "Lines with flags",
    ]


def test_a_run_is_reported(call: Call, files: Path, trained: tuple[Path, Done]) -> None:
    done = call("report", "run", trained[0], "--out", "runs.html", "--png", "charts")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    page = (files / "runs.html").read_text(encoding="utf-8")
    assert f"<title>Training of run, {trained[0].name}</title>" in page
    assert "training.learning_rate" in page
    assert (files / "charts" / "loss.png").exists()


def test_an_explanation_is_drawn(call: Call, files: Path, model: Path) -> None:
    explain = ("explain", f"The cat {EVIL} sleeps.", "--model", model)
    done = call(*explain, "--out", "cat.html")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    page = (files / "cat.html").read_text(encoding="utf-8")
    assert "Attention of decoder layer 1" in page
    assert "<script" not in page
    assert json.loads(call(*explain, "--out", "cat.png", "--json").stdout)["said"]
    assert (files / "cat.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((*COMPARE, "--report", "test.en"), USAGE, ["test.en exists", "--overwrite", "--report"]),
        ((*COMPARE, "--report", "run"), USAGE, ["run is a directory", "--report"]),
        ((*COMPARE, "--report", "no/a.html"), USAGE, ["cannot write no/a.html", "--report"]),
        ((*COMPARE, "--png", "charts"), USAGE, ["--png", "--report"]),
        ((*COMPARE, "--report", "a.html", "--png", "test.en"), USAGE, ["test.en is a file", "--png"]),
        ((*COMPARE, "--report", "a.html", "--png", "test.en/x"), USAGE, ["test.en/x", "--png"]),
        ((*COMPARE, "--format", "docx"), USAGE, ["docx", "text, markdown, latex"]),
        ((*COMPARE, "--format", "latex", "--json"), USAGE, ["--json", "--format"]),
        ((*EVALUATE, "--report", "a.html"), USAGE, ["--src"]),
        ((*EVALUATE, "--src", "test.en"), USAGE, ["--src", "--report"]),
        ((*EVALUATE, "--src", "run/log.jsonl", "--report", "a.html"), USAGE, ["4 sources", "12 references"]),
        (("report", "run", "--out", "test.en"), USAGE, ["test.en exists", "another --out"]),
        (("report", "run", "./run/log.jsonl", "--out", "a.html"), USAGE, ["twice"]),
        (("report", "nowhere", "--out", "a.html"), USAGE, ["nowhere", "log.jsonl"]),
        (("report", "test.en", "--out", "a.html"), FAILED, ["test.en:1", "log.jsonl"]),
        (("report", "run"), USAGE, ["--out"]),
        (("explain", "The cat.", "--out", "a.pdf"), USAGE, ["a.pdf", ".html and .png"]),
        (("explain", "The cat.", "--out", "no/a.png"), USAGE, ["no/a.png", "another --out"]),
    ],
)
def test_reports_that_cannot_be(
    call: Call, files: Path, arguments: tuple[str, ...], code: int, words: list[str]
) -> None:
    before = contents(files)
    told(call(*arguments), code, *words)
    assert contents(files) == before


def test_what_is_there_is_replaced_only_when_asked_to(call: Call, files: Path) -> None:
    report = ("report", "run", "--out", "a.html", "--png", "charts")
    assert call(*report).returncode == 0
    before = contents(files)
    told(call(*report[:4]), USAGE, "a.html", "--overwrite")
    told(call(*report[:3], "b.html", *report[4:]), USAGE, "charts", "--overwrite")
    assert contents(files) == before
    (files / "a.html").write_text("old")
    assert call(*report, "--overwrite").returncode == 0
    assert contents(files) == before


def test_without_matplotlib_the_extra_is_named(call: Call, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    before = contents(files)
    for command in (("report", "run", "--out", "a.html"), ("explain", "The cat.", "--out", "a.png")):
        told(call(*command), USAGE, "pip install 'seq2seq[report]'")
    assert call(*COMPARE).returncode == 0, "without a report it is not needed"
    assert contents(files) == before
