"""TMX as a document: English without Spanish is a text, and all that is there stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.errors import DataError
from seq2seq.formats.documents import TMX, read_document
from seq2seq.formats.exchange import read_tmx
from seq2seq.formats.tmx import Tmx

MEMORY = b"""<?xml version='1.0' encoding='UTF-8'?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4">
  <header creationtool="x" srclang="en-US" datatype="plaintext" segtype="sentence"/>
  <body>
    <tu tuid="1">
      <prop type="p">Not this</prop>
      <tuv xml:lang="EN-US" creationid="me">
        <note>a door</note>
        <seg>Press <bpt i="1">&lt;b&gt;</bpt>the  <hi>red</hi><ept i="1">&lt;/b&gt;</ept>
key.</seg>
      </tuv>
      <tuv xml:lang="de"><seg>Die rote Taste</seg></tuv>
    </tu>
    <tu><tuv xml:lang="en"><seg>Close</seg></tuv><tuv xml:lang="es-MX"><seg>Cerrar ya</seg></tuv></tu>
    <tu><tuv xml:lang="en"><seg>Open</seg></tuv><tuv xml:lang="es-MX" changeid="x" creationid="x"><seg/></tuv></tu>
    <tu><tuv xml:lang="de"><seg>Nur so</seg></tuv></tu>
    <tu><tuv xml:lang="en"><seg>12 %</seg></tuv></tu>
  </body>
</tmx>"""
TEXTS = ["Press <kept0>the  <kept1>red</kept2></kept3>\nkey.", "Open"]
MADE = ["Pulse <kept0/>la tecla <kept1/>roja<kept2/><kept3/>\nya.", "Abrir"]


def test_english_without_spanish_is_a_text() -> None:
    assert Tmx(MEMORY, "x").texts == TEXTS


def test_where_nothing_is_translated_the_bytes_stay() -> None:
    assert Tmx(MEMORY, "x").fill(TEXTS) == MEMORY
    for lost in ("Pulse la tecla", "Pulse <kept3/>la tecla <kept1/>roja<kept2/><kept0/>\nya."):
        assert Tmx(MEMORY, "x").fill([lost, "Open"]) == MEMORY


def test_spanish_stands_behind_english_and_all_else_stays() -> None:
    after = Tmx(MEMORY, "x").fill(MADE).decode()
    seg = '<seg>Pulse <bpt i="1">&lt;b&gt;</bpt>la tecla <hi>roja</hi><ept i="1">&lt;/b&gt;</ept>\nya.</seg>'
    variant = f'<tuv xml:lang="es-MX" creationtool="seq2seq">\n        {seg}\n      </tuv>\n      '
    before, behind = MEMORY.decode().split('<tuv xml:lang="de"><seg>Die')
    wanted = f'{before}{variant}<tuv xml:lang="de"><seg>Die{behind}'
    wanted = wanted.replace('changeid="x" creationid="x"><seg/><', 'creationtool="seq2seq"><seg>Abrir</seg><')
    assert after == wanted
    again = Tmx(after.encode(), "x")
    assert again.texts == []
    assert again.fill([]) == after.encode()


def test_what_is_made_is_read_as_pairs(tmp_path: Path) -> None:
    path = tmp_path / "a.tmx"
    path.write_bytes(MEMORY)
    made = read_document(TMX, path).fill(MADE)
    path.write_bytes(made)
    assert list(read_tmx(path))[1:] == [("Close", "Cerrar ya", False), ("Open", "Abrir", True)]
    assert len(list(read_tmx(path))) == 3


def test_the_language_is_told_as_the_english_one_is() -> None:
    old = b'<tmx version="1.1"><body><tu><tuv lang="EN"><seg>Open</seg></tuv></tu></body></tmx>'
    assert b'</tuv><tuv lang="es" creationtool="seq2seq"><seg>Abrir</seg></tuv></tu>' in Tmx(old, "x").fill(["Abrir"])


def test_a_file_in_utf_16_is_read() -> None:
    data = MEMORY.decode().replace("UTF-8", "UTF-16").encode("utf-16")
    assert Tmx(data, "x").texts == TEXTS
    assert Tmx(data, "x").fill(TEXTS) == data
    assert Tmx(Tmx(data, "x").fill(MADE), "x").texts == []


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no XML"),
        (b"<a/>", "no TMX"),
        (MEMORY[:-3], "no XML"),
        (MEMORY.replace(b'"en"', b'"fr"').replace(b"EN-US", b"fr"), "no English; its languages are: fr, de, es-MX"),
        (b"<!DOCTYPE tmx [<!ENTITY e 'y'>]><tmx/>", "declarations"),
    ],
)
def test_what_cannot_be_translated_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(DataError, match=rf"a\.tmx.*{told}"):
        Tmx(data, "a.tmx")


@given(st.integers(0, len(MEMORY)), st.binary(max_size=4))
def test_a_damaged_file_is_read_or_refused(at: int, damage: bytes) -> None:
    try:
        document = Tmx(MEMORY[:at] + damage + MEMORY[at + len(damage) :], "x")
    except DataError:
        return
    document.fill([f"{text} y" for text in document.texts])
