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
MOST_BYTES = 2**22  # of a row of CSV that goes on over line ends
_DECODER = JSONDecoder()
_SPACE = " \t\n\r"


@dataclass(frozen=True)
class Column:
    """Where the text of a row is: its column's place from 0, or the keys that lead to it; and is there a header?"""

    kind: str
    path: tuple[str, ...] = ()  # of JSON
    place: int = 0  # of TSV and CSV
    header: bool = False
    separator: str = ","  # of CSV


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
        yield from iter(file.readline, b"")  # not from the file itself: who stops early would close it
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

    A name that is no number is looked for in the first row of TSV and CSV, the header; a number is a place in a table
    without one. Where CSV has semicolons and no comma in its first row, and is not to be read with commas, it is read
    with semicolons. Raises `UsageError`.
    """
    if kind == JSONL:
        return Column(kind, path=tuple(name.split(".")))
    if name.isdecimal() and int(name) < 1:
        raise UsageError("columns are counted from 1")
    first = decode_line(next(records(kind, file), b""), where, 1).removeprefix("\ufeff")
    readings = [
        (separator, [text.strip() for _, text, _ in _fields(kind, separator, first, where, 1)])
        for separator in ((",", ";") if kind == CSV and ";" in first and "," not in first else (",",))
    ]
    if name.isdecimal():
        place = int(name) - 1
        separator = next((separator for separator, names in readings if place < len(names)), ",")
        return Column(kind, place=place, separator=separator)
    for separator, names in readings:
        if name in names:
            places = [str(place) for place, found in enumerate(names, start=1) if found == name]
            if len(places) > 1:
                raise UsageError(f'{where} calls its columns {" and ".join(places)} "{name}"; rename all but one')
            return Column(kind, place=names.index(name), header=True, separator=separator)
    raise UsageError(f'{where} has no column "{name}" in its first row; there are: {", ".join(readings[-1][1])}')


def parse(column: Column, row: str, where: str, number: int) -> Row:
    """A row, cut around its text. `DataError` names the file and the row's number where it is not as it should be."""
    if number == 1 and row.startswith("\ufeff"):
        cut = parse(column, row[1:], where, number)
        return replace(cut, before=row[0] + cut.before)
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
    fields = _fields(column.kind, column.separator, row, where, number)
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
    if kind == CSV and any(mark in text for mark in ',;"\n\r'):  # whichever of the two separates
        return '"' + text.replace('"', '""') + '"'
    return text


def _fields(kind: str, separator: str, row: str, where: str, number: int) -> list[tuple[int, str, int]]:
    """Of each field where its text starts in the row, the text, and where it ends: within quotes, if it has them."""
    body = row.removesuffix("\n").removesuffix("\r")
    if kind == TSV:
        ends = [place for place, mark in enumerate(body) if mark == "\t"] + [len(body)]
        starts = [0, *(end + 1 for end in ends[:-1])]
        return [(start, body[start:end], end) for start, end in zip(starts, ends, strict=True)]
    limit = csv.field_size_limit()
    try:
        csv.field_size_limit(max(limit, len(body)))  # a row that is in memory may be one cell; for others all stays
        rows = list(csv.reader(StringIO(body, newline=""), delimiter=separator, strict=True)) or [[""]]
    except csv.Error as error:
        raise DataError(f"{where}:{number}: not valid CSV: {error}") from None
    finally:
        csv.field_size_limit(limit)
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
