"""Tables of a row a line: TSV, CSV, JSON lines. One column is text; all else stays as it is, byte for byte.

A reader that parses a row and writes it anew would change quotes, escapes and numbers that nobody asked it to. So
here a row is cut where its text begins and ends, and put together again around the translation.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import StringIO
from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]  # typeshed does not know it
from typing import BinaryIO

from seq2seq.errors import DataError, UsageError
from seq2seq.lines import decode_line

TEXT, TSV, CSV, JSONL = "text", "tsv", "csv", "jsonl"
TABLES = (TSV, CSV, JSONL)
MOST_BYTES = 2**17  # of a row of CSV that goes on over line ends
csv.field_size_limit(2**31 - 1)  # else a longer cell is an error, also where it is not the one that is wanted
_BOM = "\ufeff"
_DECODER = JSONDecoder()
_SPACE = " \t\n\r"


@dataclass(frozen=True)
class Column:
    """Where the text of a row is: its column's place from 0, or the keys that lead to it; and is there a header?"""

    kind: str
    path: tuple[str, ...] = ()  # of JSON
    place: int = 0  # of TSV and CSV
    header: bool = False


@dataclass(frozen=True)
class Row:
    """A row as before + written + after, where `written` stands for `text`; an empty one is not translated."""

    before: str
    written: str
    after: str
    text: str = ""
    kind: str = TEXT

    def fill(self, translation: str) -> str:
        """The row with a translation for its text."""
        if translation == self.text:
            return self.before + self.written + self.after
        return self.before + _written(translation, self.kind, quoted=self.after[:1] == '"') + self.after


def records(kind: str, file: BinaryIO) -> Iterator[bytes]:
    """The rows of a file, with their ends. A row of CSV goes on over line ends that are quoted."""
    if kind != CSV:
        yield from file
        return
    lines: list[bytes] = []
    quotes = size = 0
    for line in file:
        lines.append(line)
        quotes, size = quotes + line.count(b'"'), size + len(line)
        if quotes % 2 == 0 or size > MOST_BYTES:  # a quote that is never closed: `parse` will say so
            yield b"".join(lines)
            lines, quotes, size = [], 0, 0
    if lines:
        yield b"".join(lines)


def find_column(kind: str, name: str, file: BinaryIO, where: str) -> Column:
    """The column called `name`, a number from 1, or for JSON the keys with dots between them.

    A name that is no number is looked for in the first row of TSV and CSV, the header. Raises `UsageError`.
    """
    if kind == JSONL:
        return Column(kind, path=tuple(name.split(".")))
    if name.isdecimal():
        if int(name) < 1:
            raise UsageError("columns are counted from 1")
        return Column(kind, place=int(name) - 1)
    header = next(records(kind, file), b"")
    fields = _fields(kind, decode_line(header, where, 1).removeprefix(_BOM), where, 1)
    names = [text.strip() for _, text, _ in fields]
    if name not in names:
        hint = (
            " (it is one cell: is something else than a comma between them?)" if kind == CSV and len(names) == 1 else ""
        )
        raise UsageError(f'{where} has no column "{name}" in its first row; there are: {", ".join(names)}{hint}')
    if names.count(name) > 1:
        raise UsageError(f'{where} has {names.count(name)} columns "{name}"; give a number, 1 for the first')
    return Column(kind, place=names.index(name), header=True)


def parse(column: Column, row: str, where: str, number: int) -> Row:
    """A row, cut around its text. `DataError` names the file and the row's number where it is not as it should be.

    The first row may begin with a byte order mark.
    """
    if number == 1 and row.startswith(_BOM):
        cut = parse(column, row.removeprefix(_BOM), where, number)
        return replace(cut, before=_BOM + cut.before)
    if (number == 1 and column.header) or not row.strip():
        return Row(row, "", "")
    if column.kind == JSONL:
        start, end = _json_span(row, column.path, where, number)
        if not start:
            return Row(row, "", "")
        text = scanstring(row, start)[0]
        if any("\ud800" <= mark <= "\udfff" for mark in text):
            raise DataError(f'{where}:{number}: "{".".join(column.path)}" holds half of a surrogate pair')
        return Row(row[:start], row[start : end - 1], row[end - 1 :], text, JSONL)
    fields = _fields(column.kind, row, where, number)
    if column.place >= len(fields):
        raise DataError(f"{where}:{number}: there is no column {column.place + 1}; this row has {len(fields)}")
    start, text, end = fields[column.place]
    return Row(row[:start], row[start:end], row[end:], text, column.kind)


def texts(file: BinaryIO, column: Column | None, where: str) -> Iterator[str]:
    """The text of each row, or of each line where there is no column; `DataError` as in `parse`."""
    for number, row in enumerate(records(column.kind if column else TEXT, file), start=1):
        line = decode_line(row, where, number)
        yield parse(column, line, where, number).text if column else line.removesuffix("\n")


def _written(text: str, kind: str, *, quoted: bool) -> str:
    if kind == JSONL:
        return json.dumps(text, ensure_ascii=False)[1:-1]
    if kind == TSV:
        return text.replace("\t", " ").replace("\n", " ").replace("\r", " ")
    if kind == CSV and quoted:
        return text.replace('"', '""')
    if kind == CSV and any(mark in text for mark in ',"\n\r'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _fields(kind: str, row: str, where: str, number: int) -> list[tuple[int, str, int]]:
    """Of each field where its text starts in the row, the text, and where it ends: within quotes, if it has them."""
    body = row.removesuffix("\n").removesuffix("\r")
    if kind == TSV:
        ends = [place for place, mark in enumerate(body) if mark == "\t"] + [len(body)]
        starts = [0, *(end + 1 for end in ends[:-1])]
        return [(start, body[start:end], end) for start, end in zip(starts, ends, strict=True)]
    try:
        rows = list(csv.reader(StringIO(body, newline=""), strict=True)) or [[""]]
    except csv.Error as error:
        raise DataError(f"{where}:{number}: not valid CSV: {error}") from None
    if len(rows) > 1:
        raise DataError(f"{where}:{number}: not valid CSV: a quote is not closed, or not doubled within quotes")
    [texts] = rows
    found, start = [], 0
    for text in texts:
        quoted = body[start : start + 1] == '"'
        length = len(text) + text.count('"') * quoted
        found.append((start + quoted, text, start + quoted + length))
        start += length + 2 * quoted + 1
    return found


def _json_span(row: str, path: tuple[str, ...], where: str, number: int) -> tuple[int, int]:
    """Where the string at `path` stands, quotes left out at its start and in at its end; (0, 0) where there is null."""
    try:
        json.loads(row)
        spans = dict(_members(row, _skip(row, 0)))
        for depth, key in enumerate(path, start=1):
            if key not in spans:
                raise DataError(
                    f'{where}:{number}: there is no "{".".join(path[:depth])}"; there are: {", ".join(spans)}'
                )
            start, end = spans[key]
            if depth < len(path):
                spans = dict(_members(row, start)) if row[start] == "{" else {}
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}:{number}: not valid JSON: {error}") from None
    if row[start:end] == "null":
        return 0, 0
    if row[start] != '"':
        raise DataError(f'{where}:{number}: "{".".join(path)}" holds {row[start:end][:40]}, which is not text')
    return start + 1, end


def _members(row: str, start: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """The keys of the JSON object that begins at `start`, and from where to where their values stand."""
    if row[start : start + 1] != "{":
        raise ValueError("a line must hold one JSON object")
    at = _skip(row, start + 1)
    while row[at] != "}":
        key, at = scanstring(row, at + 1)
        value = _skip(row, _skip(row, at) + 1)
        _, end = _DECODER.raw_decode(row, value)
        yield key, (value, end)
        at = _skip(row, end)
        if row[at] == ",":
            at = _skip(row, at + 1)


def _skip(row: str, at: int) -> int:
    """Where the white space of JSON ends that begins at `at`."""
    while at < len(row) and row[at] in _SPACE:
        at += 1
    return at
