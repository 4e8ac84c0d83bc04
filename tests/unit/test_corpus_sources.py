"""Reading pairs: every format exactly, every fault with its file and line."""

from __future__ import annotations

import gzip
import json
import lzma
import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.config import Source
from seq2seq.corpus import Pair, read_pairs, source_name
from seq2seq.corpus.sources import MAX_LINE
from seq2seq.errors import ConfigError, DataError

Write = Callable[[str, bytes], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes bytes to a file of that name; its path."""

    def write(name: str, content: bytes) -> str:
        path = tmp_path / name
        path.write_bytes(content)
        return str(path)

    return write


def pairs(**source: Any) -> list[tuple[str, str]]:
    return [(pair.src, pair.tgt) for pair in read_pairs(Source(**source))]


def error(**source: Any) -> str:
    with pytest.raises(DataError) as caught:
        list(read_pairs(Source(**source)))
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Formats


def test_tsv_keeps_quotes_numbers_and_na_as_they_stand(write: Write) -> None:
    path = write("a.tsv", b'"Quote" he said\tx\nNA\t1.0\n"unbalanced\t\\N\n1,5\tnull\n')
    assert pairs(path=path) == [
        ('"Quote" he said', "x"),
        ("NA", "1.0"),
        ('"unbalanced', "\\N"),
        ("1,5", "null"),
    ]


def test_a_pair_says_where_it_stands(write: Write) -> None:
    path = write("a.tsv", b"a\tb\n\nc\td\n")
    assert list(read_pairs(Source(path=path))) == [
        Pair("a", "b", f"{path}:1"),
        Pair("", "", f"{path}:2"),
        Pair("c", "d", f"{path}:3"),
    ]


def test_tsv_columns_by_number(write: Write) -> None:
    path = write("a.tsv", b"1\thola\thello\n2\tuno\tone\n")
    assert pairs(path=path, src="3", tgt="2") == [("hello", "hola"), ("one", "uno")]


def test_tsv_columns_by_name(write: Write) -> None:
    path = write("a.tsv", b"es\ten\nhola\thello\n")
    assert pairs(path=path, header=True, src="en", tgt="es") == [("hello", "hola")]


def test_where_keeps_the_named_values_only(write: Write) -> None:
    path = write("a.tsv", b"a\tb\tx\r\nc\td\ty\r\ne\tf\tz\r\n")  # with CRLF the last column must not be "x\r"
    assert pairs(path=path, where={"3": ["x", "z"]}) == [("a", "b"), ("e", "f")]


def test_csv_has_a_header_and_quoted_fields(write: Write) -> None:
    path = write("a.csv", 'src,tgt\n"Yes, sir","Sí, ""señor"""\nNA,1\n\n"two\nlines",x\n'.encode())
    assert pairs(path=path) == [("Yes, sir", 'Sí, "señor"'), ("NA", "1"), ("", ""), ("two\nlines", "x")]


def test_csv_without_a_header_has_numbered_columns(write: Write) -> None:
    assert pairs(path=write("a.csv", b"a,b\n"), header=False) == [("a", "b")]


def test_csv_counts_lines_not_records(write: Write) -> None:
    path = write("a.csv", b'src,tgt\n"two\nlines",x\nlast,y\n')
    assert [pair.where for pair in read_pairs(Source(path=path))] == [f"{path}:2", f"{path}:4"]


def test_jsonl_reaches_into_nested_columns(write: Write) -> None:
    path = write("a.jsonl", b'{"translation": {"en": "one", "es": "\\u0075no"}}\n\n')
    assert pairs(path=path, src="translation.en", tgt="translation.es") == [("one", "uno"), ("", "")]


def test_a_column_may_have_a_dot_in_its_name(write: Write) -> None:
    assert pairs(path=write("a.jsonl", b'{"t.en": "a", "t": {"en": "b"}}'), src="t.en", tgt="t.en") == [("a", "a")]


def test_parquet(tmp_path: Path) -> None:
    rows = [{"t": {"en": f"hello {n}", "es": f"hola {n}"}, "from": "ab"[n % 2]} for n in range(2500)]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "a.parquet")
    source = Source(path=str(tmp_path / "a.parquet"), src="t.en", tgt="t.es", where={"from": ["b"]})
    read = list(read_pairs(source))
    assert [pair[:2] for pair in read] == [(f"hello {n}", f"hola {n}") for n in range(1, 2500, 2)]
    assert read[-1].where == f"{tmp_path / 'a.parquet'}:2500"


@pytest.mark.parametrize(("suffix", "compress"), [(".gz", gzip.compress), (".xz", lzma.compress)])
def test_compressed_files(write: Write, suffix: str, compress: Callable[[bytes], bytes]) -> None:
    data = compress("uno\tñandú\n".encode())
    for name in ("a.tsv" + suffix, "A.TSV" + suffix.upper()):
        assert pairs(path=write(name, data)) == [("uno", "ñandú")]


def test_aligned_files_plain_and_compressed(write: Write) -> None:
    src, tgt = write("a.en", b"one\n\ntwo\n"), write("a.es.gz", gzip.compress(b"uno\n\ndos"))
    assert pairs(src_path=src, tgt_path=tgt) == [("one", "uno"), ("", ""), ("two", "dos")]


def test_only_line_feeds_end_a_line(write: Write) -> None:
    separators = "a\x0bb\x0cc\x1cd\x85e\u2028f"
    src, tgt = write("a.en", f"{separators}\nx\n".encode()), write("a.es", b"1\n2\n")
    assert pairs(src_path=src, tgt_path=tgt) == [(separators, "1"), ("x", "2")]


def test_the_format_can_be_set(write: Write) -> None:
    assert pairs(path=write("pairs.txt", b"a\tb\n"), format="tsv") == [("a", "b")]


def test_a_byte_order_mark_is_no_text(write: Write) -> None:
    assert pairs(path=write("a.tsv", "\ufeffa\t\ufeffb\n".encode())) == [("a", "\ufeffb")]


def test_text_is_nfc_and_stripped(write: Write) -> None:
    decomposed = unicodedata.normalize("NFD", "ñandú")
    assert pairs(path=write("a.tsv", f" \u00a0a  b \t{decomposed}\u3000\n".encode())) == [("a  b", "ñandú")]


SENTENCE = st.text(st.characters(exclude_characters="\0\n\r\t", exclude_categories=["Cs"]), min_size=1).map(
    lambda text: unicodedata.normalize("NFC", text).strip()
)


@given(st.lists(st.tuples(SENTENCE.filter(bool), SENTENCE.filter(bool)), min_size=1))
def test_any_text_comes_through_every_text_format(
    tmp_path_factory: pytest.TempPathFactory, sentences: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    tsv, jsonl, en, es = (folder / name for name in ("a.tsv", "a.jsonl", "a.en", "a.es"))
    # A byte order mark at the very start belongs to the file, not to the text.
    sentences = [("x", "y"), *sentences]
    tsv.write_bytes("".join(f"{src}\t{tgt}\n" for src, tgt in sentences).encode())
    jsonl.write_bytes("".join(json.dumps({"src": src, "tgt": tgt}) + "\n" for src, tgt in sentences).encode())
    en.write_bytes("".join(f"{src}\n" for src, _ in sentences).encode())
    es.write_bytes("".join(f"{tgt}\n" for _, tgt in sentences).encode())
    assert pairs(path=str(tsv)) == sentences
    assert pairs(path=str(jsonl)) == sentences
    assert pairs(src_path=str(en), tgt_path=str(es)) == sentences


# The hub


@pytest.fixture
def hub(tmp_path: Path) -> str:
    """A data set as it is laid out on the hub, in a folder."""
    (tmp_path / "hub" / "en-es").mkdir(parents=True)
    table = pyarrow.Table.from_pylist(
        [{"translation": {"en": "one", "es": "uno"}}, {"translation": {"en": "two", "es": None}}]
    )
    pyarrow.parquet.write_table(table.slice(0, 1), tmp_path / "hub" / "en-es" / "train-0.parquet")
    pyarrow.parquet.write_table(table, tmp_path / "hub" / "en-es" / "broken-0.parquet")
    card = "---\nconfigs:\n- config_name: en-es\n  data_files:\n"
    card += "".join(f"  - split: {split}\n    path: en-es/{split}-*\n" for split in ("train", "broken"))
    (tmp_path / "hub" / "README.md").write_text(card + "---\n")
    return str(tmp_path / "hub")


COLUMNS: dict[str, Any] = {"subset": "en-es", "src": "translation.en", "tgt": "translation.es"}


def test_hub_data_sets_come_through_datasets(hub: str) -> None:
    assert list(read_pairs(Source(hub=hub, **COLUMNS))) == [Pair("one", "uno", f"{hub} (en-es, train):1")]


def test_hub_faults_name_the_data_set_and_the_row(hub: str) -> None:
    null = error(hub=hub, split="broken", **COLUMNS)
    assert null == f'{hub} (en-es, broken):2: column "translation.es" holds null, which is not text'
    assert "Available: ['en-es']" in error(hub=hub, subset="en-fr")
    assert "Available splits: ['train', 'broken']" in error(hub=hub, subset="en-es", split="dev")
    assert error(hub=hub, subset="en-es").endswith('no column "src"; columns here: translation.en, translation.es')


def test_a_hub_out_of_reach_is_one_clear_sentence_and_nothing_is_left_in_the_home(tmp_path: Path) -> None:
    program = (
        "from seq2seq.config import Source; from seq2seq.corpus import read_pairs\n"
        "from seq2seq.errors import DataError\n"
        "try: next(read_pairs(Source(hub='Helsinki-NLP/opus-100', subset='en-es')))\n"
        "except DataError as error: print(error)"
    )
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HOME": str(tmp_path)}
    for name in ("HF_HOME", "HF_DATASETS_CACHE", "XDG_CACHE_HOME"):
        environment.pop(name, None)
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("cannot load Helsinki-NLP/opus-100 (en-es, train) from the Hugging Face hub: ")
    assert done.stdout.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


# Faults


def test_a_missing_column_names_file_and_line(write: Write) -> None:
    path = write("a.tsv", b"a\tb\nno tab\n")
    assert error(path=path) == f"{path}:2: 1 column, where the first line has 2"


def test_a_tab_too_many_names_file_and_line(write: Write) -> None:
    path = write("a.tsv", b"a\tb\na\tstray\tb\n")
    assert error(path=path) == f"{path}:2: 3 columns, where the first line has 2"


def test_an_unknown_column_lists_those_that_exist(write: Write) -> None:
    path = write("a.csv", b"en,es\na,b\n")
    assert error(path=path, src="en", tgt="sp") == f'{path}:2: there is no column "sp"; columns here: en, es'
    path = write("a.jsonl", b'{"src": "a", "t": {"x": {"y": "b"}}}\n')
    assert error(path=path, tgt="t.x.z") == f'{path}:1: there is no column "t.x.z"; columns here: src, t.x.y'


def test_an_unknown_column_of_where_is_an_error(write: Write) -> None:
    path = write("a.tsv", b"a\tb\n")
    assert error(path=path, where={"3": ["x"]}) == f'{path}:1: there is no column "3"; columns here: 1, 2'


def test_two_columns_of_one_name_are_an_error(write: Write) -> None:
    path = write("a.csv", b"src,tgt,src\na,b,c\n")
    assert error(path=path) == f"{path}:1: two columns have the same name: src, tgt, src"


@pytest.mark.parametrize("name", ["a.tsv", "a.csv", "a.jsonl"])
def test_a_nul_names_file_and_line(write: Write, name: str) -> None:
    path = write(name, b"\n\nab\0c\td\n")
    assert error(path=path).startswith(f"{path}:3: a NUL byte: ")


def test_utf16_is_recognised_by_its_nuls(write: Write) -> None:
    path = write("a.tsv", "a\tb\n".encode("utf-16"))
    assert error(path=path) == f"{path}:1: a NUL byte: this is not UTF-8 text but a binary file or UTF-16"


def test_an_escaped_nul_or_half_a_surrogate_pair_in_json_is_an_error(write: Write) -> None:
    path = write("a.jsonl", b'{"src": "a\\u0000", "tgt": "b"}\n')
    assert error(path=path) == f'{path}:1: column "src" holds a NUL character'
    path = write("b.jsonl", b'{"src": "a", "tgt": "\\ud83d"}\n')
    assert error(path=path) == f'{path}:1: column "tgt" holds half of a surrogate pair'


def test_invalid_utf8_names_file_line_and_byte(write: Write) -> None:
    path = write("a.tsv", "uno\tñ\n".encode() + "dos\tñ\n".encode("latin-1"))
    assert error(path=path).startswith(f"{path}:2: not valid UTF-8: byte 0xf1 at position 5; ")


def test_a_line_without_end_is_not_read_into_memory(write: Write) -> None:
    path = write("a.tsv", b"a\tb\n" + b"x" * (MAX_LINE + 5))
    assert error(path=path).startswith(f"{path}:2: a line of more than 1,048,576 bytes")


def test_aligned_files_of_different_length_tell_both_counts(write: Write) -> None:
    three, two = write("a.en", b"1\n2\n3\n"), write("a.es", b"1\n2")
    wanted = f"{three}:3: no line stands opposite this one: {three} has 3 lines, {two} has 2; "
    assert error(src_path=three, tgt_path=two).startswith(wanted)
    assert error(src_path=two, tgt_path=three).startswith(wanted)
    five, none = write("b.en", b"\n\n\n\n\n"), write("b.es", b"")
    assert f"{five} has 5 lines, {none} has 0" in error(src_path=five, tgt_path=none)


def test_broken_csv_and_json_name_file_and_line(write: Write) -> None:
    path = write("a.csv", b'src,tgt\na,"b" c\n')
    assert error(path=path).startswith(f"{path}:2: not valid CSV: ")
    path = write("b.csv", b'src,tgt\na,b\na,"never closed\n\n')
    assert error(path=path).startswith(f"{path}:3: not valid CSV: ")
    path = write("a.jsonl", b'{"src": "a", "tgt": "b"}\n{"src": \n')
    assert error(path=path).startswith(f"{path}:2: not valid JSON: ")
    path = write("b.jsonl", b'["a", "b"]\n')
    assert error(path=path) == f"{path}:1: a line must hold one JSON object, not ['a', 'b']"
    path = write("c.jsonl", b"[" * 100_000)
    assert error(path=path).startswith(f"{path}:1: not valid JSON: ")


@pytest.mark.parametrize("value", ["1.5", "null", "true", '["a"]'])
def test_what_is_not_text_is_an_error_in_json(write: Write, value: str) -> None:
    path = write("a.jsonl", f'{{"src": "a", "tgt": {value}}}\n'.encode())
    assert error(path=path).startswith(f'{path}:1: column "tgt" holds ')


@pytest.mark.parametrize(("suffix", "compress"), [(".gz", gzip.compress), (".xz", lzma.compress)])
def test_damaged_compressed_files(write: Write, suffix: str, compress: Callable[[bytes], bytes]) -> None:
    whole = compress("".join(f"{n}\t{n * n}\n" for n in range(10_000)).encode())
    assert "the compressed file is damaged or cut off" in error(path=write("cut.tsv" + suffix, whole[:-20]))
    assert "the compressed file is damaged or cut off" in error(path=write("not.tsv" + suffix, b"a\tb\n"))


def test_damaged_parquet(write: Write) -> None:
    path = write("a.parquet", b"PAR1 nothing PAR1")
    assert error(path=path).startswith(f"{path} cannot be read as Parquet: ")


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    for name in ("a.tsv", "a.tsv.gz", "a.tsv.xz", "a.parquet"):
        assert error(path=str(tmp_path / name)) == f"there is no file {tmp_path / name}"
    folder = tmp_path / "folder.tsv"
    folder.mkdir()
    assert error(path=str(folder)) == f"cannot read {folder}: Is a directory"


def test_a_name_that_tells_no_format_says_what_to_do(write: Write) -> None:
    with pytest.raises(ConfigError, match="set format to one of tsv, csv, jsonl, parquet, or give two aligned"):
        list(read_pairs(Source(path=write("a.txt", b"a\n"))))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"path": "a.tsv", "hub": "b"},
        {"src_path": "a"},
        {"tgt_path": "a"},
        {"path": "a.tsv", "subset": "en-es"},
        {"corpus": "sample", "src": "en"},
        {"hub": "a", "header": False},
        {"src_path": "a", "tgt_path": "b", "where": {"1": ["x"]}},
        {"path": "a.tsv", "format": "text"},
        {"path": "a.tsv", "weight": 0.0},
    ],
)
def test_fields_that_do_not_go_together_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Source(**fields)


def test_sources_have_names() -> None:
    assert source_name(Source(corpus="sample", split="dev")) == "sample (dev)"
    assert source_name(Source(hub="a/b", subset="en-es")) == "a/b (en-es, train)"
    assert source_name(Source(path="a.tsv")) == "a.tsv"
    assert source_name(Source(src_path="a.en", tgt_path="a.es")) == "a.en"
