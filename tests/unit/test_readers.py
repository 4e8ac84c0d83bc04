"""Every reader takes whatever bytes it is given: they are read and come back, or refused in a sentence.

tests/broken holds what once broke a reader, and is what is mutilated here.
"""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq.cli.plan import kind_of
from seq2seq.errors import UserError
from seq2seq.formats.documents import DOCUMENTS, DOCX, ODT, PO, parse_document
from seq2seq.formats.rows import TABLES, Column, parse, records
from seq2seq.lines import decode_line

BROKEN = {path.name: path for path in sorted((Path(__file__).parents[1] / "broken").iterdir())}
KINDS = sorted({kind_of(path) for path in BROKEN.values()})
SEEDS = {kind: [path.read_bytes() for path in BROKEN.values() if kind_of(path) == kind] for kind in KINDS}
SCRAPS = [b"<", b">", b"</", b"<b>", b'"', b"'", b"\n", b"\r\n", b"\n\n", b"-->", b"|", b"\\", b"{%", b"&#0;", b"\xff"]


def read(kind: str, data: bytes) -> None:
    """Reads, and fills in the same texts and others; raises what a reader raises."""
    if kind in TABLES:
        lines = enumerate(records(kind, io.BytesIO(data)), start=1)
        rows = [parse(Column(kind, path=("text",)), decode_line(line, "x", n), "x", n) for n, line in lines]
        assert "".join(row.fill(row.text) for row in rows).encode() == data
        return
    document = parse_document(kind, data, "x")
    same = document.fill(document.texts)
    assert same == data or kind == PO, "in a catalogue, a text may be its own translation"
    document = parse_document(kind, data, "x")
    parse_document(kind, document.fill([f"¿{text.upper()}?" for text in document.texts]), "x")


def test_every_kind_of_text_is_mutilated() -> None:
    assert set(KINDS) >= {*DOCUMENTS, "csv"} - {DOCX, ODT, "vtt"}, "archives have tests of their own"


@pytest.mark.parametrize("name", BROKEN)
def test_what_broke_a_reader_is_read_or_refused(name: str) -> None:
    with suppress(UserError):
        read(kind_of(BROKEN[name]), BROKEN[name].read_bytes())


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=60)
def test_mutilated_files_are_read_or_refused(kind: str, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(SEEDS[kind]))
    for _ in range(data.draw(st.integers(1, 4))):
        at, length = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 12))
        text = text[:at] + data.draw(st.sampled_from([b"", *SCRAPS])) + text[at + length :]
    with suppress(UserError):
        read(kind, text)
