"""What a run trains on is made once, found again, and kept apart from what it is measured by."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, cast
from zlib import crc32

import pytest

from seq2seq import preparation as module
from seq2seq.config import Config, DataConfig, Source, TokenizerConfig
from seq2seq.corpus import Corpus
from seq2seq.errors import DataError
from seq2seq.preparation import Prepared, hold_out, prepare
from seq2seq.tokenizer import Tokenizer

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
PAIRS = [tuple(line.split("\t")) for line in (SAMPLE / "train.tsv").read_text(encoding="utf-8").splitlines()[:400]]


def write(path: Path, pairs: Sequence[tuple[str, ...]]) -> Source:
    path.write_text("".join("\t".join(pair) + "\n" for pair in pairs), encoding="utf-8")
    return Source(path=str(path))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Four hundred sources with two translations each, some pairs that are dropped, and no development set."""
    twice = [(src, tgt) for src, tgt in PAIRS] + [(src, f"Pues, {tgt}") for src, tgt in PAIRS]
    source = write(tmp_path / "pairs.tsv", [*twice, PAIRS[0], ("Same.", "Same."), ("Nothing.", "")])
    return Config(data=DataConfig(train=(source,)), tokenizer=TokenizerConfig(vocab_size=400))


def refuse(*_: object, **__: object) -> NoReturn:
    raise AssertionError("done again")


def facts(prepared: Prepared) -> tuple[Any, ...]:
    """All of it, to compare."""
    corpus = prepared.corpus
    ids = [[side.tolist() for side in corpus.pair(row)] for row in range(len(corpus))]
    tokenizers = prepared.src_tokenizer.to_bytes(), prepared.tgt_tokenizer.to_bytes()
    return ids, corpus.weights.tolist(), tokenizers, prepared.dev_src, prepared.dev_tgt, prepared.report


def test_what_is_on_disk_is_found_again_and_nothing_is_done_twice(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = prepare(config, tmp_path / "data")
    (tmp_path / "pairs.tsv").unlink()
    for owner, name in ((Tokenizer, "train"), (module, "clean"), (module, "encode"), (module, "read_pairs")):
        monkeypatch.setattr(owner, name, refuse)
    second = prepare(config, tmp_path / "data")
    assert facts(second) == facts(first)
    assert first.cleaning is not None
    assert second.cleaning is None


@pytest.mark.parametrize("dies", ["clean", "encode", "hold_out", "write_atomically"])
def test_a_directory_that_was_left_half_done_is_made_anew(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module, dies, refuse)
        with pytest.raises(AssertionError, match="done again"):
            prepare(config, tmp_path / "data")
    assert not (tmp_path / "data" / "report.json").exists()
    (tmp_path / "data" / "spm.model").write_bytes(b"half of it")
    again, undisturbed = prepare(config, tmp_path / "data"), prepare(config, tmp_path / "other")
    assert facts(again) == facts(undisturbed)
    assert {path.name for path in (tmp_path / "data").iterdir()} == {
        "pairs.arrow",
        "spm.model",
        "lexicon.safetensors",
        "vectors.safetensors",
        "dev.json",
        "report.json",
    }


def test_a_damaged_file_is_made_again_from_the_same_text(config: Config, tmp_path: Path) -> None:
    directory = tmp_path / "data"
    before = prepare(config, directory)
    cut = (directory / "pairs.arrow").read_bytes()[:-8]
    (directory / "pairs.arrow").write_bytes(cut)
    with pytest.raises(DataError, match=f"pairs.arrow is cut off, .*; delete {directory}, and --resume makes it again"):
        prepare(config, directory)
    shutil.rmtree(directory)
    again = prepare(config, directory)
    assert again.digest == before.digest
    other = prepare(replace(config, tokenizer=replace(config.tokenizer, vocab_size=410)), tmp_path / "other")
    assert other.digest != before.digest


def test_no_source_of_a_held_out_pair_is_trained_on(config: Config, tmp_path: Path) -> None:
    prepared = prepare(config, tmp_path / "data")
    sources, targets = prepared.corpus.texts(range(len(prepared.corpus)))
    held_out = [row for row, weight in enumerate(prepared.corpus.weights) if weight == 0]
    assert prepared.dev_src == [sources[row] for row in held_out]
    assert prepared.dev_tgt == [targets[row] for row in held_out]
    assert set(Counter(prepared.dev_src).values()) == {2}  # both translations of a source went the same way
    trained_on = {src for src, weight in zip(sources, prepared.corpus.weights, strict=True) if weight > 0}
    assert trained_on.isdisjoint(prepared.dev_src)
    assert len(trained_on) + len(set(prepared.dev_src)) == len(PAIRS)


def test_the_report_counts_every_pair(config: Config, tmp_path: Path) -> None:
    prepared = prepare(config, tmp_path / "data")
    assert prepared.report["read"] == 2 * len(PAIRS) + 3
    assert prepared.report["dropped"] == {"duplicate": 1, "identical": 1, "empty": 1}
    assert prepared.report["kept"] == len(prepared.corpus) == 2 * len(PAIRS)
    assert prepared.report == json.loads((tmp_path / "data" / "report.json").read_text(encoding="utf-8"))


def test_pairs_with_too_many_subwords_are_dropped_and_counted(config: Config, tmp_path: Path) -> None:
    cleaning = replace(config.data.cleaning, max_tokens=20)
    prepared = prepare(replace(config, data=replace(config.data, cleaning=cleaning)), tmp_path / "data")
    assert prepared.report["dropped"]["too long"] > 10
    assert prepared.report["kept"] == len(prepared.corpus)
    assert max(prepared.corpus.src_lengths.max(), prepared.corpus.tgt_lengths.max()) == 20


def test_a_joint_vocabulary_is_one_tokenizer_of_both_languages(config: Config, tmp_path: Path) -> None:
    prepared = prepare(config, tmp_path / "data")
    assert prepared.src_tokenizer is prepared.tgt_tokenizer
    assert len(prepared.src_tokenizer) == 400
    check_ids(prepared)


def test_separate_vocabularies_are_each_learned_from_their_own_side(config: Config, tmp_path: Path) -> None:
    separate = replace(config, tokenizer=TokenizerConfig(vocab_size=360, joint=False))
    prepared = prepare(separate, tmp_path / "data")
    pieces = [set(t.pieces(range(len(t)))) for t in (prepared.src_tokenizer, prepared.tgt_tokenizer)]
    assert [len(vocabulary) for vocabulary in pieces] == [360, 360]
    assert "▁the" in pieces[0] - pieces[1]
    assert "¿" in {piece.strip("▁") for piece in pieces[1] - pieces[0]}
    assert {path.name for path in (tmp_path / "data").glob("spm*")} == {"spm.src.model", "spm.tgt.model"}
    check_ids(prepared)


def check_ids(prepared: Prepared) -> None:
    """The ids of each side are those of its tokenizer."""
    sources, targets = prepared.corpus.texts(range(len(prepared.corpus)))
    for row in range(0, len(prepared.corpus), 37):
        src_ids, tgt_ids = prepared.corpus.pair(row)
        assert src_ids.tolist() == prepared.src_tokenizer.encode(sources[row])
        assert tgt_ids.tolist() == prepared.tgt_tokenizer.encode(targets[row])


def test_pairs_whose_source_is_in_the_development_set_are_not_trained_on(config: Config, tmp_path: Path) -> None:
    spaced = PAIRS[3][0].replace(" ", "  ")  # the same tokens
    dev = write(tmp_path / "dev.tsv", [(spaced, "Otra cosa."), ("One.", "Uno.")])
    data = replace(config.data, dev=(dev,))
    prepared = prepare(replace(config, data=data), tmp_path / "data")
    sources, _ = prepared.corpus.texts(range(len(prepared.corpus)))
    without = {src for src, weight in zip(sources, prepared.corpus.weights, strict=True) if weight == 0}
    assert without == {PAIRS[3][0]}
    assert prepared.pairs == len(prepared.corpus) - 2
    assert prepared.report["dropped"]["in the development set"] == 2  # both translations
    assert (
        prepare(replace(config, data=data), tmp_path / "data").corpus.weights.tolist()
        == prepared.corpus.weights.tolist()
    )


def test_with_a_development_set_nothing_is_held_out(config: Config, tmp_path: Path) -> None:
    train, dev = config.data.train[0], write(tmp_path / "dev.tsv", [("One.", "Uno."), ("Two.", "Dos.")])
    data = DataConfig(train=(replace(train, weight=2.5),), dev=(dev, Source(corpus="sample", split="dev")))
    prepared = prepare(replace(config, data=data), tmp_path / "data")
    assert set(prepared.corpus.weights.tolist()) == {2.5}
    assert (prepared.dev_src[:2], prepared.dev_tgt[:2]) == (["One.", "Two."], ["Uno.", "Dos."])
    assert len(prepared.dev_src) == len(prepared.dev_tgt) == 302


def test_development_pairs_with_an_empty_side_are_left_out(config: Config, tmp_path: Path) -> None:
    dev = write(tmp_path / "dev.tsv", [("One.", "Uno."), ("",), ("Two.", " "), ("", "Tres."), ("Four.", "Cuatro.")])
    prepared = prepare(replace(config, data=replace(config.data, dev=(dev,))), tmp_path / "data")
    assert (prepared.dev_src, prepared.dev_tgt) == (["One.", "Four."], ["Uno.", "Cuatro."])


def test_a_development_set_of_blank_lines_is_refused_before_anything_is_made(config: Config, tmp_path: Path) -> None:
    dev = write(tmp_path / "dev.tsv", [("",), ("",)])
    with pytest.raises(DataError, match="the development set holds no pair with text on both sides"):
        prepare(replace(config, data=replace(config.data, dev=(dev,))), tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []


class Sources:
    """A corpus that has sources alone."""

    def __init__(self, sources: Sequence[str]) -> None:
        self.sources = sources

    def __len__(self) -> int:
        return len(self.sources)

    def texts(self, rows: Sequence[int]) -> tuple[list[str], list[str]]:
        return [self.sources[row] for row in rows], []


def held_out(sources: Sequence[str]) -> list[int]:
    return hold_out(cast(Corpus, Sources(sources)))


@pytest.mark.parametrize(("pairs", "share"), [(20_000, 400), (60_000, 1000), (200_000, 1000)])
def test_about_one_in_fifty_is_held_out_but_about_a_thousand_at_most(pairs: int, share: int) -> None:
    rows = held_out([f"Sentence {i}." for i in range(pairs)])
    assert rows == sorted(set(rows))
    assert 0.85 * share < len(rows) < 1.15 * share


def test_too_few_pairs_to_hold_some_out_are_refused_with_a_remedy() -> None:
    chosen = next(src for src in map(str, range(1000)) if crc32(src.encode()) % 50 == 0)
    other = next(src for src in map(str, range(1000)) if crc32(src.encode()) % 50)
    assert held_out([chosen, other]) == [0]
    for sources in ([other] * 3, [chosen] * 3):  # none, or all
        with pytest.raises(
            DataError, match=r"3 pairs are too few to hold some out for development; name a .* with --dev"
        ):
            held_out(sources)


def test_a_directory_from_before_there_were_lexicons_is_completed(config: Config, tmp_path: Path) -> None:
    first = prepare(config, tmp_path / "data")
    (tmp_path / "data" / "lexicon.safetensors").unlink()
    again = prepare(config, tmp_path / "data")
    assert again.lexicon.candidates.equal(first.lexicon.candidates)
    assert again.lexicon.common.equal(first.lexicon.common)


def test_reversed_data_are_the_same_pairs_with_sides_exchanged(config: Config, tmp_path: Path) -> None:
    dev = write(tmp_path / "dev.tsv", [("One.", "Uno.")])
    data = replace(config.data, dev=(dev,))
    plain = prepare(replace(config, data=data), tmp_path / "plain")
    turned = prepare(replace(config, data=replace(data, reverse=True)), tmp_path / "reversed")
    src, tgt = plain.corpus.texts(range(len(plain.corpus)))
    assert turned.corpus.texts(range(len(turned.corpus))) == (tgt, src)
    assert (turned.dev_src, turned.dev_tgt) == (["Uno."], ["One."])
