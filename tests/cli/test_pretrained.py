"""The model that ships: it answers without a word about models, and comes up to what its card promises."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from command import Done, told

from seq2seq import Translator
from seq2seq.evaluation import evaluate
from seq2seq.locations import pretrained

Call = Callable[..., Done]
CARD = pretrained() / "README.md"


@pytest.fixture(scope="module")
def translator() -> Translator:
    return Translator.load(pretrained(), precision="fp32")


def test_it_translates_without_being_named(call: Call) -> None:
    done = call("translate", "I have lost my keys.")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "llaves" in done.stdout.decode()
    assert call("translate", "--model", "pretrained", "I have lost my keys.").stdout == done.stdout


def test_it_is_scored_under_its_name(call: Call, tmp_path: Path) -> None:
    (tmp_path / "src").write_text("I have lost my keys.\n")
    (tmp_path / "ref").write_text("He perdido mis llaves.\n")
    done = call("evaluate", "--model", "pretrained", "--src", tmp_path / "src", "--ref", tmp_path / "ref")
    assert (done.returncode, done.stderr) == (0, b"translating 1 lines with pretrained\n")
    assert done.stdout.startswith(b"BLEU 100.00")


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("Where is the station?", r"^¿.*estación.*\?$"),
        ("What a beautiful house!", r"^¡.*casa.*!$"),
        ("Tom lives in Boston with Mary.", r"Tom.*Boston.*Mary"),
        ("The meeting is on 17 March 2026.", r"17.*2026"),
        (
            "See https://example.org/a?b=1 or write to ana@example.org.",
            r"https://example\.org/a\?b=1.*ana@example\.org",
        ),
        ("Hello, {name}! You have %d messages.", r"\{name\}.*%d"),
        ("dog", r"(?i)perr"),
        ("Bread", r"^Pan$"),
        ("Chair.", r"^Silla\.$"),
        ("London", r"^Londres$"),
        ("[door opens]", r"^\[.*puerta.*\]$"),
        ("Click <b>here</b> to close the window.", r"<b>aquí</b> para cerrar la ventana\.$"),
        (
            "The <i>red</i> car is <b>faster than <u>this one</u></b>.",
            r"^El \w+ <i>rojo</i> es <b>más .*<u>.*</u></b>\.$",
        ),
        ("I\u00a0have lost my&nbsp;keys.", r"^He perdido mis llaves\.$"),
        ("Copied {} files in %.1f s (100%%).", r"\{\}.*%\.1f.*%%"),
        ("THE DOOR IS OPEN.", r"^LA PUERTA ESTÁ ABIERTA\.$"),
    ],
)
def test_what_users_try_first(translator: Translator, source: str, wanted: str) -> None:
    [translation] = translator.translate([source])
    assert re.search(wanted, translation), translation


@pytest.mark.parametrize("line", ["", "   ", "***", "12 + 7 = 19", "👍", "—", "https://example.org"])
def test_what_has_no_words_stays_as_it_is(translator: Translator, line: str) -> None:
    assert translator.translate([line]) == [line]


def test_what_is_in_another_script_stays_as_it_is_and_is_flagged(translator: Translator) -> None:
    foreign, mixed = translator.stream(["Привет, мир! 你好。", "The word Привет means hello."])
    assert (foreign.text, foreign.flags) == (foreign.source, ("script",))
    assert "Привет" in mixed.text
    assert not mixed.flags


def test_a_long_paragraph_keeps_its_end(translator: Translator) -> None:
    sentences = ["The cat sleeps in the kitchen.", "We are going to the market tomorrow."] * 35  # of 500 words and more
    [translation] = translator.translate([" ".join([*sentences, "My name is Carmen."])])
    assert translation.count(".") == len(sentences) + 1
    assert translation.endswith("Carmen.")


def test_no_batch_changes_a_translation(translator: Translator, shared: Path) -> None:
    lines = (shared / "dev" / "flores200-dev.en").read_text(encoding="utf-8").splitlines()[:20]
    lines += [line.split("\t")[0] for line in (shared / "dev" / "tatoeba-dev.tsv").read_text("utf-8").splitlines()[:60]]
    together = translator.translate(lines)
    assert [text for line in reversed(lines) for text in translator.translate([line])] == together[::-1]


def test_it_is_small_sealed_and_names_its_sources(translator: Translator) -> None:
    assert sum(file.stat().st_size for file in pretrained().iterdir()) < 40e6
    card = CARD.read_text(encoding="utf-8")
    for word in ("Tatoeba", "CC BY", "Europarl", "newstest2012", "BLEU", "Bad at"):
        assert word.lower() in card.lower()
    assert json.loads((pretrained() / "config.json").read_text())["format_version"] == 2


def test_it_is_as_good_on_dev_as_when_it_was_chosen(translator: Translator, shared: Path) -> None:
    rows = [line.split("\t") for line in (shared / "dev" / "tatoeba-dev.tsv").read_text("utf-8").splitlines()[:300]]
    found = translator.translate([row[0] for row in rows])
    assert evaluate(found, [row[1] for row in rows])[0].value > 35


def test_terms_come_out_as_the_glossary_says(call: Call, tmp_path: Path) -> None:
    (tmp_path / "terms.csv").write_text("cell phone,celular\napartment,piso\ncar,coche\n")
    (tmp_path / "a.en").write_text(
        "Where is your cell phone?\nWe live in small apartments.\nMY CAR IS RED.\nIt rains.\n"
    )
    options = ("translate", "--input", tmp_path / "a.en", "--glossary", tmp_path / "terms.csv")
    done = call(*options, "--output", tmp_path / "a.es", "--precision", "fp32")
    assert done.returncode == 0
    lines = (tmp_path / "a.es").read_text().splitlines()
    for line, wanted in zip(lines, ("celular", "pisos", "COCHE", ""), strict=True):
        assert wanted in line
    assert b"lines with flags: mended glossary" in done.stderr
    done = call(*options, "--json", "--output", tmp_path / "a.json", "--precision", "fp32", "--jobs", 2)
    records = [json.loads(line) for line in (tmp_path / "a.json").read_text().splitlines()]
    assert [record["translation"] for record in records] == lines
    assert "mended glossary" in records[1]["flags"]
    assert [record.get("terms") for record in records] == [
        {"cell phone": True},
        {"apartment": True},
        {"car": True},
        None,
    ]
    assert all(0 < record["confidence"] <= 1 for record in records)
    told(call(*options, "--prefix", "El"), 2, "--glossary", "--prefix")
    told(call(*options[:-1], tmp_path / "none.csv"), 2, "none.csv")
