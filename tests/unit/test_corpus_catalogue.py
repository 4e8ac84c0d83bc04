"""Named corpora: every entry of corpora.toml is whole, and a missing file says where to get it."""

from __future__ import annotations

from pathlib import Path

import pytest

from seq2seq.config import CleaningConfig, Source
from seq2seq.corpus import clean, data_dir, named, named_corpora, read_pairs, resolve
from seq2seq.corpus.catalogue import NamedCorpus
from seq2seq.errors import ConfigError, DataError

ALL = named_corpora().values()


@pytest.mark.parametrize("corpus", ALL, ids=lambda corpus: corpus.name)
def test_every_corpus_has_its_facts_and_splits(corpus: NamedCorpus) -> None:
    assert corpus.description
    assert corpus.licence
    assert corpus.url
    assert corpus.splits
    assert set(corpus.splits) <= {"train", "dev", "test"}
    for source in corpus.splits.values():
        assert source.hub or corpus.obtain or corpus.name == "sample"
        assert not source.corpus


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_the_sample_is_there(split: str) -> None:
    source = resolve(Source(corpus="sample", split=split))
    assert source.path == str(data_dir() / "sample" / f"{split}.tsv")
    assert next(read_pairs(source)).tgt


def test_weight_and_filter_of_the_user_are_laid_over_a_named_corpus() -> None:
    source = resolve(Source(corpus="opus-100", split="dev", weight=0.5, where={"x": ["1"]}))
    assert (source.hub, source.subset, source.split) == ("Helsinki-NLP/opus-100", "en-es", "validation")
    assert (source.weight, source.where) == (0.5, {"x": ["1"]})


def test_a_source_that_names_no_corpus_is_itself() -> None:
    source = Source(path="a.tsv")
    assert resolve(source) is source


def test_unknown_names_and_splits_tell_what_there_is() -> None:
    with pytest.raises(ConfigError, match='there is no corpus "tatoba": did you mean "tatoeba"'):
        named("tatoba")
    with pytest.raises(ConfigError, match='there is no corpus "x": there are: sample, '):
        named("x")
    with pytest.raises(ConfigError, match=r'the corpus "opus-books" has no split "dev"; it has: train .*sample'):
        resolve(Source(corpus="opus-books", split="dev"))
    with pytest.raises(ConfigError, match=r"it has: train \(write opus-books:SPLIT\)$"):
        resolve(Source(corpus="opus-books", split="tset"))


def test_a_missing_file_says_how_to_get_it_and_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        list(read_pairs(Source(corpus="anki"), data_dirs=[tmp_path]))
    assert str(caught.value) == (
        'the corpus "anki" needs spa.txt, which is not on this machine: download'
        " https://www.manythings.org/anki/spa-eng.zip and take spa.txt out of it,"
        " then put it at spa.txt in a directory that --data-dir names"
    )


def test_a_file_that_goes_by_a_known_name_must_be_it(tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    for side in ("en", "es"):
        (tmp_path / "test" / f"newstest2012.{side}").write_text("Go.\n")
    with pytest.raises(DataError, match=r"newstest2012\.en is not the text .*SHA-256 differs"):
        list(read_pairs(Source(corpus="newstest2012", split="test"), data_dirs=[tmp_path]))


def test_a_file_in_the_users_data_directory_is_found(tmp_path: Path) -> None:
    (tmp_path / "spa.txt").write_text("Go.\tVe.\tCC-BY 2.0 (France)\n")
    assert [pair[:2] for pair in read_pairs(Source(corpus="anki"), data_dirs=[tmp_path])] == [("Go.", "Ve.")]


# Real text


@pytest.mark.parametrize(
    ("corpus", "split", "lines"),
    [
        ("tatoeba", "dev", 2000),
        ("collected", "dev", 1493),
        ("flores200", "dev", 997),
        ("tatoeba-test-v2021-08-07", "test", 16583),
        ("flores101-devtest", "test", 1012),
        ("newstest2012", "test", 3003),
    ],
)
def test_real_sets_are_read_whole(shared: Path, corpus: str, split: str, lines: int) -> None:
    pairs = list(read_pairs(Source(corpus=corpus, split=split), data_dirs=[shared]))
    assert len(pairs) == lines
    assert all(pair.src and pair.tgt for pair in pairs)


def test_real_training_text_survives_cleaning(shared: Path, tmp_path: Path) -> None:
    _, report = clean([Source(corpus="tatoeba")], CleaningConfig(), tmp_path / "texts.arrow", data_dirs=[shared])
    assert report.read == 106_984
    assert report.kept > 0.99 * report.read
