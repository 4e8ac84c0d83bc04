"""Ids on disk: what comes out is what went in, and damage is noticed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from seq2seq.config import CleaningConfig, Source
from seq2seq.corpus import Corpus, Pair, clean, encode
from seq2seq.corpus.storage import CHUNK
from seq2seq.errors import DataError

ROWS = [(f"sentence {n}" + " é" * (n % 5), f"frase {n}" + " ñ" * (n % 3)) for n in range(CHUNK + 100)]


class Bytes:
    """A tokenizer whose subwords are bytes; `~` stands for nothing at all."""

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        return [list(text.replace("~", "").encode()) for text in texts]


def write(path: Path, pairs: Sequence[tuple[str, str]]) -> str:
    path.write_text("".join(f"{src}\t{tgt}\n" for src, tgt in pairs), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("corpus")
    sources = [
        Source(path=write(folder / "a.tsv", ROWS[:1000]), weight=2.5),
        Source(path=write(folder / "b.tsv", ROWS[1000:])),
    ]
    texts, _ = clean(sources, CleaningConfig(), folder / "texts.arrow")
    encode(texts, Bytes(), Bytes(), 100, folder / "corpus.arrow")
    return Corpus.open(folder / "corpus.arrow")


def test_every_pair_comes_back(corpus: Corpus) -> None:
    assert len(corpus) == len(ROWS)
    for row, (src, tgt) in enumerate(ROWS):
        src_ids, tgt_ids = corpus.pair(row)
        assert (bytes(src_ids.tolist()).decode(), bytes(tgt_ids.tolist()).decode()) == (src, tgt)


def test_lengths_are_those_of_the_ids(corpus: Corpus) -> None:
    assert corpus.src_lengths.dtype == corpus.tgt_lengths.dtype == np.int32
    assert corpus.src_lengths.tolist() == [len(src.encode()) for src, _ in ROWS]
    assert corpus.tgt_lengths.tolist() == [len(tgt.encode()) for _, tgt in ROWS]


def test_weights_are_those_of_the_sources(corpus: Corpus) -> None:
    assert corpus.weights.dtype == np.float32
    assert corpus.weights.tolist() == [2.5] * 1000 + [1.0] * (len(ROWS) - 1000)


def test_texts_of_any_rows_in_any_order(corpus: Corpus) -> None:
    rows = [CHUNK + 5, 0, CHUNK, CHUNK - 1, 0]
    assert corpus.texts(np.array(rows)) == ([ROWS[row][0] for row in rows], [ROWS[row][1] for row in rows])


def test_ids_are_views_into_the_file(corpus: Corpus) -> None:
    src_ids, tgt_ids = corpus.pair(7)
    assert src_ids.dtype == tgt_ids.dtype == np.int32
    assert not src_ids.flags.owndata
    assert not src_ids.flags.writeable


def test_a_batch_of_random_pairs_takes_well_under_a_millisecond(corpus: Corpus) -> None:
    rows = np.random.default_rng(0).integers(0, len(corpus), (100, 64)).tolist()
    seconds = []
    for batch in rows:
        start = time.perf_counter()
        for row in batch:
            corpus.pair(row)
        seconds.append(time.perf_counter() - start)
    assert sorted(seconds)[50] < 1e-3  # the median: others may use the machine


def test_pairs_of_too_many_or_no_tokens_are_dropped_and_counted(tmp_path: Path) -> None:
    pairs = [("a" * 10, "b" * 10), ("a" * 11, "b"), ("a", "b" * 11), ("~", "b")]
    path = write(tmp_path / "a.tsv", pairs)
    texts, cleaning = clean([Source(path=path)], CleaningConfig(), tmp_path / "texts.arrow")
    corpus, report = encode(texts, Bytes(), Bytes(), 10, tmp_path / "corpus.arrow")
    assert corpus.texts(range(len(corpus))) == (["a" * 10], ["b" * 10])
    assert report.dropped == {"too long": 2, "empty": 1}
    assert report.examples["empty"] == [Pair("~", "b", path)]
    assert cleaning.then(report).kept == 1


def test_nothing_short_enough_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", [("one two", "uno dos")])
    texts, _ = clean([Source(path=path)], CleaningConfig(), tmp_path / "texts.arrow")
    with pytest.raises(DataError, match=r"all pairs have more than 3 subwords: raise data\.cleaning\.max_tokens"):
        encode(texts, Bytes(), Bytes(), 3, tmp_path / "corpus.arrow")
    assert not (tmp_path / "corpus.arrow").exists()


def test_a_missing_cut_or_foreign_file_is_named(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"there is no file {tmp_path / 'none.arrow'}"):
        Corpus.open(tmp_path / "none.arrow")
    whole = corpus.path.read_bytes()
    for name, content in {
        "cut": whole[: len(whole) // 2],
        "end": whole[:-8],
        "foreign": b"PK\x03\x04" * 10,
        "empty": b"",
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=f"{tmp_path / name} (is cut off|cannot be read)"):
            Corpus.open(tmp_path / name)


def test_the_files_open_in_datasets(corpus: Corpus) -> None:
    import datasets

    dataset = datasets.Dataset.from_file(str(corpus.path))
    assert dataset.column_names == ["src_ids", "tgt_ids", "src", "tgt", "source"]
    assert dataset[CHUNK]["src"] == ROWS[CHUNK][0]


def test_importing_the_corpus_loads_neither_datasets_nor_torch_nor_arrow() -> None:
    program = "import sys, seq2seq.corpus; print([m for m in ('datasets', 'torch', 'pyarrow') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
