"""Pages: all that was found is in them, text from outside stays text, and nothing is fetched or run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import lxml.html
import pytest

from seq2seq.comparison import Comparison, study
from seq2seq.errors import DataError, UsageError
from seq2seq.explanation import Branch, Explanation, Gates, Said
from seq2seq.report import runs, sentence, systems
from seq2seq.report.runs import read_runs
from seq2seq.report.systems import score_table, shortened

EVIL = "<script>alert('1 & 2')</script>"
SOURCES = ["The cat sleeps.", "Is it here?", "I don't see Tom in Boston, and he has 12 cats.", f"Go {EVIL}!"]
REFERENCES = ["El gato duerme.", "¿Está aquí?", "No veo a Tom en Boston, y tiene 12 gatos.", f"¡Ve {EVIL}!"]
WORSE = ["El gato duerme.", "¿Es aquí?", "Veo Tom, tiene 13 gatos.", f"¡Ve {EVIL}!"]
BETTER = [*REFERENCES[:3], f"{EVIL}"]


@pytest.fixture(scope="module")
def found() -> Comparison:
    made = {"out/<i>&.es": WORSE, "out/better.es": BETTER}
    return study(made, SOURCES, REFERENCES, training=["el gato duerme", "tom"])


def opened(page: str) -> Any:
    """The page as a tree; fails where it would run or fetch anything."""
    tree = lxml.html.document_fromstring(page)
    assert tree.xpath("//script | //link | //img | //iframe | //image | //*[@onload or @onclick or @onerror]") == []
    assert [
        link for link in tree.xpath("//@href | //@src | //@*[name()='xlink:href']") if not link.startswith("#")
    ] == []
    assert "default-src 'none'" in tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert "http" not in tree.xpath("string(//head/style)")
    return tree


def headings(tree: Any, level: str) -> list[str]:
    return [node.text_content() for node in tree.xpath(f"//{level}")]


def test_systems_are_told_with_figures_charts_and_sentences(found: Comparison) -> None:
    made = systems.report(found, 2)
    tree = opened(made.html)
    assert headings(tree, "h2") == ["Scores", "Charts", "Figures", "Sentences"]
    assert [chart.name for chart in made.charts] == ["bleu", "chrf2", "length", "kind", "frequency", "ratio", "chrf"]
    assert len(tree.xpath("//figure/svg")) == 7
    text = tree.text_content()
    for score in (score for row in found.scores.values() for score in row):
        assert f"{score.value:.2f}{score.around}" in text.replace("\N{NO-BREAK SPACE}", " ")
        assert score.signature in text
        assert score.p_value is None or f"{score.p_value:.4f}" in text
    for words in (
        "1–5 words (3)",
        "question (1)",
        "F1 of words",
        "Lines with flags",
        EVIL,
        "<i>&.es",
        "gains most",
        "loses most",
    ):
        assert words in text
    gained, lost, worst, best = tree.xpath("//div[@class='examples']")
    [duel] = found.duels.values()
    lines = [node.text.removesuffix(": ") for node in gained.xpath(".//h4")]
    assert lines == [f"Line {change.line + 1}" for change in duel.changes[::-1][:2]]
    assert len(lost.xpath("./article")) == duel.losses == 1
    assert len(worst.xpath("./article")) == len(best.xpath("./article")) == 2


def test_a_single_system_is_told_without_comparison(found: Comparison) -> None:
    one = study({"one.es": BETTER}, SOURCES, REFERENCES)
    assert [score.interval is not None for score in one.scores["one.es"]] == [True, True]
    tree = opened(systems.report(one, 5).html)
    assert headings(tree, "h3") == ["The worst", "The best"]
    assert len(tree.xpath("//article")) == 4
    assert "Underlined" not in tree.text_content()
    assert opened(systems.report(one, 0).html).xpath("//article") == []


def test_each_of_several_references_is_shown_and_counts() -> None:
    others = ["El gato duerme.", "¿Es aquí?", "Otra.", "Otra."]
    one = study({"one.es": WORSE}, SOURCES, [REFERENCES, others], documents=["a", "b", "a", "a"])
    assert one.sentences["one.es"][1] == 100
    assert "nrefs:2" in one.scores["one.es"][0].signature
    assert [(group.name, group.lines) for group in one.documents] == [("a", 3), ("b", 1)]
    tree = opened(systems.report(one, 5).html)
    assert tree.text_content().count("¿Es aquí?") == 2
    assert "BLEU by document" in tree.text_content()


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["a/b/x.es", "a/c/y.es"], ["x.es", "y.es"]),
        (["a/b/x.es", "a/c/x.es"], ["b/x.es", "c/x.es"]),
        (["x.es", "b/x.es"], ["x.es", "b/x.es"]),
        (["/x"], ["x"]),
    ],
)
def test_names_are_as_short_as_tells_them_apart(names: list[str], short: list[str]) -> None:
    assert shortened(names) == short


def test_a_table_of_scores_has_p_values_where_there_was_a_test(found: Comparison) -> None:
    table = score_table(found.scores, ["a", "b"])
    assert table.columns == ("system", "BLEU", "p", "chrF2", "p")
    assert [row[2] == "" for row in table.rows] == [True, False]
    assert len(table.notes) == 2
    alone = score_table({"a": next(iter(found.scores.values()))}, ["a"])
    assert alone.columns == ("system", "BLEU", "chrF2")


# Training runs


def log(path: Path, bleu: Sequence[float], *, config: str = "") -> Path:
    """A run's directory, with two updates and a validation for each score."""
    path.mkdir()
    lines: list[dict[str, object]] = []
    for number, score in enumerate(bleu, start=1):
        for step in (20 * number - 10, 20 * number):
            figures = {
                "epoch": step / 100,
                "nll": 5 / step,
                "learning_rate": 1e-3,
                "tokens": 500,
                "seconds": step * 2.0,
            }
            lines.append({"event": "progress", "step": step, **figures})
        samples = [[f"The cat {EVIL}", "El gato", f"El {'gato' if number > 2 else 'perro'}"]]
        lines.append({"event": "validation", "step": 20 * number, "bleu": score, "chrf": 2 * score, "samples": samples})
    lines.append({"event": "finished", "step": 20 * len(bleu), "reason": "limit reached"})
    (path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    if config:
        (path / "config.toml").write_text(config)
    return path


def test_runs_are_drawn_side_by_side(tmp_path: Path) -> None:
    one = log(tmp_path / "one", [10.0, 15.0, 14.0], config='[model]\ncell = "lstm"\nwidth = 64\n')
    two = log(tmp_path / "two", [12.0], config='[model]\ncell = "gru"\nwidth = 64\n')
    made = runs.report(read_runs([one, two / "log.jsonl"]))
    assert [chart.name for chart in made.charts] == ["loss", "bleu", "bleu-by-time", "chrf", "learning-rate", "speed"]
    drawn = {chart.name: [line.get_xydata().tolist() for line in chart.figure.axes[0].lines] for chart in made.charts}
    assert drawn["bleu"] == [[[20, 10], [40, 15], [60, 14]], [[20, 12]]]
    assert drawn["bleu-by-time"][0] == [pytest.approx([s * 2 / 60, b]) for s, b in ((20, 10), (40, 15), (60, 14))]
    assert drawn["speed"][0] == [[step, 25] for step in (20, 30, 40, 50, 60)]
    tree = opened(made.html)
    rows = [[cell.text_content() for cell in row.xpath("./th | ./td")] for row in tree.xpath("//tr")]
    assert ["one", "60", "0.6", "0:02:00", "0.0 M", "0.083", "15.00 at 40", "30.00 at 40", "limit reached"] in rows
    assert rows[-4:] == [
        ["field", "one", "two"],
        ["model.cell", "lstm", "gru"],
        ["field", "one", "two"],
        ["model.width", "64", "64"],
    ]
    first, second = tree.xpath("//article")
    assert [node.text_content() for node in first.xpath(".//dt")] == ["source", "reference", "from 20", "from 60"]
    assert [node.text_content() for node in first.xpath(".//mark")] == ["perro"]
    assert EVIL in second.text_content()


def test_a_run_that_goes_on_is_drawn_as_far_as_it_is(tmp_path: Path) -> None:
    path = log(tmp_path / "run", [10.0])
    whole = (path / "log.jsonl").read_bytes().splitlines(keepends=True)
    (path / "log.jsonl").write_bytes(whole[0] + whole[1][:20])
    [run] = read_runs([path])
    assert (len(run.progress), run.validations, run.ended, run.config) == (1, (), "not yet", {})
    tree = opened(runs.report([run]).html)
    assert headings(tree, "h2") == ["Curves", "Figures"]


def test_a_run_that_was_resumed_has_not_ended(tmp_path: Path) -> None:
    path = log(tmp_path / "run", [10.0])
    first = json.loads((path / "log.jsonl").read_text().splitlines()[0])
    with (path / "log.jsonl").open("a") as file:
        file.write(json.dumps(first | {"step": 30}) + "\n")
    [run] = read_runs([path])
    assert run.ended == "not yet"


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", DataError, r"no event of a training run yet"),
        ('{"event": "finished", "step": 1, "reason": "x"}\n', DataError, r"no event of a training run yet"),
        ("hello\n", DataError, r"log\.jsonl:1: no event"),
        ('{"event": "progress", "step": 1}\n', DataError, r"log\.jsonl:1: no event"),
        ('{"event": ["x"]}\n', DataError, r"log\.jsonl:1: no event"),
        ('{"event": "validation", "step": 1, "bleu": "x", "chrf": 2, "samples": []}\n', DataError, "no event"),
        ('{"event": "validation", "step": 1, "bleu": 1, "chrf": 2, "samples": [["a", "b"]]}\n', DataError, "no event"),
        ("[1]\n", DataError, r"log\.jsonl:1: no event"),
        ("a\0\n", DataError, r"log\.jsonl:1: a NUL"),
        (None, UsageError, r"cannot read .*log\.jsonl.*name a run's directory"),
    ],
)
def test_what_is_no_log_is_refused(tmp_path: Path, text: str | None, error: type[Exception], message: str) -> None:
    if text is not None:
        (tmp_path / "log.jsonl").write_text(text)
    with pytest.raises(error, match=message):
        read_runs([tmp_path])


# A sentence


def explanation() -> Explanation:
    said = (Said("▁El", -0.1, (("▁El", -0.1), ("▁Un", -2.5))), Said("</s>", -0.2, (("</s>", -0.2), (EVIL, -3.0))))
    beam = (Branch(("▁El",), -0.3, (Branch(("</s>",), -0.3, ()), Branch((EVIL, "</s>"), -3.1, ()))),)
    gates = tuple(Gates(f"{side}.layers.0.cells", *[(0.1, 0.9)] * 4) for side in ("encoder", "decoder"))
    return Explanation("El", ("▁The", "</s>"), said, beam, (((0.9, 0.1), (0.2, 0.8)),), gates)


def test_a_sentence_is_told_with_its_beam_and_maps() -> None:
    found = explanation()
    made = sentence.report(found, EVIL)
    tree = opened(made.html)
    assert headings(tree, "h1") == [EVIL]
    assert len(tree.xpath("//figure/svg")) == 3
    assert [node.text_content() for node in tree.xpath("//ul[@class='tree']//li[not(ul)]")] == [
        "</s> -0.30, 74.1%",
        f"{EVIL} </s> -3.10, 4.5%",
    ]
    [mesh] = made.charts[0].figure.axes[0].collections
    assert mesh.get_array().tolist() == [[0.9, 0.1], [0.2, 0.8]]
    [inputs, *_] = made.charts[1].figure.axes[0].get_yticklabels()
    assert inputs.get_text() == "encoder 1 input"
    assert sentence.drawing(found, EVIL).png().startswith(b"\x89PNG")
    without = opened(sentence.report(replace(found, gates=()), EVIL).html)
    assert "No gates are shown" in without.text_content()
