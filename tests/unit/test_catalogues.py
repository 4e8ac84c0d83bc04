"""Gettext catalogues: what has no translation gets one, marked fuzzy; nothing else changes."""

from __future__ import annotations

import polib
import pytest

from seq2seq.errors import DataError
from seq2seq.formats.catalogues import Catalogue

PO = r"""# A catalogue.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

#. A comment
#: main.c:12
msgctxt "menu"
msgid "Open the file"
msgstr ""

msgid "Close"
msgstr "Cerrar"

#, fuzzy
msgid "Save"
msgstr "Salvar"

#, c-format
msgid "One cat"
msgid_plural "%d cats"
msgstr[0] ""
msgstr[1] ""

#~ msgid "Old"
#~ msgstr "Viejo"
"""


def test_only_what_is_missing_is_translated_and_marked() -> None:
    catalogue = Catalogue(PO, "x.po")
    assert catalogue.texts == ["Open the file", "One cat", "%d cats"]
    filled = catalogue.fill(["Abrir el archivo", "Un gato", "%d gatos"])
    before, after = polib.pofile(PO), polib.pofile(filled)
    assert [(e.msgid, e.msgctxt, e.comment, e.occurrences, e.obsolete) for e in after] == [
        (e.msgid, e.msgctxt, e.comment, e.occurrences, e.obsolete) for e in before
    ]
    assert after.metadata == before.metadata
    assert after[0].msgstr == "Abrir el archivo"
    assert (after[1].msgstr, after[2].msgstr) == ("Cerrar", "Salvar")
    assert after[3].msgstr_plural == {0: "Un gato", 1: "%d gatos"}
    assert [e.flags for e in after if not e.obsolete] == [["fuzzy"], [], ["fuzzy"], ["c-format", "fuzzy"]]


def test_a_complete_catalogue_stays_byte_for_byte() -> None:
    complete = Catalogue(PO, "x.po").fill(["Abrir", "Un gato", "%d gatos"])
    again = Catalogue(complete, "x.po")
    assert again.texts == []
    assert again.fill([]) == complete


def test_a_form_that_is_translated_is_kept() -> None:
    half = PO.replace('msgstr[0] ""', 'msgstr[0] "UN GATO"')
    after = polib.pofile(Catalogue(half, "x.po").fill(["Abrir", "Un gato", "%d gatos"]))
    assert after[3].msgstr_plural == {0: "UN GATO", 1: "%d gatos"}


@pytest.mark.parametrize("text", ["", "just text\n"])
def test_what_is_no_catalogue_is_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"x\.po .*no gettext catalogue"):
        Catalogue(text, "x.po")
