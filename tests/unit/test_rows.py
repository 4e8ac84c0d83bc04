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
    with pytest.raises(UsageError, match='x calls its columns 2 and 3 "text"; rename'):
        find_column(CSV, "text", io.BytesIO(b"id,text,text\n"), "x")


def test_a_table_with_semicolons_in_its_header_is_read_with_them() -> None:
    table = b'id;text\r\n1;"a, b"\r\n2;c\r\n'
    column = find_column(CSV, "text", io.BytesIO(table), "x")
    assert column == Column(CSV, place=1, header=True, separator=";")
    rows = [parse(column, row.decode(), "x", n) for n, row in enumerate(records(CSV, io.BytesIO(table)), start=1)]
    assert "".join(row.fill(row.text) for row in rows).encode() == table
    assert [row.fill("d; e") for row in rows[1:]] == ['1;"d; e"\r\n', '2;"d; e"\r\n']
    assert find_column(CSV, "2", io.BytesIO(table), "x") == Column(CSV, place=1, separator=";")
    assert find_column(CSV, "1", io.BytesIO(table), "x") == Column(CSV)
    assert find_column(CSV, "id;text", io.BytesIO(table), "x") == Column(CSV, header=True)
    assert find_column(CSV, "b;c", io.BytesIO(b"a,b;c\n"), "x") == Column(CSV, place=1, header=True)
    with pytest.raises(UsageError, match=r"there are: id, text$"):
        find_column(CSV, "other", io.BytesIO(table), "x")


@pytest.mark.parametrize(
    ("column", "row", "wanted"),
    [
        (Column(CSV), '\ufeff"a ""b"", c",d\n', '\ufeff"x ""y""",d\n'),
        (Column(CSV), "\ufeffa,d\n", '\ufeff"x ""y""",d\n'),
        (Column(TSV), "\ufeffa\td\n", '\ufeffx "y"\td\n'),
        (Column(JSONL, path=("t",)), '\ufeff{"t": "a"}\n', '\ufeff{"t": "x \\"y\\""}\n'),
    ],
)
def test_a_byte_order_mark_is_no_text(column: Column, row: str, wanted: str) -> None:
    cut = parse(column, row, "x", 1)
    assert cut.text[0] == "a"
    assert cut.fill(cut.text) == row
    assert cut.fill('x "y"') == wanted


@pytest.mark.parametrize("cell", ["a" * 200_000, '"' + 'line ""x""\n' * 30_000 + '"'])
def test_long_cells_are_read_and_the_limit_of_others_stays(cell: str) -> None:
    limit = csv.field_size_limit()
    table = f"id,{cell}\n1,b\n".encode()
    rows = [row.decode() for row in records(CSV, io.BytesIO(table))]
    assert len(rows) == 2
    for place in (0, 1):
        cut = parse(Column(CSV, place=place), rows[0], "x", 2)
        assert cut.fill(cut.text) == rows[0]
    with pytest.raises(DataError, match="not valid CSV"):
        parse(Column(CSV), f'"{cell}', "x", 2)
    assert csv.field_size_limit() == limit


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
    file = io.BytesIO(b'5" pipe,x\n' + (b"a," + b"b" * 1000 + b"\n") * 10_000)
    rows = list(records(CSV, file))
    assert max(map(len, rows)) < 2**23
    assert b"".join(rows) == file.getvalue()
