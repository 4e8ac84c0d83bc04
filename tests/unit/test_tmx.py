"""TMX: units without Spanish get it, and nothing else changes."""

from __future__ import annotations

import pytest

from seq2seq.errors import DataError
from seq2seq.formats.tmx import Tmx

FILE = b"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4">
  <header srclang="en"/>
  <body>
    <tu tuid="1">
      <tuv xml:lang="en-US"><note>A note</note><seg>Open the <hi>red</hi> door<ph x="1">{0}</ph>.</seg></tuv>
      <tuv xml:lang="fr"><seg>Ouvrez.</seg></tuv>
    </tu>
    <tu><tuv xml:lang="en"><seg>Yes</seg></tuv><tuv xml:lang="es-ES"><seg>Claro</seg></tuv></tu>
    <tu><tuv xml:lang="de"><seg>Nein</seg></tuv></tu>
  </body>
</tmx>
"""
TEXT = "Open the <kept0>red</kept1> door<kept2/>."


def test_what_has_no_spanish_gets_it() -> None:
    memory = Tmx(FILE, "x")
    assert memory.texts == [TEXT]
    filled = memory.fill(["Abra la puerta <kept0>roja</kept1><kept2/>."])
    variant = b'<tuv xml:lang="es"><seg>Abra la puerta <hi>roja</hi><ph x="1">{0}</ph>.</seg></tuv>'
    after = b'door<ph x="1">{0}</ph>.</seg></tuv>\n      '
    assert filled.replace(b"'", b'"') == FILE.replace(after, after + variant + b"\n      ").rstrip()
    assert Tmx(filled, "x").texts == []


@pytest.mark.parametrize("translation", [TEXT, "Abra la puerta roja."])
def test_a_text_that_stays_or_has_lost_something_changes_nothing(translation: str) -> None:
    assert Tmx(FILE, "x").fill([translation]) == FILE


@pytest.mark.parametrize("data", [b"<xliff/>", b"no", b'<!DOCTYPE tmx [<!ENTITY a "b">]><tmx>&a;</tmx>'])
def test_what_is_no_tmx_is_refused(data: bytes) -> None:
    with pytest.raises(DataError):
        Tmx(data, "x")
