"""Pairs as they stand in files and on the hub, read strictly and one at a time.

Text formats are read line by line and not through a data frame: readers that
guess turn the sentence "NA" into nothing and "1.0" into a number, take a
quotation mark in a tab-separated file for quoting, and pass over blank lines.
Parquet files and hub data sets come through `datasets`.
"""

from __future__ import annotations

import csv
import gzip
import json
import lzma
import tempfile
import unicodedata
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, count
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from seq2seq.config import FORMATS, Source
from seq2seq.corpus.catalogue import resolve
from seq2seq.errors import ConfigError, DataError

MAX_LINE = 2**20  # bytes; more without a line end is not a sentence
SUFFIXES = {
    ".tsv": "tsv",
    ".tab": "tsv",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
}

# A row of any format: its line in the file or its number in a data set, and its columns (None: a blank line)
Row = tuple[int, Mapping[str, Any] | None]


class Pair(NamedTuple):
    """A sentence and its translation, NFC, without white space at the ends; where is `file:line`."""

    src: str
    tgt: str
    where: str


def read_pairs(source: Source, *, data_dirs: Sequence[Path] = (), reverse: bool = False) -> Iterator[Pair]:
    """The pairs of a source, in order, in bounded memory; a blank line is a pair of empty sentences.

    `data_dirs` are where files of named corpora may lie; with `reverse` each pair is turned round. Raises
    `DataError` with file and line for a missing column, a NUL, invalid UTF-8, broken CSV or JSON, a damaged file,
    or aligned files of different length.
    """
    source = resolve(source, data_dirs)
    place, rows = _rows(source)
    numbered = bool(source.src_path) or _is_numbered(source)
    src, tgt = source.src or ("1" if numbered else "src"), source.tgt or ("2" if numbered else "tgt")
    if reverse:
        src, tgt = tgt, src
    wanted = [(column, frozenset(values)) for column, values in source.where.items()]
    for number, row in rows:
        where = f"{place}:{number}"
        if row is None:
            yield Pair("", "", where)
        elif all(str(_value(row, column, where)) in values for column, values in wanted):
            yield Pair(_sentence(row, src, where), _sentence(row, tgt, where), where)


def source_name(source: Source) -> str:
    """What a report calls the source: `sample (train)`, or its path."""
    if source.corpus or source.hub:
        return f"{source.corpus or source.hub} ({', '.join(filter(None, [source.subset, source.split]))})"
    return source.path or source.src_path


def _rows(source: Source) -> tuple[str, Iterator[Row]]:
    """The name of the place, and its rows."""
    if source.hub:
        return source_name(source), _hub_rows(source)
    if source.src_path:
        return source.src_path, _aligned_rows(Path(source.src_path), Path(source.tgt_path))
    path, kind = Path(source.path), _format(source)
    if kind == "parquet":
        return source.path, _parquet_rows(path)
    if kind == "jsonl":
        return source.path, _json_rows(path)
    records = _csv_records(path) if kind == "csv" else _tsv_records(path)
    return source.path, _table_rows(path, records, header=not _is_numbered(source))


def _format(source: Source) -> str:
    """The format of `source.path`: as it is set, or by the file's name."""
    path = Path(source.path)
    inner = path.with_suffix("") if path.suffix.lower() in (".gz", ".xz") else path
    kind = source.format or SUFFIXES.get(inner.suffix.lower(), "")
    if not kind:
        raise ConfigError(
            f"the name of {path} does not tell its format: set format to one of {', '.join(FORMATS)},"
            " or give two aligned files as src_path and tgt_path"
        )
    return kind


def _is_numbered(source: Source) -> bool:
    """Are the columns of the file called 1, 2, 3, …?"""
    if not source.path:
        return False
    kind = _format(source)
    header = source.header if source.header is not None else kind != "tsv"
    return kind in ("tsv", "csv") and not header


# Rows of each format


def _table_rows(path: Path, records: Iterator[tuple[int, list[str]]], header: bool) -> Iterator[Row]:
    names: list[str] = []
    for number, fields in records:
        if not any(map(str.strip, fields)):
            yield number, None
            continue
        if not names:
            names = [name.strip() for name in fields] if header else [str(n + 1) for n in range(len(fields))]
            if len(set(names)) < len(names):
                raise DataError(f"{path}:{number}: two columns have the same name: {', '.join(names)}")
            if header:
                continue
        if len(fields) != len(names):
            found = f"{len(fields)} column{'s' * (len(fields) != 1)}"
            raise DataError(f"{path}:{number}: {found}, where the first line has {len(names)}")
        yield number, dict(zip(names, fields, strict=True))


def _tsv_records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Lines split at tabs; nothing is quoted."""
    for number, line in _lines(path):
        yield number, line.split("\t")


def _csv_records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Records with the number of their first line: a quoted field may hold line ends."""
    reader = csv.reader((line + "\n" for _, line in _lines(path)), strict=True)
    while True:
        number = reader.line_num + 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(f"{path}:{number}: not valid CSV: {error}") from None


def _json_rows(path: Path) -> Iterator[Row]:
    for number, line in _lines(path):
        if not line.strip():
            yield number, None
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}:{number}: not valid JSON: {error}") from None
        if not isinstance(row, dict):
            raise DataError(f"{path}:{number}: a line must hold one JSON object, not {_short(row)}")
        yield number, row


def _aligned_rows(src_path: Path, tgt_path: Path) -> Iterator[Row]:
    src_lines, tgt_lines = _lines(src_path), _lines(tgt_path)
    for number in count(1):
        src, tgt = next(src_lines, None), next(tgt_lines, None)
        if src is not None and tgt is not None:
            yield number, {"1": src[1], "2": tgt[1]}
        elif src is None and tgt is None:
            return
        else:
            longer, shorter = (tgt_path, src_path) if src is None else (src_path, tgt_path)
            lines = number + sum(1 for _ in chain(src_lines, tgt_lines))
            raise DataError(
                f"{longer}:{number}: no line stands opposite this one: {longer} has {lines:,} lines,"
                f" {shorter} has {number - 1:,}; aligned files have the same number of lines"
            )


def _parquet_rows(path: Path) -> Iterator[Row]:
    with _open(path):  # for a clear error if it cannot be read
        pass
    try:
        yield from _dataset_rows("parquet", None, data_files=str(path), split="train")
    except DataError as error:
        raise DataError(f"{path} cannot be read as Parquet: {error}") from None


def _hub_rows(source: Source) -> Iterator[Row]:
    try:
        yield from _dataset_rows(source.hub, source.subset or None, split=source.split)
    except DataError as error:
        raise DataError(
            f"cannot load {source_name(source)} from the Hugging Face hub: {error};"
            " check its name, subset and split and the network, or save it to a file and give that as path"
        ) from None


def _dataset_rows(name: str, subset: str | None, **options: Any) -> Iterator[Row]:
    """Rows streamed by `datasets`, which leaves nothing behind on the disk."""
    import datasets

    datasets.disable_progress_bars()
    datasets.config.HF_UPDATE_DOWNLOAD_COUNTS = False
    number = 0
    with tempfile.TemporaryDirectory(prefix="seq2seq-") as cache:
        try:
            dataset = datasets.load_dataset(name, subset, streaming=True, cache_dir=cache, **options)
            batches = dataset.with_format("arrow").iter(batch_size=1000)  # ten times as fast as row by row
            for row in chain.from_iterable(table.to_pylist() for table in batches):
                number += 1
                yield number, row
        except Exception as error:  # of datasets, pyarrow, fsspec or the network: there is no common class
            after = f" after row {number}" if number else ""
            raise DataError(" ".join(f"{type(error).__name__}{after}: {error}".split())) from None


# Values of a row


def _value(row: Mapping[str, Any], column: str, where: str) -> Any:
    """The value of a column; a name that is no column itself is taken apart at its dots."""
    if column in row:
        return row[column]
    value: Any = row
    for part in column.split("."):
        if not isinstance(value, Mapping) or part not in value:
            raise DataError(f'{where}: there is no column "{column}"; columns here: {", ".join(_names(row))}')
        value = value[part]
    return value


def _names(row: Mapping[str, Any]) -> Iterator[str]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from (f"{name}.{inner}" for inner in _names(value))
        else:
            yield name


def _sentence(row: Mapping[str, Any], column: str, where: str) -> str:
    value = _value(row, column, where)
    if not isinstance(value, str):
        raise DataError(f'{where}: column "{column}" holds {_short(value)}, which is not text')
    if "\0" in value:
        raise DataError(f'{where}: column "{column}" holds a NUL character')
    if value.isascii():
        return value.strip()
    try:
        value.encode()
    except UnicodeEncodeError:
        raise DataError(f'{where}: column "{column}" holds half of a surrogate pair') from None
    return unicodedata.normalize("NFC", value).strip()


def _short(value: object) -> str:
    text = "null" if value is None else repr(value)
    return text if len(text) <= 60 else text[:60] + "…"


# Lines of a file


def _open(path: Path) -> IO[bytes]:
    try:
        compression = path.suffix.lower()
        if compression == ".gz":
            return cast(IO[bytes], gzip.open(path))
        return lzma.open(path) if compression == ".xz" else path.open("rb")
    except FileNotFoundError:
        raise DataError(f"there is no file {path}") from None
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from None


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Line numbers and lines without their ends (LF or CRLF; other separators are part of a line)."""
    number = 0
    try:
        with _open(path) as file:
            while raw := file.readline(MAX_LINE + 1):
                number += 1
                yield number, _decode(raw, f"{path}:{number}").removeprefix("\ufeff" if number == 1 else "")
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise DataError(f"{path}:{number + 1}: the compressed file is damaged or cut off: {error}") from None
    except OSError as error:
        raise DataError(f"{path}:{number + 1}: cannot read on: {error.strerror or error}") from None


def _decode(raw: bytes, where: str) -> str:
    if b"\0" in raw:
        raise DataError(f"{where}: a NUL byte: this is not UTF-8 text but a binary file or UTF-16")
    if len(raw) > MAX_LINE:
        raise DataError(f"{where}: a line of more than {MAX_LINE:,} bytes: one sentence a line is expected")
    try:
        line = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{where}: not valid UTF-8: byte 0x{raw[error.start]:02x} at position {error.start + 1};"
            " if the file is Latin-1, convert it: iconv -f latin1 -t utf-8"
        ) from None
    return line.removesuffix("\n").removesuffix("\r")
