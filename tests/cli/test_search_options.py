"""What `translate` can be asked for besides the likeliest translation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from command import Done, told

from seq2seq import decoding

SENTENCES = ["The cat sleeps.", "My uncle wants to buy the red house.", "", "We are going to the market tomorrow. 12!"]
TEXT = "".join(f"{sentence}\n" for sentence in SENTENCES).encode()
Call = Callable[..., Done]


@pytest.fixture
def translate(call: Call, model: Path) -> Callable[..., list[str]]:
    """The lines that `translate` gives for SENTENCES with these options, exact in float32."""

    def translate(*options: object) -> list[str]:
        done = call("translate", "--model", model, "--precision", "fp32", *options, stdin=TEXT)
        assert done.returncode == 0, done.stderr.decode()
        assert done.stderr == b""
        return done.stdout.decode().splitlines()

    return translate


@pytest.mark.parametrize("beam_size", [1, 4])
def test_alignments_are_written_a_line_each(
    translate: Callable[..., list[str]], tmp_path: Path, beam_size: int
) -> None:
    plain = translate("--beam-size", beam_size)
    assert translate("--beam-size", beam_size, "--alignments", tmp_path / "links") == plain
    lines = (tmp_path / "links").read_text().split("\n")
    assert (len(lines), lines[2], lines[-1]) == (5, "", "")
    for source, translation, line in zip(SENTENCES, plain, lines, strict=False):
        pairs = [[int(word) for word in link.split("-")] for link in line.split()]
        assert [tgt for _, tgt in pairs] == list(range(len(translation.split())))
        assert all(src < len(source.split()) for src, _ in pairs)
    assert lines[3].endswith(f"7-{len(plain[3].split()) - 1}"), "12! is its own translation"
    records = [json.loads(line) for line in translate("--json", "--alignments", tmp_path / "again")]
    assert "alignment" in records[0]


def test_the_batch_does_not_change_a_translation(translate: Callable[..., list[str]]) -> None:
    assert translate("--batch-size", 1) == translate("--batch-size", 3) == translate()


def test_8_bits_give_nearly_the_same_translations(call: Call, model: Path) -> None:
    done = call("translate", "--model", model, "--precision", "int8", stdin=TEXT)
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode().splitlines()
    assert len(lines) == len(SENTENCES)
    again = call("translate", "--model", model, "--precision", "int8", "--batch-size", 1, stdin=TEXT)
    assert again.stdout == done.stdout
    told(call("translate", "--model", model, "--precision", "int4", "Hi."), 2, "precision", "int4")


def test_drawing_follows_the_seed(translate: Callable[..., list[str]]) -> None:
    first = translate("--temperature", 1.5, "--seed", 3)
    assert translate("--temperature", 1.5, "--seed", 3, "--batch-size", 1) == first
    assert translate("--temperature", 1.5, "--seed", 4) != first
    assert translate("--temperature", 1.5, "--top-k", 1) == translate("--beam-size", 1, "--no-mend")
    assert translate("--temperature", 1.5, "--top-p", 1e-6) == translate("--beam-size", 1, "--no-mend")


def test_a_prefix_begins_each_translation(translate: Callable[..., list[str]]) -> None:
    found = translate("--prefix", "La casa")
    assert [line.startswith("La casa") for line in found] == [True, True, False, True]


def test_no_token_is_said_twice_where_that_is_asked(translate: Callable[..., list[str]]) -> None:
    for line in translate("--no-repeat-ngram", 1, "--no-mend"):
        words = line.removesuffix("12!").split()
        assert len(set(words)) == len(words)


def test_rankings_change_the_score_that_is_told(translate: Callable[..., list[str]]) -> None:
    def scores(*options: object) -> list[float]:
        return [json.loads(line)["score"] for line in translate("--json", *options)]

    plain, covered, likeness = scores(), scores("--coverage-penalty", 5), scores("--mbr")
    assert covered[0] < plain[0] < 0 < likeness[0] <= 100
    assert covered[2] == plain[2] == likeness[2] == 0, "a blank line has none"


def test_tokens_are_told_with_log_probs_that_add_up(
    call: Call, translate: Callable[..., list[str]], model: Path
) -> None:
    for record in map(json.loads, translate("--json", "--tokens", "--n-best", 2)):
        if record["source"]:
            assert record["log_prob"] == pytest.approx(sum(log_prob for _, log_prob in record["tokens"]), abs=1e-2)
            assert record["n_best"][0]["tokens"] == record["tokens"] != record["n_best"][1]["tokens"]
            said = "".join(piece for piece, _ in record["tokens"]).replace("</s>", "").replace("▁", " ").split()
            assert said == record["translation"].removesuffix(" 12!").split()
        else:
            assert "tokens" not in record
    told(call("translate", "--model", model, "--tokens", "Hi."), 2, "--tokens", "--json")


def test_a_model_twice_is_that_model(call: Call, model: Path, translate: Callable[..., list[str]]) -> None:
    done = call("translate", "--model", model, "--model", model, "--precision", "fp32", stdin=TEXT)
    assert done.stdout.decode().splitlines() == translate()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--top-k", 5), ["--temperature"]),
        (("--seed", 5), ["--temperature"]),
        (("--temperature", 1, "--top-p", 1.5), ["search.top_p", "1.5"]),
        (("--batch-size", 0), ["--batch-size"]),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(
    call: Call, model: Path, options: tuple[object, ...], words: list[str]
) -> None:
    told(call("translate", "--model", model, *options, "Hello."), 2, *words)


LOST = 'Ask <b class="x y">ana@example.org</b> and see https://example.org/a_b now.'


def test_addresses_and_tags_come_through_unless_told_otherwise(call: Call, model: Path, tmp_path: Path) -> None:
    def translate(*options: object) -> str:
        done = call("translate", "--model", model, "--precision", "fp32", *options, LOST)
        assert done.returncode == 0
        return done.stdout.decode()

    whole = translate()
    assert all(word in whole for word in ('<b class="x y">', "ana@example.org", "</b>", "https://example.org/a_b"))
    assert "ana@example.org" not in translate("--no-protect")
    aligned = translate("--alignments", tmp_path / "links")
    links = [[int(word) for word in link.split("-")] for link in (tmp_path / "links").read_text().split()]
    assert all(src < len(LOST.split()) and tgt < len(aligned.split()) for src, tgt in links)
    assert "https://example.org/a_b" in aligned


def test_a_shortlist_is_searched_where_it_is_asked_for(
    translate: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    uses: list[object] = []
    original = decoding.Shortlisted

    def shortlisted(*arguments: object) -> object:
        uses.append(arguments)
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(decoding, "Shortlisted", shortlisted)
    translate()
    assert uses == []
    translate("--shortlist")
    assert len(uses) == 1
