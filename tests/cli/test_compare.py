"""`evaluate` with several systems and references: the figures of the library, laid out for people and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from command import Done, told

from seq2seq.evaluation import compare, evaluate

Call = Callable[..., Done]


@pytest.fixture
def files(tmp_path: Path, sample: Path) -> Path:
    """A directory with two references and three systems: the second is better than the first, the third is like it."""
    pairs = [line.split("\t") for line in (sample / "test.tsv").read_text().splitlines()[:120]]
    ref = [tgt for _, tgt in pairs]
    poor = [" ".join(line.split()[1:]) for line in ref]
    other = [" ".join(line.split()[:-1]) for line in ref]
    good = [right if number % 2 else wrong for number, (right, wrong) in enumerate(zip(ref, poor, strict=True))]
    named = {"ref": ref, "ref2": other, "poor": poor, "good": good, "other": other, "src": [src for src, _ in pairs]}
    for name, lines in named.items():
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines))
    return tmp_path


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_several_systems_are_compared_with_the_first(call: Call, files: Path) -> None:
    systems = {str(files / name): lines(files / name) for name in ("poor", "good", "other")}
    wanted = compare(systems, lines(files / "ref"))
    options = [part for name in systems for part in ("--hyp", name)]
    done = call("evaluate", *options, "--ref", files / "ref")
    assert (done.returncode, done.stderr) == (0, b"")
    blocks = re.split(r"^(?=\S)", done.stdout.decode(), flags=re.MULTILINE)[1:]
    for number, block in enumerate(blocks):
        title, *rows = block.splitlines()
        column = [scores[number] for scores in wanted.values()]
        assert title == f"{column[0].name}  {column[0].signature}"
        for name, row, score in zip(systems, rows, column, strict=True):
            chance = [f"{score.p_value:.4f}"] if score.p_value is not None else []
            figures = [f"{score.value:.2f}", f"{score.mean:.2f}", f"{score.interval:.2f}", *chance]
            assert re.findall(r"\d+\.\d+", row.removeprefix(f"  {name}")) == figures
    table = json.loads(call("evaluate", *options, "--ref", files / "ref", "--json", "--test", "ar").stdout)
    assert table["lines"] == 120
    first, second, _ = table["systems"]
    assert first["system"] == str(files / "poor")
    assert "p_value" not in first["scores"][0]
    assert second["scores"][0]["p_value"] < 0.01


def test_a_model_beside_a_file(call: Call, files: Path, model: Path) -> None:
    arguments = ("evaluate", "--hyp", files / "poor", "--model", model, "--src", files / "src", "--ref", files / "ref")
    table = json.loads(call(*arguments, "--beam-size", 1, "--json").stdout)
    assert [row["system"] for row in table["systems"]] == [str(files / "poor"), str(model)]


def test_intervals_metrics_and_references_as_asked_for(call: Call, files: Path) -> None:
    refs = ("--ref", files / "ref", "--ref", files / "ref2")
    metrics = ("--metric", "ter", "--metric", "chrf++", "--metric", "bleu")
    done = call("evaluate", "--hyp", files / "poor", *refs, *metrics, "--confidence")
    wanted = evaluate(
        lines(files / "poor"), [lines(files / "ref"), lines(files / "ref2")], ["ter", "chrf++", "bleu"], resamples=1000
    )
    assert done.stdout.decode() == "".join(f"{score}\n" for score in wanted)
    assert done.stdout.decode().count("±") == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--hyp", "poor", "--hyp", "poor"), ["named twice"]),
        (("--hyp", "poor", "--metric", "meteor"), ["meteor", "chrf++"]),
        (("--hyp", "poor", "--hyp", "good", "--test", "t"), ["bs, ar"]),
        (("--hyp", "poor", "--hyp", "short"), ["1 hypotheses", "120 references"]),
        (("--hyp", "poor", "--ref", "short"), ["120 hypotheses", "1 references"]),
        (("--model", "a", "--model", "b", "--src", "src", "--output", "out"), ["--output"]),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(
    call: Call, files: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], words: list[str]
) -> None:
    monkeypatch.chdir(files)
    (files / "short").write_text("Una.\n")
    told(call("evaluate", *options, "--ref", "ref"), 2, *words)


# Named test sets


def test_each_document_is_scored_by_itself(call: Call, files: Path) -> None:
    names = ["one"] * 50 + ["two"] * 20 + ["one"] * 50
    (files / "names").write_text("".join(f"{name}\n" for name in names))
    refs = [lines(files / "ref"), lines(files / "ref2")]
    options = ["--hyp", files / "good", "--documents", files / "names"]
    for reference in ("ref", "ref2"):
        options += ["--ref", files / reference]
    done = call("evaluate", *options, "--json")
    documents = json.loads(done.stdout)["documents"]
    assert [(document["name"], document["lines"]) for document in documents] == [("one", 100), ("two", 20)]
    middle = [[reference[n] for n in range(50, 70)] for reference in refs]
    [wanted] = evaluate(lines(files / "good")[50:70], middle, ["bleu"])
    assert documents[1]["bleu"] == [wanted.value]
    told = call("evaluate", *options).stdout.decode().splitlines()
    assert told[-1].split() == ["two", "(20)", f"{wanted.value:.2f}"]
    both = ["compare", files / "poor", files / "good", "--src", files / "src", "--ref", files / "ref"]
    assert "BLEU by document" in call(*both, "--documents", files / "names").stdout.decode()


def test_swapped_sides_are_seen_and_copies_are_not_taken_for_them(call: Call, files: Path) -> None:
    swapped = ("--src", files / "ref", "--ref", files / "src")
    told(call("compare", files / "poor", files / "good", *swapped), 2, "poor", "swapped")
    told(call("evaluate", "--hyp", files / "ref", "--ref", files / "src"), 2, "Spanish", "swapped")
    copies = ("compare", files / "src", files / "good", "--src", files / "src", "--ref", files / "ref")
    assert call(*copies).returncode == 0


def test_systems_that_say_the_same_do_not_differ(call: Call, files: Path) -> None:
    (files / "same").write_bytes((files / "good").read_bytes())
    for test in ("bs", "ar"):
        done = call(
            "evaluate", "--hyp", files / "good", "--hyp", files / "same", "--ref", files / "ref", "--test", test
        )
        assert re.findall(r"p = (\S+)", done.stdout.decode()) == ["1.0000", "1.0000"]
    for name in ("good", "same", "ref", "src"):
        (files / name).write_text(f"{lines(files / name)[0]}\n")
    done = call("evaluate", "--hyp", files / "good", "--hyp", files / "same", "--ref", files / "ref")
    assert "p =" not in done.stdout.decode()
    assert "±" not in done.stdout.decode()


def test_every_reference_has_as_many_lines(call: Call, files: Path) -> None:
    (files / "short").write_text("Una.\n")
    more = ("--src", files / "src", "--ref", files / "ref", "--ref", files / "short")
    told(call("compare", files / "good", files / "other", *more), 2, "120 hypotheses in", "1 references")
    report = ("--report", files / "x.html")
    told(call("evaluate", "--hyp", files / "good", *more, *report), 2, "120 hypotheses in", "1 references")
    assert not (files / "x.html").exists()


def test_wrong_usage_is_told_before_anything_is_translated(call: Call, files: Path, model: Path) -> None:
    (files / "names").write_text("one\n")
    options = ("evaluate", "--model", model, "--src", files / "src", "--ref", files / "ref", "--output", files / "out")
    told(call(*options, "--metric", "meteor"), 2, "meteor")
    told(call(*options, "--test", "t"), 2, '"t"')
    told(call(*options, "--documents", files / "names"), 2, "names of documents")
    told(call(*options[:-1], files / "ref", "--overwrite"), 2, "what is read")
    told(call(*options, "--report", files / "out"), 2, "one file")
    assert not (files / "out").exists()


def test_what_looks_tokenised_is_told(call: Call, files: Path) -> None:
    (files / "tokens").write_text("".join(f"{line.removesuffix('.')} .\n" for line in lines(files / "good")))
    done = call("evaluate", "--hyp", files / "tokens", "--ref", files / "ref")
    assert done.returncode == 0
    assert re.fullmatch(r".*tokens looks tokenised .*detokenise it\n", done.stderr.decode())


def test_documents_need_a_name_for_each_line(call: Call, files: Path) -> None:
    (files / "names").write_text("one\n")
    done = call("evaluate", "--hyp", files / "good", "--ref", files / "ref", "--documents", files / "names")
    assert done.returncode == 2
    assert "1 names of documents and 120 references" in done.stderr.decode()


def test_a_named_test_set_is_the_same_as_its_files(call: Call, sample: Path, model: Path, tmp_path: Path) -> None:
    pairs = [line.split("\t") for line in (sample / "test.tsv").read_text().splitlines()]
    for side, name in enumerate(("test.en", "test.es")):
        (tmp_path / name).write_text("".join(f"{pair[side]}\n" for pair in pairs))
    options = ("evaluate", "--model", model, "--precision", "fp32", "--beam-size", 1)
    named = call(*options, "--test-set", "sample")
    assert named.stdout == call(*options, "--src", tmp_path / "test.en", "--ref", tmp_path / "test.es").stdout
    assert named.stdout.startswith(b"BLEU ")
    told(call(*options, "--test-set", "newstest2012"), 1, "newstest2012", "sacrebleu -t wmt12")
    told(call(*options, "--test-set", "sample", "--ref", tmp_path / "test.es"), 2, "--test-set", "--ref")
    told(call("evaluate", "--hyp", tmp_path / "test.es"), 2, "--ref", "--test-set")


# `compare`


def test_compare_tells_where_the_difference_is(call: Call, tmp_path: Path) -> None:
    files = {
        "test.en": ["The cat sleeps.", "Is it here?", "Go!"] * 4,
        "test.es": ["El gato duerme.", "¿Está aquí?", "¡Ve!"] * 4,
        "before.es": ["El gato duerme.", "¿Es aquí?", "¡Ve!"] * 4,
        "after.es": ["El gato duerme.", "¿Está aquí?", "Ve, ve, ve, ve."] * 4,
    }
    for name, lines in files.items():
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines))
    before, after = tmp_path / "before.es", tmp_path / "after.es"
    options = ("--src", tmp_path / "test.en", "--ref", tmp_path / "test.es", "--train", tmp_path / "test.es")
    done = call("compare", before, after, *options, "--examples", 1)
    assert (done.returncode, done.stderr) == (0, b"")
    told_of = done.stdout.decode()
    assert f"{after} beside {before}, by sentence chrF: 4 better, 4 as good, 4 worse" in told_of
    for words in ("question (4)", "1–5 words (12)", "2–9 times", "loop", "gained most", "lost most", "p = "):
        assert words in told_of
    facts = json.loads(call("compare", before, after, *options, "--json").stdout)
    plain = call("evaluate", "--hyp", before, "--hyp", after, "--ref", tmp_path / "test.es", "--json")
    assert json.loads(plain.stdout).items() <= facts.items()  # what `evaluate` says, and more
    assert facts["duels"][str(after)]["wins"] == 4
    assert facts["flags"] == {str(before): {}, str(after): {"loop": 4}}
    assert len(facts["duels"][str(after)]["changes"]) == 12
    pairs = tmp_path / "test.tsv"
    pairs.write_text("".join(f"{src}\t{tgt}\n" for src, tgt in zip(files["test.en"], files["test.es"], strict=True)))
    same = ("--test-set", pairs, "--train", tmp_path / "test.es", "--name", "first", "--name", "second")
    named = call("compare", before, after, *same, "--metric", "ter", "--metric", "bleu", "--examples", 1)
    assert named.returncode == 0, named.stderr
    assert named.stdout.startswith(b"TER  ")
    assert b"second beside first, by sentence chrF: 4 better, 4 as good, 4 worse" in named.stdout
    assert str(tmp_path) not in named.stdout.decode()
    told(call("compare", before, after, *same, "--name", "third"), 2, "3 names for 2 systems")
    told(call("compare", before, after, *same[:-2], "--name", " "), 2, "--name is empty")
    over = ("--test-set", pairs, "--report", pairs, "--overwrite")
    told(call("compare", before, after, *over), 2, "test.tsv")
    told(call("compare", before, after, *options[:2]), 2, "--ref", "--test-set")
    told(call("compare", before, after, *options[2:]), 2, "--src")
    told(call("compare", before, *options), 2, "two files")
    told(call("compare", before, before, *options), 2, "twice")
