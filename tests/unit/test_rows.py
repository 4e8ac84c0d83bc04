"""Tables: with its own text a row is the same bytes, with another one nothing else has changed."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.errors import DataError, UsageError
from seq2seq.formats.rows import CSV, JSONL, TSV, Column, find_column, parse, records

fields = st.text(st.sampled_from("ab ,;\"'\n\r\u00e9{}\\"), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.dictionaries(st.text(max_size=4), inner, max_size=3) | st.lists(inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.lists(fields, min_size=3, max_size=3), min_size=1, max_size=4), st.integers(0, 2), fields)
def test_csv_changes_only_the_text_of_its_column(table: list[list[str]], place: int, other: str) -> None:
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL):
        out = io.StringIO(newline="")
        csv.writer(out, quoting=quoting, lineterminator="\r\n").writerows(table)
        written = out.getvalue().encode()
        rows = [parse(Column(CSV, place=place), row.decode(), "x", 2) for row in records(CSV, io.BytesIO(written))]
        assert "".join(row.fill(row.text) for row in rows).encode() == written
        assert [row.text for row in rows] == [row[place] for row in table]
        changed = "".join(row.fill(other) for row in rows)
        wanted = [[other if n == place else field for n, field in enumerate(row)] for row in table]
        assert list(csv.reader(io.StringIO(changed, newline=""), strict=True)) == wanted


@given(st.dictionaries(st.text(max_size=4), values, max_size=4), st.text(max_size=20), st.text(max_size=20))
def test_json_changes_only_the_string_at_its_keys(record: dict[str, object], text: str, other: str) -> None:
    record["a.b"] = {"text": text, "n": 1e5}
    record |= {"outer": {"x": 1, "text": text, "n": [1.50, "}"]}}
    for options in ({}, {"indent": None, "separators": (",", ":")}, {"ensure_ascii": False}):
        line = json.dumps(record, **options) + "\n"  # type: ignore[arg-type]
        row = parse(Column(JSONL, path=("outer", "text")), line, "x", 1)
        assert row.text == text
        changed = json.loads(row.fill(other))
        assert changed["outer"].pop("text") == other
        record_without = json.loads(line)
        record_without["outer"].pop("text")
        assert changed == record_without


def test_json_keeps_how_all_else_is_written() -> None:
    line = ' {"id" : 1e5, "a": {"t":"caf\\u00e9", "z" : [ ] } , "s":"\\/" }\r\n'
    row = parse(Column(JSONL, path=("a", "t")), line, "x", 1)
    assert row.text == "café"
    assert row.fill('"sí"') == ' {"id" : 1e5, "a": {"t":"\\"sí\\"", "z" : [ ] } , "s":"\\/" }\r\n'


def test_tsv_and_blank_rows_and_null() -> None:
    row = parse(Column(TSV, place=1), 'a\t"b"\tc\r\n', "x", 1)
    assert row.text == '"b"'
    assert row.fill("one\ttwo\nthree") == "a\tone two three\tc\r\n"
    for column, line in ((Column(TSV, place=1), " \t \n"), (Column(CSV), "\n"), (Column(JSONL, path=("t",)), "\n")):
        blank = parse(column, line, "x", 1)
        assert (blank.text, blank.fill("")) == ("", line)
    null = parse(Column(JSONL, path=("t",)), '{"t": null}\n', "x", 1)
    assert (null.text, null.fill("")) == ("", '{"t": null}\n')


def test_columns_are_found_by_name_or_number() -> None:
    table = io.BytesIO('\ufeffid;x,"the ""text""",other\n1,a,b\n'.encode())
    assert find_column(CSV, 'the "text"', table, "x") == Column(CSV, place=1, header=True)
    assert find_column(CSV, "2", io.BytesIO(b""), "x") == Column(CSV, place=1)
    assert find_column(JSONL, "a.b", io.BytesIO(b""), "x") == Column(JSONL, path=("a", "b"))
    header = parse(Column(CSV, place=1, header=True), "id,text\n", "x", 1)
    assert (header.text, header.fill("")) == ("", "id,text\n")
    with pytest.raises(UsageError, match=r'x has no column "nmae" .*there are: id, name'):
        find_column(TSV, "nmae", io.BytesIO(b"id\tname\n"), "x")
    with pytest.raises(UsageError, match="counted from 1"):
        find_column(TSV, "0", io.BytesIO(b""), "x")


@pytest.mark.parametrize(
    ("column", "row", "words"),
    [
        (Column(TSV, place=2), "a\tb\n", "no column 3; this row has 2"),
        (Column(CSV, place=0), '"a"b,c\n', "not valid CSV"),
        (Column(CSV, place=0), '"open', "not valid CSV"),
        (Column(JSONL, path=("t",)), '{"t": 1}', "holds 1, which is not text"),
        (Column(JSONL, path=("t",)), '{"u": "a"}', 'no "t"; there are: u'),
        (Column(JSONL, path=("t", "v")), '{"t": "a"}', 'no "t.v"'),
        (Column(JSONL, path=("t",)), '["a"]', "one JSON object"),
        (Column(JSONL, path=("t",)), '{"t": "a"', "not valid JSON"),
        (Column(CSV, place=0), '5" pipe,x\nnext,y\n', "not closed, or not doubled"),
        (Column(JSONL, path=("t",)), '{"t": "a \\ud83d"}', "half of a surrogate"),
        (Column(JSONL, path=("t",)), "[" * 100_000, "not valid JSON"),
    ],
)
def test_a_row_that_is_not_as_it_should_be_is_named(column: Column, row: str, words: str) -> None:
    with pytest.raises(DataError, match=words) as error:
        parse(column, row, "table", 7)
    assert str(error.value).startswith("table:7: ")


@given(st.text(st.sampled_from('ab,"\n{}:[]\\t '), max_size=30), st.sampled_from([CSV, TSV, JSONL]))
def test_any_row_is_cut_or_refused(row: str, kind: str) -> None:
    try:
        cut = parse(Column(kind, path=("a",), place=1), row, "x", 2)
    except DataError:
        return
    assert cut.fill(cut.text) == row


def test_a_quote_that_is_never_closed_does_not_swallow_the_file() -> None:
    file = io.BytesIO(b'5" pipe,x\n' + b"a,b\n" * 100_000)
    rows = list(records(CSV, file))
    assert max(map(len, rows)) < 2**18
    assert b"".join(rows) == file.getvalue()


@pytest.mark.parametrize(
    ("kind", "row", "filled"),
    [
        (CSV, '\ufeff"Hello, ""you""",1\n', '\ufeff"Hola, ""tú""",1\n'),
        (TSV, "\ufeffHello\t1\n", '\ufeffHola, "tú"\t1\n'),
        (JSONL, '\ufeff{"t": "Hello"}\n', '\ufeff{"t": "Hola, \\"tú\\""}\n'),
    ],
)
def test_the_first_row_may_begin_with_a_byte_order_mark(kind: str, row: str, filled: str) -> None:
    column = Column(kind, path=("t",))
    assert parse(column, row, "x", 1).fill('Hola, "tú"') == filled


def test_a_long_cell_is_no_error() -> None:
    row = "a" * 200_000 + ",Hello\n"
    assert parse(Column(CSV, place=1), row, "x", 2).text == "Hello"


def test_columns_that_cannot_be_told_apart_or_are_not_there() -> None:
    with pytest.raises(UsageError, match="2 columns"):
        find_column(CSV, "a", io.BytesIO(b"a,b,a\n"), "x")
    with pytest.raises(UsageError, match="one cell"):
        find_column(CSV, "a", io.BytesIO(b"a;b\n"), "x")
